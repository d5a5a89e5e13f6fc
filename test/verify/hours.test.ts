import assert from "node:assert/strict";
import fc from "fast-check";
import type { HourlyRecord } from "../../src/ledger/records.ts";
import type { Statement } from "../../src/ledger/statement.ts";
import { HOUR } from "../../src/usage/instants.ts";
import { parseStoredQuantity, sum } from "../../src/usage/quantity.ts";
import { productFinder } from "../../src/verify/context.ts";
import {
  evidencedByHour,
  evidencedOf,
  type HourlyQuantity,
  reportHours,
  submittedOf,
  usedByHour,
} from "../../src/verify/hours.ts";
import { linkBook } from "../../src/verify/links.ts";
import { keyAt, keyPlacer } from "../../src/verify/placed-keys.ts";
import { at, call, LICENSED, PRODUCTS, record, submission, units } from "./cases.ts";

const WINDOW = { from: at("23T10:00"), to: at("23T13:00") };
const METER = { product: "analytics", buyer: LICENSED, dimension: "ApiCalls" };

const quantity = (changes: Partial<HourlyQuantity> = {}): HourlyQuantity => ({
  product: "analytics",
  dimension: "ApiCalls",
  hour: at("23T10:00"),
  quantity: units(5),
  ...changes,
});

describe("a report's hours", () => {
  it("add up by product, dimension and hour, in order, and leave out what has nothing", () => {
    const used = [
      quantity(),
      quantity({ quantity: 500_000_000n }),
      quantity({ product: "archive", dimension: "Gb", hour: at("23T12:00") }),
      quantity({ product: "archive", dimension: "Idle", quantity: 0n }),
    ];
    const evidenced = [quantity({ hour: at("23T12:00") }), quantity({ product: null })];
    assert.deepEqual(reportHours(WINDOW, { used }, evidenced), [
      {
        product: "analytics",
        dimension: "ApiCalls",
        used: ["5.5", "0", "0"],
        submitted: null,
        evidenced: ["0", "0", "5"],
      },
      { product: "archive", dimension: "Gb", used: ["0", "0", "5"], submitted: null, evidenced: ["0", "0", "0"] },
      { product: null, dimension: "ApiCalls", used: ["0", "0", "0"], submitted: null, evidenced: ["5", "0", "0"] },
    ]);
    assert.deepEqual(reportHours(WINDOW, { submitted: [quantity({ product: null })] }, []), [
      { product: null, dimension: "ApiCalls", used: null, submitted: ["5", "0", "0"], evidenced: ["0", "0", "0"] },
    ]);
    assert.deepEqual(reportHours(WINDOW, { used: [] }, []), []);
  });

  it("are the same whatever order their parts come in, and lose nothing", () => {
    const part = fc.record({
      product: fc.constantFrom(null, "", "a", "b"),
      dimension: fc.constantFrom("x", "y"),
      hour: fc.nat({ max: 2 }).map((n) => WINDOW.from + n * HOUR),
      quantity: fc.bigInt({ min: 0n, max: 10n ** 20n }),
    });
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        const hours = reportHours(WINDOW, { used: parts }, []);
        assert.deepEqual(reportHours(WINDOW, { used: parts.toReversed() }, []), hours);
        const total = sum(hours.flatMap(({ used }) => (used ?? []).map(parseStoredQuantity)));
        assert.equal(total, sum(parts.map((each) => each.quantity)));
      }),
    );
  });
});

describe("what was used by hour", () => {
  it("is what seals counted, what is counted so far where there is no seal, and what came too late", () => {
    const sealed = { ref: { meter: METER, hour: at("23T10:00") }, seal: { usage: units(5), quantity: units(7) } };
    const open = { ref: { meter: METER, hour: at("23T11:00") }, seal: undefined };
    const statement = {
      meter: METER,
      records: [sealed, open] as unknown as HourlyRecord[],
      unsealed: [{ hour: at("23T11:00"), quantity: 250_000_000n }],
      expired: [{ hour: at("23T10:00"), quantity: units(1), reason: "late" }],
    } as Pick<Statement, "meter" | "records" | "unsealed" | "expired"> as Statement;
    assert.deepEqual(reportHours(WINDOW, { used: usedByHour([statement]) }, [])[0]?.used, ["6", "0.25", "0"]);
  });
});

describe("what was submitted by hour", () => {
  it("counts a record once that was sent again, in whatever order its rows come", () => {
    const rows = [submission(), submission({ quantity: units(6) }), submission({ dimension: "GbHours" })];
    for (const each of [rows, rows.toReversed()]) {
      const keys = keyPlacer()(at("23T10:00"), each, { seen: [], young: [], failed: [] }).map(keyAt);
      assert.deepEqual(
        reportHours(WINDOW, { submitted: submittedOf({ submissions: [], matched: [], keys }) }, []).map(
          ({ submitted }) => submitted?.[0],
        ),
        ["6", "5"],
      );
    }
  });
});

describe("an hour whose records match beyond doubt", () => {
  it("counts them as submitted and as taken, beside all others", () => {
    const [other] = keyPlacer()(at("23T10:00"), [submission({ dimension: "GbHours" })], {
      seen: [call([record({ dimension: "GbHours", quantity: units(2) })])],
      young: [],
      failed: [],
    }).map(keyAt);
    const submissions = [submission(), submission({ quantity: units(9) }), submission({ quantity: units(1) })];
    const hour = { submissions, matched: [0, 2], keys: other ? [other] : [] };
    const productOf = productFinder(PRODUCTS, linkBook([submission()]));
    const hours = reportHours(WINDOW, { submitted: submittedOf(hour) }, evidencedOf(hour, productOf));
    assert.deepEqual(
      hours.map(({ dimension, submitted, evidenced }) => [dimension, submitted?.[0], evidenced[0]]),
      [
        ["ApiCalls", "6", "6"],
        ["GbHours", "5", "2"],
      ],
    );
  });
});

describe("what AWS took by hour", () => {
  const byProduct = productFinder(PRODUCTS, linkBook([submission()]));
  const evidenced = (...events: Parameters<typeof evidencedByHour>[0]) =>
    reportHours(WINDOW, { used: [] }, evidencedByHour(events, WINDOW, byProduct)).map((hours) => [
      hours.product,
      hours.dimension,
      hours.evidenced[0],
    ]);

  it("counts the first Success of a record alone, in each Region, and nothing that was refused", () => {
    const again = call([record({ quantity: units(9) })], { eventId: "e-2", eventTime: at("23T11:30") });
    const refused = call([record({ dimension: "GbHours", status: "CustomerNotSubscribed" })], { eventId: "e-3" });
    const elsewhere = call([record({ quantity: units(2) })], { eventId: "e-4", region: "eu-west-1" });
    assert.deepEqual(evidenced(call([record()]), again, refused), [["analytics", "ApiCalls", "5"]]);
    assert.deepEqual(evidenced(call([record()]), elsewhere), [["analytics", "ApiCalls", "7"]]);
  });

  it("names the product of a record that the ledger lacks where its code says so, and no other", () => {
    const customer = { customerIdentifier: "c-1" };
    const byCode = record({ productCode: "4w1v", buyer: customer, dimension: "Gb" });
    const stranger = record({ buyer: { ...LICENSED, licenseArn: "arn:other" } });
    assert.deepEqual(evidenced(call([byCode, stranger])), [
      ["archive", "Gb", "5"],
      [null, "ApiCalls", "5"],
    ]);
  });

  it("leaves out what is of hours outside the window", () => {
    assert.deepEqual(
      evidenced(call([record({ timestamp: at("23T09:59") }), record({ timestamp: at("23T13:00") })])),
      [],
    );
  });
});
