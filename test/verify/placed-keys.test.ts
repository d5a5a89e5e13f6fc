import assert from "node:assert/strict";
import fc from "fast-check";
import type { NamedBuyer } from "../../src/evidence/record.ts";
import { keyOfRecord, keyText } from "../../src/verify/identity.ts";
import { keyAt, keyOf, keyPlacer } from "../../src/verify/placed-keys.ts";
import { at, call, record, submission, units } from "./cases.ts";

const name = fc.constantFrom(undefined, "", "a", "1 a", "- ", "code ");
const named = fc.record({
  productCode: name,
  buyer: fc.record({ licenseArn: name, accountId: name, customerIdentifier: name }) as fc.Arbitrary<NamedBuyer>,
  dimension: fc.constantFrom("a", "1 a", "- a"),
});
const keys = fc
  .tuple(named, fc.constantFrom(at("23T10:00"), at("23T11:00")))
  .map(([changes, timestamp]) => keyOfRecord(record({ ...changes, timestamp })));

/** What a key is to AWS. */
const parts = ({ style, productCode, buyer, dimension, hour }: ReturnType<typeof keyOfRecord>) =>
  style +
  JSON.stringify(
    style === "license"
      ? [hour, dimension, buyer.licenseArn, buyer.accountId ?? null]
      : [hour, dimension, productCode ?? null, buyer.customerIdentifier ?? null].concat(
          buyer.customerIdentifier === undefined ? (buyer.accountId ?? null) : null,
        ),
  );

describe("the texts of keys", () => {
  it("are the same for the same key only", () => {
    fc.assert(
      fc.property(keys, keys, (a, b) => {
        assert.equal(keyText(a) === keyText(b), parts(a) === parts(b));
      }),
      { numRuns: 5000 },
    );
  });
});

const HOURS = [at("23T10:00"), at("23T11:00")] as const;
// Of few names, so that keys which differ in one of them alone meet often.
const few = fc.constantFrom(undefined, "a", "b");
const things = fc.array(
  fc.record({
    named: fc.record({
      productCode: few,
      buyer: fc.record({ licenseArn: few, accountId: few, customerIdentifier: few }) as fc.Arbitrary<NamedBuyer>,
      dimension: fc.constantFrom("a", "b"),
    }),
    region: fc.constantFrom("us-east-1", "us-west-2"),
    timestamp: fc.constantFrom(...HOURS),
    part: fc.constantFrom("submissions", "seen", "young", "failed"),
  }),
  { maxLength: 20 },
);
/** What there is of one key: the quantities, which tell each thing from all others. */
type Quantities = Record<"submissions" | "seen" | "young" | "failed", bigint[]>;

describe("the keys of an hour", () => {
  it("bring together all that is of one key in one Region, however it is written, and nothing else", () => {
    fc.assert(
      fc.property(things, (things) => {
        const [hour, other] = HOURS;
        const given = things.map((each, index) => ({ ...each, quantity: units(index) }));
        const submissionsOf = (hour: number) =>
          given
            .filter(({ part, timestamp }) => part === "submissions" && timestamp === hour)
            .map(({ named, region, quantity }) => submission({ ...named, region, quantity }));
        const callsIn = (wanted: string) =>
          given
            .filter(({ part }) => part === wanted)
            .map(({ named, region, timestamp, quantity }) =>
              call([record({ ...named, timestamp, quantity })], { eventId: `e-${quantity}`, region }),
            );
        const calls = { seen: callsIn("seen"), young: callsIn("young"), failed: callsIn("failed") };

        const expected = new Map<string, Quantities>();
        for (const { named, region, timestamp, part, quantity } of given) {
          if (timestamp !== hour) continue;
          const text = `${region} ${parts(keyOfRecord(record({ ...named, timestamp })))}`;
          const known = expected.get(text) ?? { submissions: [], seen: [], young: [], failed: [] };
          expected.set(text, known);
          known[part].push(quantity);
        }
        // Nothing is left of an hour before.
        const place = keyPlacer();
        place(other, submissionsOf(other), calls);
        const found = place(hour, submissionsOf(hour), calls)
          .map(keyAt)
          .map(
            (key) =>
              [
                `${key.region} ${parts(keyOf(key))}`,
                {
                  submissions: quantitiesOf(key.submissions),
                  seen: quantitiesOf(key.seen.map(({ record }) => record)),
                  young: quantitiesOf(key.young.map(({ record }) => record)),
                  failed: quantitiesOf(key.failed.map(({ record }) => record)),
                },
              ] as const,
          );
        assert.equal(found.length, expected.size);
        assert.deepEqual(new Map(found), expected);
      }),
      { numRuns: 2000 },
    );
  });

  it("have what was seen of them by time", () => {
    const late = call([record()], { eventId: "late", eventTime: at("23T12:00") });
    const [key] = keyPlacer()(HOURS[0], [], { seen: [late, call([record()])], young: [], failed: [] }).map(keyAt);
    assert.deepEqual(
      key?.seen.map(({ event }) => event.eventId),
      ["e-1", "late"],
    );
  });
});

const quantitiesOf = (all: readonly { readonly quantity: bigint }[]): bigint[] =>
  all.map(({ quantity }) => quantity).sort((a, b) => Number(a - b));
