import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readRows } from "../../src/cli/submissions/rows.ts";
import { cliHere, makeFolders, writeFiles } from "./support.ts";

const readme = readFileSync(join(import.meta.dirname, "../../README.md"), "utf8");

describe("the README's way to check last month", () => {
  const folders = makeFolders();
  after(folders.remove);

  it("shows submissions as they are read", async () => {
    const [, csv] = /```csv\n([\s\S]*?)```/.exec(readme) ?? [];
    const folder = folders.make();
    writeFiles(folder, { "october.csv": csv ?? "" });
    const rows = await Array.fromAsync(readRows(join(folder, "october.csv"), () => {}));
    assert.deepEqual(
      rows.map((row) => ("wrong" in row ? row.wrong : row.submission.buyer)),
      [
        {
          accountId: "111122223333",
          licenseArn: "arn:aws:license-manager:us-east-1:294406891311:license:l-1",
        },
        { customerIdentifier: "customer-1" },
      ],
    );
  });

  it("shows commands that the command line takes: only the files are not there", async () => {
    const help = (await cliHere(["verify", "--help"])).stdout.replaceAll("\\\n", "");
    const lines = `${readme}\n${help}`.matchAll(/^ *(?:npm run cli --|marketplace-metering) (verify --logs [^s].*)$/gm);
    const commands = [...lines].map(([, command]) => (command as string).split(/ +/));
    assert.equal(commands.length, 4);
    for (const args of commands) {
      const { status, stderr } = await cliHere(args.map((each) => each.replace("out/", "no/such/")));
      assert.equal(status, 2);
      assert.match(stderr, /^(no\/such\/|october|today).*: does not exist/);
    }
    assert.equal((await cliHere(["explain", "missing"])).status, 0);
  });
});
