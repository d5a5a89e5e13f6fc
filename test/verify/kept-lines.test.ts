import assert from "node:assert/strict";
import fc from "fast-check";
import * as v from "valibot";
import type { EvidenceEvent } from "../../src/evidence/event.ts";
import {
  CallLine,
  callLine,
  callOf,
  DigestLine,
  digestLine,
  FileLine,
  fileLine,
  type KeptFile,
} from "../../src/verify/kept-lines.ts";

/** A text with what ends lines, strings and escapes. */
const text = fc.string({ unit: fc.constantFrom("a", "\n", "\r", "\u2028", '"', "\\", "é", "0") });
const maybe = fc.option(text, { nil: undefined });
const plain = { noNullPrototype: true } as const;

const call: fc.Arbitrary<EvidenceEvent> = fc
  .record(
    {
      eventId: text,
      eventTime: fc.nat(),
      region: text,
      principal: maybe,
      errorCode: maybe,
      errorMessage: maybe,
      objects: fc.array(text, { minLength: 1, maxLength: 2 }),
      unseen: fc.constantFrom("none" as const, "left-out" as const, "not-understood" as const),
      records: fc.array(
        fc.record(
          {
            productCode: maybe,
            buyer: fc.oneof(
              fc.record({ accountId: text, licenseArn: text }, plain),
              fc.record({ customerIdentifier: text }, plain),
            ),
            dimension: text,
            timestamp: fc.nat(),
            quantity: fc.bigInt({ min: 0n, max: 2_147_483_647_000_000_000n }),
            status: fc.constantFrom("Success" as const, "DuplicateRecord" as const, "unprocessed" as const),
          },
          plain,
        ),
        { maxLength: 3 },
      ),
      completes: maybe,
    },
    plain,
  )
  .map(({ completes, ...rest }) => (completes === undefined ? rest : { ...rest, completes }));

const roundTrip = <Schema extends v.GenericSchema>(schema: Schema, line: string) => v.parse(schema, JSON.parse(line));

describe("the lines of what is kept", () => {
  it("hold a call to the last digit, each on one line", () => {
    fc.assert(
      fc.property(call, text, (given, etag) => {
        const line = callLine(given, etag);
        assert.ok(!line.includes("\n"));
        const read = roundTrip(CallLine, line);
        assert.deepEqual(callOf(read), given);
        assert.equal(read.etag, etag);
      }),
    );
  });

  it("hold what is known of a log file, read or not", () => {
    const file = { key: "log-1", size: 12, etag: '"e"', calls: { "calls/2026-11-23": 2 } };
    for (const each of [file, { ...file, hash: "ab" }, { ...file, reason: "it is empty" }] as KeptFile[])
      assert.deepEqual(roundTrip(FileLine, fileLine(each)), each);
  });

  it("hold a digest to the byte, with its signature if it has one", () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, n) => n);
    for (const signature of ["ab12", undefined]) {
      const read = roundTrip(DigestLine, digestLine("digest-1", "e", { bytes, signature }));
      assert.deepEqual([...Buffer.from(read.bytes, "base64")], [...bytes]);
      assert.deepEqual([read.key, read.etag, read.signature], ["digest-1", "e", signature]);
    }
  });
});
