// Runs scenarios for the command, in a process of its own: told a name, it answers the row.
import type { TableStore } from "../account/emulators.ts";
import { runScenario } from "./run.ts";
import { scenarioNamed } from "./scenarios.ts";

process.on("message", async ({ name, tableStore }: { name: string; tableStore: TableStore }) => {
  const started = performance.now();
  const answer = await runScenario(scenarioNamed(name), tableStore).then(
    (row) => ({ row }),
    (error: Error) => ({ error: error.stack ?? String(error) }),
  );
  process.send?.({ ...answer, seconds: (performance.now() - started) / 1000 });
});
