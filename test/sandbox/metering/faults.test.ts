import assert from "node:assert/strict";
import type { ExceptionName } from "../../../sandbox/metering/errors.ts";
import type { Fault } from "../../../sandbox/metering/faults.ts";
import { closeAll, licence, metering, record, refusal } from "./support.ts";

describe("sandbox metering: faults on demand", () => {
  afterEach(closeAll);

  const hours = (count: number) =>
    Array.from({ length: count }, (_, n) =>
      record({ Timestamp: new Date(Date.parse("2026-11-23T10:00:00Z") - n * 3_600_000) }),
    );

  /** What a call under the fault comes to: the caller's view, the books after it, the log's view, and a second call. */
  async function strike(fault: Fault) {
    const { service, seen, send } = await metering();
    service.inject(fault);
    const outcome = await refusal(send([record()]));
    const billed = service.billed().length;
    const [call] = seen;
    const logged = call === undefined ? "nothing" : (call.error?.name ?? call.answer?.Results[0]?.Status);
    assert.deepEqual(service.calls[0]?.faults, [fault.name]);
    assert.deepEqual((await send([record()])).statuses, ["Success"], "the fault strikes once");
    // The SDK calls both ends of a connection a TimeoutError; only the message tells them apart.
    const name = outcome.name === "TimeoutError" ? outcome.message : outcome.name;
    return { name, status: outcome.status, billed, logged };
  }

  const exceptions: ExceptionName[] = [
    "DisabledApiException",
    "InvalidCustomerIdentifierException",
    "InvalidLicenseException",
    "InvalidProductCodeException",
    "InvalidTagException",
    "InvalidUsageAllocationsException",
    "InvalidUsageDimensionException",
    "ThrottlingException",
    "TimestampOutOfBoundsException",
    "AccessDeniedException",
    "ExpiredTokenException",
    "UnrecognizedClientException",
  ];
  for (const exception of exceptions) {
    it(`answers ${exception}, before and after the service acts`, async () => {
      const answered = { name: exception, status: 400, logged: exception };
      assert.deepEqual(await strike({ name: "exception", exception }), { ...answered, billed: 0 });
      assert.deepEqual(await strike({ name: "exception", exception, when: "after" }), { ...answered, billed: 1 });
    });
  }

  it("answers InternalServiceErrorException with HTTP 500, before and after the service acts", async () => {
    const exception = "InternalServiceErrorException";
    const answered = { name: exception, status: 500, logged: exception };
    assert.deepEqual(await strike({ name: "exception", exception }), { ...answered, billed: 0 });
    assert.deepEqual(await strike({ name: "exception", exception, when: "after" }), { ...answered, billed: 1 });
  });

  const connection: [
    Exclude<Fault["name"], "slow" | "exception" | "status" | "made-up-success">,
    string,
    number | undefined,
  ][] = [
    ["http-500", "SyntaxError", 500],
    ["connection-reset", "read ECONNRESET", undefined],
    ["answer-lost", "socket hang up", undefined],
    ["unreadable-answer", "SyntaxError", 200],
  ];
  for (const [name, error, status] of connection) {
    it(`gives ${name} without reaching the service, and after it acted, which CloudTrail then knows`, async () => {
      assert.deepEqual(await strike({ name, when: "before" }), { name: error, status, billed: 0, logged: "nothing" });
      assert.deepEqual(await strike({ name, when: "after" }), { name: error, status, billed: 1, logged: "Success" });
    });
  }

  it("makes up Success for every record without reaching the service, and after it acted", async () => {
    for (const [when, billed] of [
      ["before", 0],
      ["after", 5],
    ] as const) {
      const { service, seen, send } = await metering();
      service.inject({ name: "made-up-success", when });
      assert.deepEqual((await send(hours(5))).statuses, Array(5).fill("Success"));
      assert.equal(service.billed().length, billed);
      // CloudTrail hears of what the service did, and of nothing else.
      assert.equal(seen.length, billed === 0 ? 0 : 1);
    }
  });

  it("loses the answer after the service acted unless it is told otherwise", async () => {
    assert.equal((await strike({ name: "answer-lost" })).billed, 1);
  });

  it("is slow before or after the service acts, on its own clock", async () => {
    for (const [when, firstAt] of [
      ["before", "2026-11-23T10:31:30Z"],
      ["after", "2026-11-23T10:30:00Z"],
    ] as const) {
      const { service, send } = await metering();
      service.inject({ name: "slow", milliseconds: 90_000, when });
      assert.deepEqual((await send([record()])).statuses, ["Success"]);
      assert.deepEqual([service.calls[0]?.latency, service.billed()[0]?.firstAt], [90_000, Date.parse(firstAt)]);
    }
  });

  it("leaves n records unprocessed: not booked before, booked after", async () => {
    for (const [when, booked] of [
      ["before", 3],
      ["after", 5],
    ] as const) {
      const { service, seen, send } = await metering();
      service.inject({ name: "unprocessed", records: 2, when });
      const { statuses, unprocessed } = await send(hours(5));
      assert.deepEqual(statuses.toSorted(), ["Success", "Success", "Success", "unprocessed", "unprocessed"]);
      assert.equal(unprocessed.length, 2);
      assert.equal(seen[0]?.answer?.UnprocessedRecords.length, 2);
      assert.equal(service.billed().length, booked);
    }
  });

  it("leaves all records unprocessed when no number is given", async () => {
    const { service, send } = await metering();
    service.inject({ name: "unprocessed" });
    assert.deepEqual((await send(hours(24))).statuses, Array(24).fill("unprocessed"));
    assert.deepEqual(service.billed(), []);
  });

  it("gives chosen records a status, and the others their own", async () => {
    for (const status of ["Success", "CustomerNotSubscribed", "DuplicateRecord"] as const) {
      const { service, send } = await metering();
      service.inject({ name: "status", status, record: { dimension: "Hours" } });
      const { statuses } = await send([record(), record({ Dimension: "Hours" })]);
      assert.deepEqual(statuses, ["Success", status]);
      assert.deepEqual(
        service.billed().map(({ dimension }) => dimension),
        ["Calls"],
      );
    }
    const { service, send } = await metering();
    service.inject({ name: "status", status: "DuplicateRecord", when: "after" });
    assert.deepEqual((await send([record()])).statuses, ["DuplicateRecord"]);
    assert.equal(service.billed().length, 1);
  });

  it("leaves a record out of both lists", async () => {
    for (const [when, booked] of [
      ["before", 4],
      ["after", 5],
    ] as const) {
      const { service, send } = await metering();
      service.inject({ name: "unlisted", records: 1, when });
      assert.deepEqual((await send(hours(5))).statuses.toSorted(), [...Array(4).fill("Success"), "in neither list"]);
      assert.equal(service.billed().length, booked);
    }
  });

  describe("which calls they strike", () => {
    const pattern = async (fault: Fault, calls: Parameters<Awaited<ReturnType<typeof metering>>["send"]>[]) => {
      const { service, send } = await metering();
      service.inject(fault);
      const struck: number[] = [];
      for (const [index, call] of calls.entries()) {
        await send(...call).catch(() => struck.push(index + 1));
      }
      return struck;
    };
    const throttled = { name: "exception", exception: "ThrottlingException" } as const;
    const same = (count: number) => Array.from({ length: count }, (): [ReturnType<typeof record>[]] => [[record()]]);

    it("the first, the nth, and a count from there", async () => {
      assert.deepEqual(await pattern(throttled, same(5)), [1]);
      assert.deepEqual(await pattern({ ...throttled, nth: 3 }, same(5)), [3]);
      assert.deepEqual(await pattern({ ...throttled, nth: 2, count: 3 }, same(6)), [2, 3, 4]);
      assert.deepEqual(await pattern({ ...throttled, nth: 4, count: "always" }, same(6)), [4, 5, 6]);
    });

    it("those of a Region, a product code, or a record, counted among themselves", async () => {
      const hoursOf = record({ Dimension: "Hours" });
      const of2 = record({ CustomerAWSAccountId: "444455556666", LicenseArn: licence(2) });
      assert.deepEqual(
        await pattern({ ...throttled, region: "eu-west-1" }, [[[record()]], [[record()], undefined, "eu-west-1"]]),
        [2],
      );
      assert.deepEqual(await pattern({ ...throttled, productCode: "legacy" }, [[[record()]], [[], "legacy"]]), [2]);
      assert.deepEqual(
        await pattern({ ...throttled, record: { dimension: "Hours" }, nth: 2 }, [
          [[hoursOf]],
          [[record()]],
          [[hoursOf]],
        ]),
        [3],
      );
      assert.deepEqual(
        await pattern({ ...throttled, record: { licenseArn: licence(2) } }, [[[record()]], [[of2]]]),
        [2],
      );
      assert.deepEqual(
        await pattern({ ...throttled, record: { accountId: "444455556666" } }, [[[record()]], [[of2]]]),
        [2],
      );
      assert.deepEqual(await pattern({ ...throttled, record: { customerIdentifier: "cust-1" } }, [[[record()]]]), []);
    });

    it("a share of them, the same for the same seed", async () => {
      const half = { ...throttled, probability: 0.5, count: "always" } as const;
      const first = await pattern(half, same(10));
      assert.deepEqual(await pattern(half, same(10)), first);
      assert.ok(first.length > 1 && first.length < 9, `struck ${first}`);
      assert.deepEqual(await pattern({ ...half, probability: 0 }, same(5)), []);
    });

    it("those of a stretch of time: a buyer whose agreement activates hours late", async () => {
      const { service, clock, send } = await metering({ at: "2026-11-23T10:30:00Z" });
      service.inject({
        name: "status",
        status: "CustomerNotSubscribed",
        from: "2026-11-23T10:31:00Z",
        to: "2026-11-23T13:00:00Z",
        count: "always",
      });
      const fates: (string | undefined)[] = [];
      for (const instant of [
        "2026-11-23T10:30:59Z",
        "2026-11-23T10:31:00Z",
        "2026-11-23T12:59:59Z",
        "2026-11-23T13:00:00Z",
      ]) {
        clock.set(instant);
        fates.push((await send([record()])).statuses[0]);
      }
      assert.deepEqual(fates, ["Success", "CustomerNotSubscribed", "CustomerNotSubscribed", "Success"]);
    });

    it("several at once, until they are cleared", async () => {
      const { service, send } = await metering();
      service.inject(
        { name: "unprocessed", records: 1, count: "always" },
        { name: "slow", milliseconds: 5, count: "always" },
      );
      assert.deepEqual((await send(hours(2))).statuses.toSorted(), ["Success", "unprocessed"]);
      assert.deepEqual(service.calls[0]?.faults, ["unprocessed", "slow"]);
      service.clearFaults();
      assert.deepEqual((await send(hours(2))).statuses, ["Success", "Success"]);
      assert.deepEqual(service.calls[1]?.faults, []);
    });
  });
});
