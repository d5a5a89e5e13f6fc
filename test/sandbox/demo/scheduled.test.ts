import assert from "node:assert/strict";
import type { Intercept } from "../../../sandbox/account/lambda/environment.ts";
import { parseUsageFile } from "../../../sandbox/demo/usage-file.ts";
import { startWorld } from "../../../sandbox/demo/world.ts";
import { parseLogKey } from "../../../src/evidence/keys.ts";
import { parseDay } from "../../../src/report/day.ts";
import { parseMonth } from "../../../src/report/month.ts";
import { HOUR } from "../../../src/usage/instants.ts";

const START = Date.parse("2026-11-23T23:00:00Z");
const USAGE = parseUsageFile(
  "usage",
  ["2026-11-23T23:10:00Z", "2026-11-24T00:10:00Z"]
    .map((time, n) =>
      JSON.stringify({
        id: `evt-${n}`,
        product: "archive",
        buyer: { customerIdentifier: "blue" },
        dimension: "Gb",
        quantity: `${5 + n}.25`,
        time,
      }),
    )
    .join("\n"),
);

/** Notes what is read of the buckets. */
function watch(): { read: { bucket: string; key: string }[]; intercept: Intercept } {
  const read: { bucket: string; key: string }[] = [];
  return {
    read,
    intercept: (async (call, next) => {
      const { Bucket, Key } = call.input as { Bucket?: string; Key?: string };
      if (call.service === "s3" && call.command === "GetObject") read.push({ bucket: Bucket ?? "", key: Key ?? "" });
      return next();
    }) as Intercept,
  };
}

describe("verification as its schedule runs it", function () {
  this.timeout(120_000);

  it("reads every log file and digest once, matches all of it by day, and carries a month from day to day", async () => {
    const { read, intercept } = watch();
    const world = await startWorld([...USAGE.products.values()], START, { account: { intercept } });
    try {
      const { account, outputs } = world;
      for (const { time, body } of USAGE.lines) {
        await account.runUntil(Math.max(time, account.clock.now()));
        await account.send(outputs.usageQueueUrl, [body]);
      }
      await account.runUntil(START + 5.5 * HOUR);
      const runs = account.invocations.filter(({ functionName }) => functionName === outputs.verifyFunctionName);
      assert.equal(runs.length, 6);
      assert.deepEqual(
        runs.filter(({ outcome }) => outcome.status !== "succeeded"),
        [],
      );

      const evidence = read.flatMap(({ bucket, key }) => (bucket === outputs.logBucketName ? [key] : []));
      assert.equal(evidence.length, new Set(evidence).size);
      const last = runs.at(-1)?.startedAt ?? 0;
      const delivered = (await account.readBucket(outputs.logBucketName)).map(({ key }) => key);
      // A file may come some minutes after the one in its name.
      const due = delivered.filter((key) => (parseLogKey(key)?.deliveredAt ?? last) + HOUR < last);
      assert.ok(due.length > 3);
      assert.deepEqual(
        due.filter((key) => !evidence.includes(key)),
        [],
      );

      const reports = new Map((await account.readBucket(outputs.reportBucketName)).map(({ key, body }) => [key, body]));
      const text = (key: string) => new TextDecoder().decode(reports.get(key));
      const [first, second] = ["2026-11-23", "2026-11-24"].map((day) => parseDay(text(`reports/${day}/summary.json`)));
      assert.deepEqual([first?.matched, second?.matched, first?.findings, second?.findings], [1, 1, {}, {}]);
      const { meters } = parseMonth(text("reports/2026-11/summary.json"));
      assert.deepEqual(
        meters.map(({ opening, used, accepted, waiting }) => [opening, used, accepted, waiting]),
        [["0", "11.5", "11", "0.5"]],
      );
      assert.match(text("reports/index.html"), /No day needs anyone\./);
    } finally {
      await world.close();
    }
  });
});
