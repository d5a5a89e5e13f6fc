import assert from "node:assert/strict";
import type { Trail } from "../../../sandbox/cloudtrail/trail.ts";
import { ServiceError } from "../../../sandbox/metering/errors.ts";
import { closeAll, metering, record, refusal } from "../metering/support.ts";
import { call, cloudTrail, narrow, recordsOf, wide } from "./support.ts";

describe("sandbox cloudtrail: delivery of log files", () => {
  afterEach(closeAll);

  const late = Date.parse("2026-11-24T00:00:00Z");
  const minutes = (count: number) => count * 60_000;

  it("delivers a call minutes later, as gzip under the key of its delivery, and only once", async () => {
    const { trail, clock, bucket, files } = cloudTrail();
    trail.createTrail(narrow);
    trail.observe(call());
    const due = trail.nextDelivery() as number;
    assert.ok(due - clock.now() >= minutes(1) && due - clock.now() < minutes(11), `due ${new Date(due).toISOString()}`);
    assert.deepEqual(await trail.deliver(due - 1), []);
    assert.equal(bucket.size, 0);

    const delivered = await trail.deliver(due);
    const [key = ""] = bucket.keys();
    const minute = new Date(due).toISOString().slice(11, 16).replace(":", "");
    assert.match(
      key,
      new RegExp(
        `^evidence/AWSLogs/999988887777/CloudTrail/us-east-1/2026/11/23/999988887777_CloudTrail_us-east-1_20261123T${minute}Z_[A-Za-z0-9]{16}\\.json\\.gz$`,
      ),
    );
    assert.deepEqual(
      [...files().values()].flat().map(({ requestID }) => requestID),
      [call().requestId],
    );
    assert.deepEqual(bucket.get(key)?.metadata, {});
    assert.deepEqual(
      delivered.map((file) => ({ ...file, records: file.records.length })),
      [
        {
          trail: narrow,
          accountId: "999988887777",
          region: "us-east-1",
          bucket: "evidence",
          key: key.slice("evidence/".length),
          deliveredAt: due,
          records: 1,
        },
      ],
    );
    assert.equal(trail.nextDelivery(), undefined);
    assert.deepEqual(await trail.deliver(late), []);
  });

  it("puts the trail's prefix and its organization into the key", async () => {
    const { trail, bucket } = cloudTrail();
    trail.createTrail({ ...narrow, prefix: "audit/logs", organizationId: "o-exampleorgid" });
    trail.observe(call());
    await trail.deliver(late);
    assert.match(
      [...bucket.keys()].join(),
      /^evidence\/audit\/logs\/AWSLogs\/o-exampleorgid\/999988887777\/CloudTrail\/us-east-1\/2026\/11\/23\//,
    );
  });

  it("writes a file of its own for each trail and Region that logs the call", async () => {
    const { trail, files } = cloudTrail();
    trail.createTrail(narrow);
    trail.createTrail({ ...wide, bucket: "central" });
    trail.observe(call());
    trail.observe(call({ region: "eu-west-1", requestId: "second" }));
    await trail.deliver(late);
    const byFolder = [...files()].map(
      ([key, records]) => `${key.split("/20")[0]}: ${records.map(({ requestID }) => requestID.slice(0, 6))}`,
    );
    assert.deepEqual(byFolder.sort(), [
      "central/AWSLogs/999988887777/CloudTrail/eu-west-1: second",
      "central/AWSLogs/999988887777/CloudTrail/us-east-1: d00000",
      "evidence/AWSLogs/999988887777/CloudTrail/us-east-1: d00000",
    ]);
  });

  it("sees nothing that happens before there is a trail, elsewhere, or in nobody's name", async () => {
    const { trail, bucket, events } = cloudTrail();
    trail.observe(call());
    trail.createTrail(narrow);
    trail.observe(call({ region: "eu-west-1" }));
    const { caller: _, ...unsigned } = call();
    trail.observe(unsigned);
    await trail.deliver(late);
    assert.deepEqual([bucket.size, events.length, trail.nextDelivery()], [0, 0, undefined]);
  });

  it("refuses a trail whose selectors the API refuses", () => {
    const { trail } = cloudTrail();
    const selectors: Trail["selectors"] = [{ fieldSelectors: [{ field: "eventName", equals: ["BatchMeterUsage"] }] }];
    assert.throws(() => trail.createTrail({ ...narrow, selectors }), { name: "InvalidEventSelectorsException" });
  });

  it("delivers later when told to, and counts the delay from when a slow call was done", async () => {
    const { trail, clock } = cloudTrail({ delay: { least: minutes(60), most: minutes(60) } });
    trail.createTrail(narrow);
    clock.set("2026-11-23T11:00:00Z");
    trail.observe(call());
    assert.equal(trail.nextDelivery(), Date.parse("2026-11-23T12:00:00Z"));
  });

  it("keeps a file due whose write failed", async () => {
    let broken = true;
    const written: string[] = [];
    const { trail } = cloudTrail({
      put: async (_, key) => {
        if (broken) throw new Error("no such bucket");
        written.push(key);
      },
    });
    trail.createTrail(narrow);
    trail.observe(call());
    await assert.rejects(trail.deliver(late), { message: "no such bucket" });
    broken = false;
    assert.equal((await trail.deliver(late)).length, 1);
    assert.equal(written.length, 1);
  });

  it("writes each file once when two deliveries run at the same time", async () => {
    const { trail, bucket } = cloudTrail({ noisePerHour: 60 });
    trail.createTrail(wide);
    trail.observe(call());
    const [one, two] = await Promise.all([trail.deliver(late), trail.deliver(late)]);
    assert.equal(one.length + two.length, bucket.size);
    const ids = [...bucket.values()].flatMap(({ bytes }) => recordsOf(bytes)).map(({ eventID }) => eventID);
    assert.equal(new Set(ids).size, ids.length);
  });

  it("delivers some events twice, the same in every byte, in a later file", async () => {
    const { trail, clock, files } = cloudTrail({ duplicates: 0.25 });
    trail.createTrail(narrow);
    for (let n = 0; n < 200; n++) {
      clock.set(new Date(Date.parse("2026-11-23T10:00:00Z") + minutes(n)).toISOString());
      trail.observe(call({ at: clock.now(), requestId: `request-${n}` }));
    }
    await trail.deliver(late);
    const seen = Map.groupBy(
      [...files()].flatMap(([key, records]) => records.map((entry) => ({ key, entry }))),
      ({ entry }) => entry.requestID,
    );
    assert.equal(seen.size, 200);
    const twice = [...seen.values()].filter((copies) => copies.length === 2);
    assert.equal(Math.max(...[...seen.values()].map((copies) => copies.length)), 2);
    assert.ok(twice.length > 30 && twice.length < 75, `${twice.length} of 200`);
    for (const [first, second] of twice) {
      assert.deepEqual(first?.entry, second?.entry);
      assert.notEqual(first?.key, second?.key);
    }
  });

  it("puts the records of a file in no order", async () => {
    const { trail, clock, files } = cloudTrail();
    trail.createTrail(narrow);
    for (let n = 0; n < 60; n++) {
      clock.set(new Date(Date.parse("2026-11-23T10:00:00Z") + n * 10_000).toISOString());
      trail.observe(call({ at: clock.now() }));
    }
    await trail.deliver(late);
    const times = [...files().values()].map((records) => records.map(({ eventTime }) => eventTime));
    assert.ok(times.some((order) => order.join() !== order.toSorted().join()));
  });

  describe("among the events of other services", () => {
    it("writes several files an hour in every Region, with nothing in them that the selectors drop", async () => {
      const { trail, files } = cloudTrail({ noisePerHour: 200 });
      trail.createTrail(narrow);
      trail.createTrail({ ...wide, bucket: "central" });
      const delivered = await trail.deliver(Date.parse("2026-11-23T20:20:30Z"));
      const order = delivered.map(({ deliveredAt }) => deliveredAt);
      assert.deepEqual(order, order.toSorted(), "oldest first");
      const inBucket = (name: string) => [...files()].filter(([key]) => key.startsWith(`${name}/`));
      const eventsOf = (name: string) => inBucket(name).flatMap(([, records]) => records);

      const strict = eventsOf("evidence");
      assert.ok(inBucket("evidence").length >= 10 * 6, `${inBucket("evidence").length} files in 10 hours`);
      assert.deepEqual([...new Set(strict.map(({ readOnly }) => readOnly))], [false]);
      assert.deepEqual([...new Set(strict.map(({ eventSource }) => eventSource))].sort(), [
        "ec2.amazonaws.com",
        "lambda.amazonaws.com",
        "logs.amazonaws.com",
        "metering-marketplace.amazonaws.com",
        "s3.amazonaws.com",
      ]);
      const all = eventsOf("central");
      assert.deepEqual([...new Set(all.map(({ awsRegion }) => awsRegion))].sort(), ["eu-west-1", "us-east-1"]);
      assert.deepEqual([...new Set(all.map(({ eventSource }) => eventSource.split(".")[0]))].sort(), [
        "dynamodb",
        "ec2",
        "iam",
        "kms",
        "lambda",
        "logs",
        "metering-marketplace",
        "rdsdata",
        "s3",
        "sts",
      ]);
      assert.deepEqual(
        [...new Set(all.filter(({ eventSource }) => eventSource.startsWith("iam")).map(({ awsRegion }) => awsRegion))],
        ["us-east-1"],
      );
      assert.ok(all.some(({ errorCode }) => errorCode === "AccessDenied"));
      // About 200 an hour in each of two Regions, less what is not due yet.
      assert.ok(all.length > 3600 && all.length < 4400, `${all.length} events`);
      assert.equal(
        all.some(({ eventName }) => eventName === "BatchMeterUsage"),
        false,
      );
    });

    it("names our event in the text of other events", async () => {
      const { trail, files } = cloudTrail({ noisePerHour: 200 });
      trail.createTrail(wide);
      await trail.deliver(late);
      const policies = [...files().values()]
        .flat()
        .filter(({ eventName, errorCode }) => eventName === "PutRolePolicy" && errorCode === undefined);
      assert.ok(policies.length > 10);
      assert.match(JSON.stringify(policies[0]?.requestParameters), /aws-marketplace:BatchMeterUsage/);
    });

    it("puts them into the files of our calls, each event before its file's delivery", async () => {
      const { trail, clock, files } = cloudTrail({ noisePerHour: 500 });
      trail.createTrail(narrow);
      clock.set("2026-11-23T10:40:00Z");
      trail.observe(call({ at: clock.now() }));
      const delivered = await trail.deliver(trail.nextDelivery() as number);
      const ours =
        [...files().values()].find((records) => records.some(({ eventName }) => eventName === "BatchMeterUsage")) ?? [];
      assert.ok(ours.length > 5, `${ours.length} events`);
      for (const { deliveredAt, records } of delivered) {
        for (const { eventTime } of records) assert.ok(deliveredAt - Date.parse(eventTime) >= minutes(1));
      }
    });

    it("logs none from before the trail was there", async () => {
      const { trail, clock, files } = cloudTrail({ noisePerHour: 200 });
      trail.createTrail(wide);
      clock.set("2026-11-23T15:00:00Z");
      trail.createTrail({ ...narrow, bucket: "newer" });
      await trail.deliver(late);
      const newer = [...files()].filter(([key]) => key.startsWith("newer/")).flatMap(([, records]) => records);
      assert.ok(newer.length > 100);
      assert.deepEqual(
        newer.filter(({ eventTime }) => eventTime < "2026-11-23T15:00:00Z"),
        [],
      );
    });

    it("wakes nobody for them alone", async () => {
      const { trail } = cloudTrail({ noisePerHour: 200 });
      trail.createTrail(narrow);
      await trail.deliver(Date.parse("2026-11-23T12:00:00Z"));
      assert.equal(trail.nextDelivery(), undefined);
    });

    it("is the same in every byte for the same seed", async () => {
      const run = async () => {
        const { trail, bucket } = cloudTrail({ noisePerHour: 50, duplicates: 0.1 });
        trail.createTrail(wide);
        trail.observe(call());
        await trail.deliver(late);
        return [...bucket].map(([key, { bytes }]) => [key, Buffer.from(bytes).toString("base64")]);
      };
      assert.deepEqual(await run(), await run());
    });
  });

  describe("together with the metering service", () => {
    it("logs each call as the service decided it, and tells EventBridge at once", async () => {
      const { trail, clock, events, files } = cloudTrail();
      trail.createTrail(narrow);
      const { service, send } = await metering({ clock, onCall: trail.observe });
      const taken = await send([record()]);
      await refusal(send([record({ Dimension: "Nope" })]));
      service.inject({ name: "answer-lost" });
      await refusal(send([record({ Dimension: "Hours" })]));
      service.inject({ name: "connection-reset" });
      await refusal(send([record()]));

      const told = events.map(({ detail }) => [
        detail.eventName,
        detail.errorCode,
        JSON.stringify(detail.responseElements),
      ]);
      assert.equal(told.length, 3);
      assert.deepEqual(told[1], ["BatchMeterUsage", "InvalidUsageDimensionException", "null"]);
      assert.match(told[2]?.[2] ?? "", /"dimension":"Hours".*"status":"Success"/);
      const [first] = events;
      assert.deepEqual(first, {
        version: "0",
        id: first?.id,
        "detail-type": "AWS API Call via CloudTrail",
        source: "aws.metering-marketplace",
        account: "999988887777",
        time: "2026-11-23T10:20:30Z",
        region: "us-east-1",
        resources: [],
        detail: first?.detail,
      });
      assert.equal(first?.detail.requestID, taken.requestId);

      await trail.deliver(late);
      const logged = [...files().values()].flat();
      assert.deepEqual(logged.map(({ eventID }) => eventID).sort(), events.map(({ detail }) => detail.eventID).sort());
    });

    it("tells EventBridge of failed calls too, and of none that no trail logs", () => {
      const reads: Trail = {
        ...narrow,
        selectors: [
          {
            fieldSelectors: [
              { field: "eventCategory", equals: ["Management"] },
              { field: "readOnly", equals: ["true"] },
            ],
          },
        ],
      };
      const { trail, events } = cloudTrail();
      trail.createTrail(reads);
      trail.observe(call());
      assert.equal(events.length, 0);
      trail.createTrail(narrow);
      const { answer: _, ...failed } = call({ error: new ServiceError("ThrottlingException", "Rate exceeded") });
      trail.observe(failed);
      assert.deepEqual(
        events.map(({ detail }) => detail.errorCode),
        ["ThrottlingException"],
      );
    });
  });
});
