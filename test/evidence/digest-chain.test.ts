import assert from "node:assert/strict";
import type { Digest } from "../../src/evidence/digest.ts";
import { verifyChain } from "../../src/evidence/digest-chain.ts";
import { parseDigestKey } from "../../src/evidence/digest-keys.ts";
import { HOUR } from "../../src/usage/instants.ts";

const START = Date.parse("2026-11-23T00:00:00Z");
const keyAt = (hour: number) =>
  `AWSLogs/999988887777/CloudTrail-Digest/us-east-1/2026/11/23/999988887777_CloudTrail-Digest_us-east-1_metering_us-east-1_20261123T0${hour}0000Z.json.gz`;

/** The only digest of a copied folder, which is not signed yet and may say anything. */
function alone(hour: number, changes: Partial<Digest>) {
  const key = keyAt(hour);
  const content: Digest = {
    account: "999988887777",
    start: START + (hour - 1) * HOUR,
    end: START + hour * HOUR,
    endText: `2026-11-23T0${hour}:00:00Z`,
    bucket: "evidence",
    object: key,
    fingerprint: "",
    previous: undefined,
    previousSignature: null,
    files: [],
    hash: "",
    ...changes,
  };
  const name = parseDigestKey(key) ?? assert.fail();
  const place = { bucket: undefined, keepsMetadata: false, keys: new Map() };
  return verifyChain([{ key, name, content, signature: undefined }], place, { from: START, to: START + 4 * HOUR });
}

describe("a digest that is not signed yet", () => {
  it("does not say when its trail began", () => {
    const { missing, uncovered, pending, valid } = alone(4, {});
    assert.deepEqual([missing, uncovered], [3, [{ from: START, to: START + 3 * HOUR }]]);
    assert.deepEqual([pending.length, valid.length], [1, 0]);
  });

  it("covers no more than its hour, whatever it says", () => {
    const previous = { bucket: "evidence", object: "another", hash: "" };
    const { missing, uncovered } = alone(4, { start: START - HOUR, previous });
    assert.deepEqual([missing, uncovered], [3, [{ from: START, to: START + 3 * HOUR }]]);
  });
});
