import assert from "node:assert/strict";
import { HOUR } from "../../src/usage/instants.ts";
import { logFile, logKey } from "../evidence/events.ts";
import { at } from "./cases.ts";
import { bill, callFor, openTheatre, type Stage, seal, type Theatre, use } from "./stage.ts";

describe("a scheduled run of the verify function", () => {
  let theatre: Theatre;
  let stage: Stage;
  before(async () => {
    theatre = await openTheatre();
  });
  after(() => theatre.close());
  beforeEach(async () => {
    stage = await theatre.stage();
  });

  const readKeys = () => stage.asked.filter(({ command }) => command === "GetObjectCommand").map(({ what }) => what);
  const listedDays = () =>
    stage.asked.filter(({ command }) => command === "ListObjectsV2Command").map(({ what }) => what.slice(-11, -1));
  /** Runs an hour later; answers which log files it read. */
  async function next(hours = 1): Promise<string[]> {
    stage.clock.now += hours * HOUR;
    stage.asked.length = 0;
    await stage.run();
    return readKeys().sort();
  }

  it("writes a report of each day that can still change, what their month comes to, and the page that leads to them", async () => {
    await bill(stage, at("23T10:00"));
    await stage.deliver(logKey("20261123T1125Z"), logFile(callFor(at("23T10:00"))));
    await bill(stage, at("22T10:00"));
    const { days, ...rest } = await stage.run();
    assert.deepEqual(rest, {
      left: [],
      logFilesLeft: 0,
      months: ["reports/2026-11/summary.html"],
      index: "reports/index.html",
      settled: 0,
      returned: 0,
      forSomeone: 1,
      exitCode: 1,
    });
    assert.deepEqual(
      days.map(({ from, to, counts, files }) => [from, to, counts, files.html]),
      [
        ["2026-11-23T00:00:00Z", "2026-11-23T20:00:00Z", { matched: 1 }, "reports/2026-11-23/report.html"],
        ["2026-11-22T00:00:00Z", "2026-11-23T00:00:00Z", { matched: 0, missing: 1 }, "reports/2026-11-22/report.html"],
        ["2026-11-21T00:00:00Z", "2026-11-22T00:00:00Z", { matched: 0 }, "reports/2026-11-21/report.html"],
        ["2026-11-20T00:00:00Z", "2026-11-21T00:00:00Z", { matched: 0 }, "reports/2026-11-20/report.html"],
      ],
    );
    const { VerifyRuns, RecordsMatched, FindingsForSomeone, FindingsMissing, LogFilesLeft } = stage.metrics();
    assert.deepEqual([VerifyRuns, RecordsMatched, FindingsForSomeone, FindingsMissing, LogFilesLeft], [1, 1, 1, 1, 0]);
    const month = JSON.parse(await stage.file("reports/2026-11/summary.json"));
    assert.deepEqual(month.meters[0], {
      product: "analytics",
      buyer: { accountId: "111122223333", licenseArn: "arn:aws:license-manager:us-east-1:294406891311:license:l-1" },
      dimension: "ApiCalls",
      opening: "0",
      used: "10",
      accepted: "10",
      refused: "0",
      expired: "0",
      disputed: "0",
      waiting: "0",
    });
    assert.deepEqual(
      [month.matched, month.findings, month.days.length, month.missing.length],
      [1, { missing: 1 }, 4, 19],
    );
    const links = [...(await stage.file("reports/index.html")).matchAll(/href="([^"]+)"/g)].map(([, link]) => link);
    const pages = ["2026-11-23", "2026-11-22", "2026-11-21", "2026-11-20"].map((day) => `${day}/report.html`);
    assert.deepEqual(links, ["2026-11-22/report.html", "2026-11/summary.html", ...pages]);
  });

  it("carries what one day leaves to another through the month, and shows what waits as it does", async () => {
    await bill(stage, at("22T10:00"), 5_500_000_000n);
    await bill(stage, at("22T12:00"), 750_000_000n);
    await stage.deliver(logKey("20261122T1425Z"), logFile(callFor(at("22T10:00")), callFor(at("22T12:00"), 1)));
    // Of 0.25 and 5.25, five units are sealed and not sent yet.
    await seal(stage, at("23T10:00"), 5_250_000_000n);
    await use(stage, at("23T18:00"), 1_500_000_000n);
    await stage.run();
    const month = JSON.parse(await stage.file("reports/2026-11/summary.json"));
    const { opening, used, accepted, waiting } = month.meters[0];
    assert.deepEqual([opening, used, accepted, waiting], ["0", "13", "6", "7"]);
    const days = await Promise.all(["22", "23"].map((day) => stage.reportOf(`2026-11-${day}`)));
    assert.deepEqual(
      days.map(({ meters: [meter] }) => [meter?.opening, meter?.used, meter?.accepted, meter?.waiting]),
      [
        ["0", "6.25", "6", "0.25"],
        ["0.25", "6.75", "0", "7"],
      ],
    );
  });

  it("reads each log file once over many runs, also one that comes late, and finds what is in it", async () => {
    await bill(stage, at("23T10:00"));
    const [first, second, late] = ["20261123T1125Z", "20261123T1725Z", "20261123T1130Z"].map((time) => logKey(time));
    await stage.deliver(first as string, logFile({ eventName: "Other" }));
    assert.deepEqual(await next(0), [first]);
    await stage.deliver(second as string, logFile({ eventName: "Other" }));
    assert.deepEqual(await next(), [second]);
    assert.equal((await stage.reportOf("2026-11-23")).counts.missing, 1);
    assert.deepEqual(await next(), []);
    await stage.deliver(late as string, logFile(callFor(at("23T10:00"))));
    assert.deepEqual(await next(40), [late]);
    const report = await stage.reportOf("2026-11-23");
    assert.deepEqual(report.counts, { matched: 1 });
    assert.deepEqual([report.evidence.objects, report.evidence.events], [3, 1]);
    assert.deepEqual(await next(), []);
  });

  it("lists a day of delivery no more once 48 hours have passed since its end, and still has what it read", async () => {
    await bill(stage, at("23T10:00"));
    await stage.deliver(logKey("20261123T1125Z"), logFile(callFor(at("23T10:00"))));
    await next(0);
    await next(52 - 1);
    assert.ok(listedDays().includes("2026/11/23"));
    await next(2);
    assert.ok(listedDays().includes("2026/11/23"));
    assert.deepEqual(await next(), []);
    assert.ok(!listedDays().includes("2026/11/23"));
    assert.deepEqual((await stage.reportOf("2026-11-23")).counts, { matched: 1 });
    // The day is verified for the last time 80 hours after its end.
    await next(30);
    const { days } = JSON.parse(await stage.file("reports/2026-11/summary.json")) as {
      days: { from: string; final: boolean }[];
    };
    assert.equal(days.find(({ from }) => from === "2026-11-23T00:00:00Z")?.final, true);
    stage.clock.now += HOUR;
    const { days: verified } = await stage.run();
    assert.ok(!verified.some(({ from }) => from === "2026-11-23T00:00:00Z"));
  });

  it("stops reading a minute before its time limit, reports nothing that is half read, and goes on where it stopped", async () => {
    await bill(stage, at("23T10:00"));
    const keys = Array.from({ length: 120 }, (_, n) =>
      logKey(`20261123T11${25 + (n % 30)}Z`, `f${String(n).padStart(3, "0")}`),
    );
    // Its evidence is in the file that is read last.
    for (const key of keys)
      await stage.deliver(key, logFile(key === keys.toSorted().at(-1) ? callFor(at("23T10:00")) : {}));
    stage.onRead = () => {
      stage.clock.now += 10_000;
    };
    const cut = await stage.run();
    assert.deepEqual([cut.days, cut.left[0], cut.left.length], [[], "2026-11-23T00:00:00Z", 4]);
    const read = readKeys();
    assert.ok(read.length >= 84 && read.length < 90, `${read.length} were read`);
    assert.equal(cut.logFilesLeft, 120 - read.length);
    assert.deepEqual([stage.metrics().DaysLeft, stage.metrics().LogFilesLeft], [4, cut.logFilesLeft]);
    assert.deepEqual(await stage.keys("reports/"), ["reports/index.html"]);
    assert.match(await stage.file("reports/index.html"), /did not come to the end of 2026-11-23, 2026-11-22/);
    stage.asked.length = 0;
    const whole = await stage.run();
    assert.deepEqual([whole.left, whole.logFilesLeft], [[], 0]);
    assert.deepEqual([...read, ...readKeys()].sort(), keys.toSorted());
    assert.deepEqual((await stage.reportOf("2026-11-23")).counts, { matched: 1 });
  });

  it("leaves the days that would not be done in time, and begins the next run with them", async () => {
    // Today and yesterday take five minutes each, so after them there is no time for a third.
    const [today, yesterday] = ["20261123T1125Z", "20261122T1125Z"].map((time) => logKey(time));
    for (const key of [today, yesterday]) await stage.deliver(key as string, logFile({}));
    stage.onRead = () => {
      stage.clock.now += 5 * 60_000;
    };
    const first = await stage.run();
    assert.deepEqual(
      [first.days.map(({ from }) => from.slice(8, 10)), first.left.map((day) => day.slice(8, 10)), first.logFilesLeft],
      [["23", "22"], ["21", "20"], 0],
    );
    assert.equal(stage.metrics().DaysLeft, 2);
    const second = await stage.run();
    assert.deepEqual(
      second.days.map(({ from }) => from.slice(8, 10)),
      ["21", "20", "23", "22"],
    );
  });

  it("loses nothing that was read before S3 fails", async () => {
    const keys = ["a", "b", "c", "d", "e", "f", "g", "h"].map((name) => logKey("20261123T1125Z", name));
    for (const key of keys) await stage.deliver(key, logFile({}));
    stage.onRead = (key) => {
      if (key === keys.at(-1)) throw Object.assign(new Error("S3 is not there"), { name: "InternalError" });
    };
    await assert.rejects(stage.run(), /S3 is not there/);
    const read = readKeys().filter((key) => key !== keys.at(-1));
    stage.onRead = () => {};
    const again = await next();
    assert.ok(read.length >= 4);
    // What was still being read when S3 failed may be read again.
    assert.deepEqual(
      again.filter((key) => read.slice(0, 4).includes(key)),
      [],
    );
  });

  it("comes to the same after a run that ended at any of its writes", async function () {
    this.timeout(90_000);
    const keys = ["a", "b", "c"].map((name) => logKey("20261123T1125Z", name));
    let writes = 0;
    for (let endsAt = 0; writes >= endsAt; endsAt++) {
      stage = await theatre.stage();
      await bill(stage, at("23T10:00"));
      await bill(stage, at("23T11:00"));
      for (const [n, key] of keys.entries()) await stage.deliver(key, logFile(n === 1 ? callFor(at("23T10:00")) : {}));
      writes = 0;
      stage.onWrite = () => {
        if (writes++ === endsAt) throw new Error("the run ends here");
      };
      await stage.run().catch((error: Error) => assert.equal(error.message, "the run ends here"));
      stage.onWrite = () => {};
      const { days, left } = await stage.run();
      assert.deepEqual([days.length, left], [4, []]);
      const { counts, evidence } = await stage.reportOf("2026-11-23");
      assert.deepEqual([counts, evidence.objects, evidence.records], [{ matched: 1, missing: 1 }, 3, 1]);
      const month = JSON.parse(await stage.file("reports/2026-11/summary.json"));
      assert.deepEqual([month.days.length, month.matched, month.findings], [4, 1, { missing: 1 }]);
    }
    assert.ok(writes >= 20, `${writes} writes`);
  });

  it("keeps two runs at once from doing each other harm", async () => {
    await bill(stage, at("23T10:00"));
    const keys = ["a", "b", "c"].map((name) => logKey("20261123T1125Z", name));
    for (const [n, key] of keys.entries()) await stage.deliver(key, logFile(n === 1 ? callFor(at("23T10:00")) : {}));
    const [one, other] = await Promise.all([stage.run(), stage.run()]);
    assert.deepEqual(one, other);
    assert.deepEqual(await next(), []);
    const report = await stage.reportOf("2026-11-23");
    assert.deepEqual([report.counts, report.evidence.objects, report.evidence.records], [{ matched: 1 }, 3, 1]);
  });

  it("reads a log file again that was changed since, and takes nothing of what it said before", async () => {
    await bill(stage, at("23T10:00"));
    const key = logKey("20261123T1125Z");
    await stage.deliver(key, logFile(callFor(at("23T10:00"))));
    await next(0);
    await stage.deliver(key, logFile(callFor(at("23T10:00"), 7)));
    assert.deepEqual(await next(), [key]);
    const { counts, findings } = await stage.reportOf("2026-11-23");
    assert.deepEqual([counts, findings[0]?.evidenced], [{ matched: 0, "quantity-mismatch": 1 }, "7"]);
    // As it was at first it is known.
    await stage.deliver(key, logFile(callFor(at("23T10:00"))));
    assert.deepEqual(await next(), []);
    assert.deepEqual((await stage.reportOf("2026-11-23")).counts, { matched: 1 });
  });

  it("remembers a log file that cannot be read, and says so in each report", async () => {
    const key = logKey("20261123T1125Z");
    await stage.deliver(key, new Uint8Array());
    assert.deepEqual(await next(0), [key]);
    assert.deepEqual(await next(), []);
    const { findings } = await stage.reportOf("2026-11-23");
    assert.deepEqual(
      findings.map(({ kind, reason, objects }) => [kind, reason, objects]),
      [["integrity", "it is empty", [key]]],
    );
    // It may hold records of earlier days too: the reports of those days have it, the run and the month count it once.
    assert.equal((await stage.reportOf("2026-11-22")).counts.integrity, 1);
    assert.equal(stage.metrics().FindingsIntegrity, 1);
    assert.deepEqual(JSON.parse(await stage.file("reports/2026-11/summary.json")).findings, { integrity: 1 });
  });

  for (const [what, change] of [
    ["gone", (chunk: string) => stage.remove(chunk)],
    ["damaged", (chunk: string) => stage.replace(chunk, "not gzip")],
  ] as const)
    it(`fails rather than call records missing whose calls were kept and are ${what}`, async () => {
      await bill(stage, at("23T10:00"));
      await stage.deliver(logKey("20261123T1125Z"), logFile(callFor(at("23T10:00"))));
      await stage.run();
      const [chunk] = await stage.keys(`evidence/v1/${stage.logBucket}/calls/2026-11-23/`);
      await change(chunk as string);
      await assert.rejects(stage.run(), /delete the folder evidence\/, and log files are read again/);
      assert.deepEqual((await stage.reportOf("2026-11-23")).counts, { matched: 1 });
      for (const key of await stage.keys("evidence/")) await stage.remove(key);
      await stage.run();
      assert.deepEqual((await stage.reportOf("2026-11-23")).counts, { matched: 1 });
    });

  it("verifies the days that no run came to for a week", async () => {
    await stage.run();
    stage.clock.now += 7 * 24 * HOUR;
    const { days } = await stage.run();
    assert.deepEqual(
      days.map(({ from }) => from.slice(5, 10)),
      ["11-30", "11-29", "11-28", "11-27", "11-26", "11-25", "11-24", "11-23", "11-22", "11-21", "11-20"],
    );
    assert.deepEqual(JSON.parse(await stage.file("reports/2026-11/summary.json")).missing.length, 19);
  });

  it("writes a month's summary anew that cannot be read", async () => {
    await stage.run();
    await stage.replace("reports/2026-11/summary.json", "{}");
    const { days } = await stage.run();
    assert.equal(days.length, 4);
    assert.equal(JSON.parse(await stage.file("reports/2026-11/summary.json")).days.length, 4);
  });

  it("counts a day as missing whose summary cannot be read, and verifies it again", async () => {
    await stage.run();
    await stage.replace("reports/2026-11-20/summary.json", "{}");
    stage.clock.now += 7 * 24 * HOUR;
    const missing = async () => JSON.parse(await stage.file("reports/2026-11/summary.json")).missing as string[];
    await stage.run();
    assert.ok(!(await missing()).includes("2026-11-20T00:00:00Z"));
    await stage.replace("reports/2026-11-20/summary.json", "{}");
    await stage.run();
    assert.ok((await missing()).includes("2026-11-20T00:00:00Z"));
    await stage.run();
    assert.ok(!(await missing()).includes("2026-11-20T00:00:00Z"));
  });

  it("writes the summary of each month that its days lie in", async () => {
    await stage.run();
    stage.clock.now = Date.parse("2026-12-02T05:00:00Z");
    const { months } = await stage.run();
    assert.deepEqual(months, ["reports/2026-11/summary.html", "reports/2026-12/summary.html"]);
    const page = await stage.file("reports/index.html");
    assert.ok(page.indexOf("2026-12/summary.html") < page.indexOf("2026-11/summary.html"));
    assert.ok(page.indexOf("2026-12-02/report.html") < page.indexOf("2026-11-30/report.html"));
  });
});
