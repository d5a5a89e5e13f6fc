import assert from "node:assert/strict";
import fc from "fast-check";
import type { EvidenceRecord, NamedBuyer } from "../../src/evidence/record.ts";
import { HOUR } from "../../src/usage/instants.ts";
import { keyOfRecord, keyOfSubmission, keyText } from "../../src/verify/identity.ts";
import { keyOf, keyPlaces } from "../../src/verify/placed-keys.ts";
import { sightingsKey } from "../../src/verify/sightings.ts";
import { at, call, record, submission } from "./cases.ts";

const PARTS = ["seen", "young", "failed"] as const;

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
        const same = parts(a) === parts(b) && a.style === b.style;
        assert.equal(keyText(a) === keyText(b), same);
      }),
      { numRuns: 5000 },
    );
  });
});

const regions = fc.constantFrom("us-east-1", "us-west-2");
const HOUR_OF_ALL = at("23T10:00");
const submissions = fc.array(
  fc.record({ named, region: regions }).map(({ named, region }) => submission({ ...named, region })),
  { maxLength: 12 },
);
const calls = fc.array(
  fc.record({
    records: fc.array(
      named.map((each) => record(each)),
      { maxLength: 4 },
    ),
    region: regions,
  }),
  { maxLength: 6 },
);

describe("the keys of an hour", () => {
  it("bring together all that is of one key in one Region, however it is written, and nothing else", () => {
    fc.assert(
      fc.property(submissions, calls, calls, calls, (submissions, seen, young, failed) => {
        const given = { seen, young, failed };
        const places = keyPlaces(HOUR_OF_ALL);
        places.addSubmissions(submissions);
        for (const part of PARTS)
          places.addCalls(
            part,
            given[part].map((each, index) => call(each.records, { eventId: `e-${index}`, region: each.region })),
          );
        const found = places
          .all()
          .map((each) => [
            sightingsKey(keyOf(each), each.region),
            each.submissions,
            ...PARTS.map((part) => each[part].map(({ record }) => record)),
          ]);
        // The same by the texts of the keys.
        const texts = new Map<string, { submissions: unknown[] } & Record<(typeof PARTS)[number], EvidenceRecord[]>>();
        const of = (text: string) => {
          const known = texts.get(text) ?? { submissions: [], seen: [], young: [], failed: [] };
          texts.set(text, known);
          return known;
        };
        for (const each of submissions) of(sightingsKey(keyOfSubmission(each), each.region)).submissions.push(each);
        for (const part of PARTS)
          for (const { records, region } of given[part])
            for (const each of records)
              if (each.timestamp < HOUR_OF_ALL + HOUR) of(sightingsKey(keyOfRecord(each), region))[part].push(each);
        const inOrder = (records: readonly EvidenceRecord[]) =>
          records.map((each) => JSON.stringify(each.buyer)).sort();
        const shown = (rows: readonly (readonly unknown[])[]) =>
          rows
            .map(([text, submissions, ...parts]) => [
              text,
              submissions,
              ...parts.map((part) => inOrder(part as EvidenceRecord[])),
            ])
            .sort(([a], [b]) => ((a as string) < (b as string) ? -1 : 1));
        assert.deepEqual(
          shown(found),
          shown(
            [...texts].map(([text, { submissions, ...parts }]) => [
              text,
              submissions,
              ...PARTS.map((part) => parts[part]),
            ]),
          ),
        );
      }),
      { numRuns: 1000 },
    );
  });

  it("have what was seen of them by time", () => {
    const places = keyPlaces(HOUR_OF_ALL);
    const late = call([record()], { eventId: "late", eventTime: at("23T12:00") });
    places.addCalls("seen", [late, call([record()])]);
    const [key] = places.all();
    assert.deepEqual(
      key?.seen.map(({ event }) => event.eventId),
      ["e-1", "late"],
    );
  });
});
