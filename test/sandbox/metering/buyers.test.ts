import assert from "node:assert/strict";
import type { UsageRecord } from "@aws-sdk/client-marketplace-metering";
import { buyerOf, closeAll, legacyRecord, licence, metering, record, refusal, sampleListing } from "./support.ts";

describe("sandbox metering: products, buyers and how they are named", () => {
  afterEach(closeAll);

  it("bills a licence under its product, and a customer identifier under the request's product code", async () => {
    const { service, send } = await metering();
    assert.deepEqual((await send([record()])).statuses, ["Success"]);
    assert.deepEqual((await send([legacyRecord()], "legacy")).statuses, ["Success"]);
    assert.deepEqual(
      service.billed().map(({ productCode, buyer }) => ({ productCode, buyer })),
      [
        { productCode: "saas", buyer: { accountId: "111122223333", licenseArn: licence(1) } },
        { productCode: "legacy", buyer: { customerIdentifier: "cust-1" } },
      ],
    );
  });

  const seats = { Dimension: "Seats" };
  const refused: [string, UsageRecord[], string | undefined, string][] = [
    ["an unknown product code", [legacyRecord()], "nobody", "InvalidProductCodeException"],
    [
      "the code of a product that is metered by licence",
      [legacyRecord({ Dimension: "Calls" })],
      "saas",
      "InvalidProductCodeException",
    ],
    ["a customer identifier without a product code", [legacyRecord()], undefined, "InvalidProductCodeException"],
    [
      "an unknown customer identifier",
      [legacyRecord({ CustomerIdentifier: "cust-9" })],
      "legacy",
      "InvalidCustomerIdentifierException",
    ],
    [
      "a product code without a customer identifier",
      [legacyRecord({ CustomerIdentifier: undefined })],
      "legacy",
      "InvalidCustomerIdentifierException",
    ],
    [
      "an account beside a customer identifier",
      [legacyRecord({ CustomerAWSAccountId: "1" })],
      "legacy",
      "InvalidCustomerIdentifierException",
    ],
    [
      "a licence beside a product code",
      [record({ ...seats, LicenseArn: licence(3) })],
      "moving",
      "InvalidLicenseException",
    ],
    [
      "a licence beside a customer identifier",
      [record({ CustomerIdentifier: "cust-1" })],
      undefined,
      "InvalidCustomerIdentifierException",
    ],
    [
      "a licence without an account",
      [record({ CustomerAWSAccountId: undefined })],
      undefined,
      "InvalidCustomerIdentifierException",
    ],
    ["an account without a licence", [record({ LicenseArn: undefined })], undefined, "InvalidLicenseException"],
    ["an unknown licence", [record({ LicenseArn: licence(9) })], undefined, "InvalidLicenseException"],
    ["another account's licence", [record({ LicenseArn: licence(2) })], undefined, "InvalidLicenseException"],
    [
      "licences of two products",
      [record(), record({ ...seats, LicenseArn: licence(3) })],
      undefined,
      "InvalidLicenseException",
    ],
    ["a dimension of another product", [record({ Dimension: "Gb" })], undefined, "InvalidUsageDimensionException"],
    ["a dimension in other letters", [record({ Dimension: "calls" })], undefined, "InvalidUsageDimensionException"],
  ];
  for (const [what, records, productCode, name] of refused) {
    it(`refuses ${what} with ${name}, and the good records with it`, async () => {
      const { service, send } = await metering();
      const good = productCode === undefined ? record({ Dimension: "Hours" }) : legacyRecord({ Quantity: 1 });
      const problem = await refusal(send([...records, ...(records.length === 1 ? [good] : [])], productCode));
      assert.deepEqual([problem.name, problem.status], [name, 400]);
      assert.deepEqual(service.billed(), []);
    });
  }

  it("refuses a licence of a product that is metered by product code", async () => {
    const listing = sampleListing();
    Object.assign(buyerOf(listing, "cust-1"), { accountId: "111122223333", licenseArn: licence(4) });
    const { send } = await metering({ listing });
    const problem = await refusal(send([record({ Dimension: "Gb", LicenseArn: licence(4) })]));
    assert.equal(problem.name, "InvalidLicenseException");
  });

  it("knows no product for callers of another account than the one that published them", async () => {
    const roleArn = "arn:aws:iam::111111111111:role/Submitter";
    const { send } = await metering({ authorize: () => ({ allowed: true, roleArn, sessionName: "s" }) });
    assert.equal((await refusal(send([record()]))).name, "InvalidLicenseException");
    assert.equal((await refusal(send([legacyRecord()], "legacy"))).name, "InvalidProductCodeException");
  });

  it("takes a dimension as soon as the seller has added it", async () => {
    const { listing, send } = await metering();
    assert.equal((await refusal(send([record({ Dimension: "Tokens" })]))).name, "InvalidUsageDimensionException");
    listing.products[0]?.dimensions.push("Tokens");
    assert.deepEqual((await send([record({ Dimension: "Tokens" })])).statuses, ["Success"]);
  });

  it("refuses a disabled product, and no other", async () => {
    const { listing, send } = await metering();
    Object.assign(listing.products[0] as object, { disabled: true });
    assert.deepEqual(await refusal(send([record()])), {
      name: "DisabledApiException",
      message: "Metering is disabled for product saas",
      status: 400,
    });
    assert.deepEqual((await send([legacyRecord()], "legacy")).statuses, ["Success"]);
  });

  it("answers CustomerNotSubscribed for the record alone, by every cause AWS names", async () => {
    const { service, listing, send } = await metering();
    listing.buyers.push({
      product: "moving",
      customerIdentifier: "cust-4",
      agreements: [{ from: "2026-01-01T00:00:00Z" }],
    });
    Object.assign(buyerOf(listing, licence(2)), { suspended: true });
    const suspended = record({ CustomerAWSAccountId: "444455556666", LicenseArn: licence(2) });
    assert.deepEqual((await send([suspended, record()])).statuses, ["CustomerNotSubscribed", "Success"]);
    // A customer of another product.
    assert.deepEqual(
      (await send([legacyRecord({ CustomerIdentifier: "cust-4" }), legacyRecord()], "legacy")).statuses,
      ["CustomerNotSubscribed", "Success"],
    );
    buyerOf(listing, "cust-1").agreements = [];
    const { results } = await send([legacyRecord({ Timestamp: new Date("2026-11-23T09:00:00Z") })], "legacy");
    assert.deepEqual(
      results.map(({ Status, MeteringRecordId }) => ({ Status, MeteringRecordId })),
      [{ Status: "CustomerNotSubscribed", MeteringRecordId: undefined }],
    );
    assert.equal(service.billed().length, 2);
  });
});
