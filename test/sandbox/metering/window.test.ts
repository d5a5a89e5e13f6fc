import assert from "node:assert/strict";
import { buyerOf, closeAll, legacyRecord, licence, metering, record, refusal } from "./support.ts";

describe("sandbox metering: when a record is taken", () => {
  afterEach(closeAll);

  /** What a record of licence 1 gets that bears `timestamp` and arrives at `now`. */
  async function fate(timestamp: string, now: string): Promise<string | undefined> {
    const { send } = await metering({ at: now });
    return send([record({ Timestamp: new Date(timestamp) })]).then(
      ({ statuses }) => statuses[0],
      (error: Error) => error.name,
    );
  }

  const cases: [string, string, string, string][] = [
    ["one second less than 24 hours old", "2026-11-22T10:30:01Z", "2026-11-23T10:30:00Z", "Success"],
    ["24 hours old", "2026-11-22T10:30:00Z", "2026-11-23T10:30:00Z", "TimestampOutOfBoundsException"],
    ["a minute ahead of the service's clock", "2026-11-23T10:31:00Z", "2026-11-23T10:30:00Z", "Success"],
    ["more than a minute ahead", "2026-11-23T10:31:01Z", "2026-11-23T10:30:00Z", "TimestampOutOfBoundsException"],
    ["of last month, before 06:00 on the 1st", "2026-11-30T23:59:59Z", "2026-12-01T05:59:59.999Z", "Success"],
    [
      "of last month, at 06:00 on the 1st",
      "2026-11-30T23:59:59Z",
      "2026-12-01T06:00:00Z",
      "TimestampOutOfBoundsException",
    ],
    [
      "of last year, at 06:00 on the 1st",
      "2026-12-31T23:00:00Z",
      "2027-01-01T06:00:00Z",
      "TimestampOutOfBoundsException",
    ],
    ["of this month, at 06:00 on the 1st", "2026-12-01T00:00:00Z", "2026-12-01T06:00:00Z", "Success"],
  ];
  for (const [what, timestamp, now, expected] of cases) {
    it(`answers ${expected} to a record ${what}`, async () => assert.equal(await fate(timestamp, now), expected));
  }

  it("refuses all records for one that is too old, and books none", async () => {
    const { service, send } = await metering();
    assert.deepEqual(await refusal(send([record(), record({ Timestamp: new Date("2026-11-20T00:00:00Z") })])), {
      name: "TimestampOutOfBoundsException",
      message: "Timestamp 1795132800 is out of the allowed range",
      status: 400,
    });
    assert.deepEqual(service.billed(), []);
  });

  describe("with an agreement from 08:20 to 10:00", () => {
    const period = { from: "2026-11-23T08:20:00Z", to: "2026-11-23T10:00:00Z" };
    const bothFates = async (timestamp: string, now: string, agreements = [period]) => {
      const { listing, send } = await metering({ at: now });
      for (const name of [licence(1), "cust-1"]) buyerOf(listing, name).agreements = agreements;
      const Timestamp = new Date(timestamp);
      const fates = [send([record({ Timestamp })]), send([legacyRecord({ Timestamp })], "legacy")].map((call) =>
        call.then(
          ({ statuses }) => statuses[0],
          (error: Error) => error.name,
        ),
      );
      return Promise.all(fates);
    };
    const outside = ["InvalidLicenseException", "TimestampOutOfBoundsException"];
    const both = (status: string) => [status, status];

    it("takes usage from its first instant to its last, and until an hour after its end", async () => {
      assert.deepEqual(await bothFates("2026-11-23T08:20:00Z", "2026-11-23T08:20:00Z"), both("Success"));
      assert.deepEqual(await bothFates("2026-11-23T09:59:59Z", "2026-11-23T10:59:59.999Z"), both("Success"));
    });
    it("answers CustomerNotSubscribed from an hour after its end, resends included", async () => {
      assert.deepEqual(await bothFates("2026-11-23T09:59:59Z", "2026-11-23T11:00:00Z"), both("CustomerNotSubscribed"));
      const { listing, clock, send, service } = await metering({ at: "2026-11-23T10:30:00Z" });
      buyerOf(listing, licence(1)).agreements = [period];
      const last = record({ Timestamp: new Date("2026-11-23T09:30:00Z") });
      assert.deepEqual((await send([last])).statuses, ["Success"]);
      clock.set("2026-11-23T11:00:00Z");
      assert.deepEqual((await send([last])).statuses, ["CustomerNotSubscribed"]);
      assert.equal(service.billed().length, 1);
    });
    it("refuses usage from before its start and from its end on", async () => {
      assert.deepEqual(await bothFates("2026-11-23T08:19:59Z", "2026-11-23T09:00:00Z"), outside);
      assert.deepEqual(await bothFates("2026-11-23T10:00:00Z", "2026-11-23T10:30:00Z"), outside);
    });
    it("answers CustomerNotSubscribed before it starts", async () => {
      assert.deepEqual(await bothFates("2026-11-23T08:00:00Z", "2026-11-23T08:10:00Z"), both("CustomerNotSubscribed"));
    });
    it("keeps apart the periods of a buyer who subscribes again", async () => {
      const twice = [period, { from: "2026-11-23T12:00:00Z", to: "2026-11-23T20:00:00Z" }];
      assert.deepEqual(await bothFates("2026-11-23T12:30:00Z", "2026-11-23T13:00:00Z", twice), both("Success"));
      assert.deepEqual(
        await bothFates("2026-11-23T09:30:00Z", "2026-11-23T13:00:00Z", twice),
        both("CustomerNotSubscribed"),
      );
      assert.deepEqual(await bothFates("2026-11-23T11:30:00Z", "2026-11-23T13:00:00Z", twice), outside);
    });
    it("takes earlier usage once a late agreement that covers it is known", async () => {
      const { listing, send } = await metering({ at: "2026-11-23T09:00:00Z" });
      const buyer = buyerOf(listing, licence(1));
      buyer.agreements = [];
      const early = record({ Timestamp: new Date("2026-11-23T08:30:00Z") });
      assert.deepEqual((await send([early])).statuses, ["CustomerNotSubscribed"]);
      buyer.agreements.push({ from: period.from });
      assert.deepEqual((await send([early])).statuses, ["Success"]);
    });
  });
});
