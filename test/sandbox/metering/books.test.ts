import assert from "node:assert/strict";
import { billedTwice } from "../../../sandbox/metering/books.ts";
import { closeAll, legacyRecord, licence, metering, record } from "./support.ts";

describe("sandbox metering: the books", () => {
  afterEach(closeAll);

  it("books a record with its hour, its quantity and when it was taken", async () => {
    const { service, send } = await metering();
    const { results } = await send([record()]);
    assert.deepEqual(service.billed(), [
      {
        region: "us-east-1",
        productCode: "saas",
        buyer: { accountId: "111122223333", licenseArn: licence(1) },
        dimension: "Calls",
        hour: "2026-11-23T10:00:00.000Z",
        timestamp: 1795428300,
        quantity: 5n,
        allocations: [],
        firstAt: Date.parse("2026-11-23T10:30:00Z"),
        meteringRecordId: results[0]?.MeteringRecordId,
      },
    ]);
    assert.match(
      results[0]?.MeteringRecordId ?? "",
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
  });

  it("lets the first record of an hour stand and refuses another quantity, anywhere in the hour", async () => {
    const { service, send } = await metering();
    await send([record({ Timestamp: new Date("2026-11-23T09:00:00Z") })]);
    const later = record({ Timestamp: new Date("2026-11-23T09:59:59Z"), Quantity: 7 });
    const { results } = await send([later]);
    assert.deepEqual(
      results.map(({ Status, MeteringRecordId }) => ({ Status, MeteringRecordId })),
      [{ Status: "DuplicateRecord", MeteringRecordId: undefined }],
    );
    assert.deepEqual(
      service.billed().map(({ quantity }) => quantity),
      [5n],
    );
    assert.deepEqual((await send([record({ Quantity: 7 })])).statuses, ["Success"]);
  });

  it("answers an identical resend with Success and the first record's id, and bills it once", async () => {
    const { service, clock, send } = await metering();
    const first = await send([record()]);
    clock.set("2026-11-23T10:40:00Z");
    const again = await send([record({ Timestamp: new Date("2026-11-23T10:06:00Z") })]);
    assert.deepEqual(again.statuses, ["Success"]);
    assert.equal(again.results[0]?.MeteringRecordId, first.results[0]?.MeteringRecordId);
    assert.deepEqual(
      service.billed().map(({ firstAt }) => firstAt),
      [Date.parse("2026-11-23T10:30:00Z")],
    );
  });

  it("answers an identical resend with DuplicateRecord in that mode", async () => {
    const { service, send } = await metering({ identicalResend: "DuplicateRecord" });
    assert.deepEqual((await send([record()])).statuses, ["Success"]);
    assert.deepEqual((await send([record()])).statuses, ["DuplicateRecord"]);
    assert.equal(service.billed().length, 1);
  });

  it("takes the same quantity, split another way, for another record, but not in another order", async () => {
    const { send } = await metering();
    const blue = { AllocatedUsageQuantity: 2, Tags: [{ Key: "Team", Value: "blue" }] };
    const rest = { AllocatedUsageQuantity: 3 };
    await send([record({ UsageAllocations: [blue, rest] })]);
    assert.deepEqual((await send([record({ UsageAllocations: [rest, blue] })])).statuses, ["Success"]);
    assert.deepEqual((await send([record()])).statuses, ["DuplicateRecord"]);
  });

  it("compares records of one request with one another, in their order", async () => {
    const { service, send } = await metering();
    const { results } = await send([record(), record({ Quantity: 6 }), record()]);
    assert.deepEqual(results.map(({ Status }) => Status).sort(), ["DuplicateRecord", "Success", "Success"]);
    assert.deepEqual(
      service.billed().map(({ quantity }) => quantity),
      [5n],
    );
  });

  it("keeps apart dimensions, hours, licences of one account, and customers", async () => {
    const { service, listing, send } = await metering();
    listing.buyers.push({
      product: "saas",
      accountId: "111122223333",
      licenseArn: licence(5),
      agreements: [{ from: "2026-01-01T00:00:00Z" }],
    });
    const batch = [
      record(),
      record({ Dimension: "Hours" }),
      record({ Timestamp: new Date("2026-11-23T09:59:59Z") }),
      record({ LicenseArn: licence(5) }),
      record({ CustomerAWSAccountId: "444455556666", LicenseArn: licence(2) }),
    ];
    assert.deepEqual((await send(batch)).statuses, Array(5).fill("Success"));
    assert.equal(service.billed().length, 5);
    assert.deepEqual(billedTwice(service.billed(), listing), []);
  });

  it("bills a buyer's hour twice when it comes in both integration styles, and shows it", async () => {
    const { service, listing, send } = await metering();
    const byLicence = record({ Dimension: "Seats", LicenseArn: licence(3) });
    const byCode = legacyRecord({ Dimension: "Seats", CustomerIdentifier: "cust-3" });
    assert.deepEqual((await send([byLicence])).statuses, ["Success"]);
    assert.deepEqual((await send([byCode], "moving")).statuses, ["Success"]);
    assert.deepEqual(
      billedTwice(service.billed(), listing).map((group) => group.map(({ buyer, quantity }) => ({ buyer, quantity }))),
      [
        [
          { buyer: { accountId: "111122223333", licenseArn: licence(3) }, quantity: 5n },
          { buyer: { customerIdentifier: "cust-3" }, quantity: 5n },
        ],
      ],
    );
  });

  it("bills a record twice that goes to two Regions, and shows it", async () => {
    const { service, listing, send } = await metering();
    await send([record()], undefined, "us-east-1");
    assert.deepEqual((await send([record()], undefined, "eu-west-1")).statuses, ["Success"]);
    assert.deepEqual(
      billedTwice(service.billed(), listing).map((group) => group.map(({ region }) => region)),
      [["us-east-1", "eu-west-1"]],
    );
  });
});
