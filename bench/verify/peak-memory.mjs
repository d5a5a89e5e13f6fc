// Loaded into the command line with `--import`: tells on a pipe, when the process ends, how much memory it has had at most, in kilobytes.
// No TypeScript, since taking its types away would be a good part of that memory.
import { writeSync } from "node:fs";

process.on("exit", () => writeSync(3, String(process.resourceUsage().maxRSS)));
