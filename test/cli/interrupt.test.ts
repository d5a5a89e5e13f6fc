import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readlinkSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { logFile, logKey } from "../evidence/events.ts";
import { call, cli, makeFolders, usageRecord, WINDOW, writeFiles } from "./support.ts";

/** So many calls of 25 records that they do not stay in memory. */
const CALLS = 2_100;

describe("Ctrl-C", function () {
  this.timeout(60_000);
  const folders = makeFolders();
  after(folders.remove);

  it("ends a run cleanly: nothing written, no temporary file left, and nothing left to wait for", async () => {
    const folder = folders.make();
    const temporary = join(folder, "temporary");
    mkdirSync(temporary);
    const records = Array.from({ length: 25 }, (_, dimension) => usageRecord({ dimension: `Dim${dimension}` }));
    const calls = Array.from({ length: CALLS }, (_, index) => call(records, { eventID: `e-${index}` }));
    writeFiles(join(folder, "logs"), { [logKey("20250310T1125Z")]: logFile(...calls) });

    // A service that takes requests and never answers.
    const server = createServer(() => {}).listen(0, "127.0.0.1");
    await once(server, "listening");
    const sockets = new Set<{ destroy(): void }>();
    const asked = new Promise<void>((resolve) => {
      server.on("connection", (socket) => {
        sockets.add(socket);
        resolve();
      });
    });
    const { port } = server.address() as AddressInfo;
    const environment = {
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
      AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${port}`,
      TMPDIR: temporary,
    };
    const out = join(folder, "out");
    const args = ["--logs", join(folder, "logs"), "--submissions", "table:ledger", ...WINDOW, "--out", out];
    let opened: string[] | undefined;
    const ran = await cli(["verify", ...args, "--integrity", "off"], {
      environment,
      onStderr: (stderr, interrupt, pid) => {
        if (!stderr.includes("not checked")) return;
        void asked.then(() => {
          opened ??= openFiles(pid).filter((path) => path.startsWith(temporary));
          interrupt();
        });
      },
    });
    for (const socket of sockets) socket.destroy();
    server.close();
    assert.equal(ran.status, 130);
    assert.equal(ran.stdout, "");
    assert.match(ran.stderr, /\nStopped\. Nothing was written\.\n$/);
    assert.equal(existsSync(out), false);
    assert.deepEqual(readdirSync(temporary), []);
    // Else the test would not show that anything was there to be left; only Linux tells.
    if (process.platform === "linux") assert.equal(opened?.length, 1);
  });
});

function openFiles(pid: number): string[] {
  if (process.platform !== "linux") return [];
  return readdirSync(`/proc/${pid}/fd`).flatMap((name) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${name}`);
    } catch {
      // Closed since it was listed.
      return [];
    }
  });
}
