import assert from "node:assert/strict";
import type { UsageRecord } from "@aws-sdk/client-marketplace-metering";
import { closeAll, legacyRecord, metering, record, refusal } from "./support.ts";

describe("sandbox metering: the limits of a request", () => {
  afterEach(closeAll);

  const hours = (count: number) =>
    Array.from({ length: count }, (_, n) =>
      record({ Timestamp: new Date(Date.parse("2026-11-23T10:05:00Z") - n * 1_800_000) }),
    );

  it("takes 25 records and no records, and refuses 26 whole", async () => {
    const { service, send } = await metering();
    assert.deepEqual((await send([])).results, []);
    assert.equal((await send(hours(25))).results.length, 25);
    assert.deepEqual(await refusal(send(hours(26))), {
      name: "ValidationException",
      message:
        "1 validation error detected: Value at 'UsageRecords' failed to satisfy constraint: Member must satisfy max_length <=25",
      status: 400,
    });
    assert.equal(service.billed().length, 13);
  });

  it("refuses a request of 1 MB, and takes one a few bytes smaller as far as its size goes", async () => {
    const { service } = await metering();
    const send = async (bytes: number) => {
      const head = '{"UsageRecords":[],"Padding":"';
      const response = await fetch(service.endpoint, {
        method: "POST",
        headers: {
          "x-amz-target": "AWSMPMeteringService.BatchMeterUsage",
          authorization:
            "AWS4-HMAC-SHA256 Credential=ASIA1/20261123/us-east-1/aws-marketplace/aws4_request, SignedHeaders=host, Signature=0",
        },
        body: `${head}${"x".repeat(bytes - head.length - 2)}"}`,
      });
      return { status: response.status, body: await response.json() };
    };
    assert.deepEqual(await send(999_999), { status: 200, body: { Results: [], UnprocessedRecords: [] } });
    assert.deepEqual(await send(1_000_000), {
      status: 400,
      body: {
        __type: "com.amazon.coral.service#ValidationException",
        message: "Request of 1000000 bytes: must be less than 1000000 bytes",
      },
    });
    assert.equal((await send(3_000_000)).status, 400);
  });

  it("takes a quantity of 0, of 2147483647, and none, which is 0", async () => {
    const { service, send } = await metering();
    const { Quantity: _, ...none } = record({ Dimension: "Hours" });
    const batch = [
      record({ Quantity: 0 }),
      record({ Quantity: 2_147_483_647, Timestamp: new Date("2026-11-23T09:00:00Z") }),
      none as UsageRecord,
    ];
    assert.deepEqual((await send(batch)).statuses, ["Success", "Success", "Success"]);
    assert.deepEqual(
      service.billed().map(({ quantity }) => quantity),
      [0n, 2_147_483_647n, 0n],
    );
  });

  const refused: [string, Partial<UsageRecord>, string][] = [
    ["a negative quantity", { Quantity: -1 }, "ValidationException"],
    ["a quantity above 2147483647", { Quantity: 2_147_483_648 }, "ValidationException"],
    ["half a unit", { Quantity: 1.5 }, "ValidationException"],
    ["a quantity that is not a number", { Quantity: Number.NaN }, "SerializationException"],
    ["no timestamp", { Timestamp: undefined }, "ValidationException"],
    ["no dimension", { Dimension: undefined }, "ValidationException"],
    ["an empty dimension", { Dimension: "" }, "ValidationException"],
    ["a dimension of 256 characters", { Dimension: "d".repeat(256) }, "ValidationException"],
    ["an account that is not digits", { CustomerAWSAccountId: "11112222333a" }, "ValidationException"],
    ["an empty licence", { LicenseArn: "" }, "ValidationException"],
    ["an allocated quantity below 0", { UsageAllocations: [{ AllocatedUsageQuantity: -5 }] }, "ValidationException"],
  ];
  for (const [what, changes, name] of refused) {
    it(`refuses ${what}, and the good records with it`, async () => {
      const { service, send } = await metering();
      const problem = await refusal(send([record({ Dimension: "Hours" }), record(changes)]));
      assert.deepEqual([problem.name, problem.status], [name, 400]);
      assert.deepEqual(service.billed(), []);
    });
  }

  it("refuses product codes with other characters than AWS lists, or more than 255 of them", async () => {
    const { send } = await metering();
    for (const code of ["", "legacy code", "x".repeat(256)]) {
      assert.equal((await refusal(send([legacyRecord()], code))).name, "ValidationException", `'${code}'`);
    }
    assert.equal((await refusal(send([legacyRecord()], "-aZ09/=:_.@"))).name, "InvalidProductCodeException");
  });
});
