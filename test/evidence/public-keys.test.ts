import assert from "node:assert/strict";
import { createHash, createPublicKey } from "node:crypto";
import { CloudTrailClient } from "@aws-sdk/client-cloudtrail";
import { startCloudTrailApi } from "../../sandbox/cloudtrail/server.ts";
import { createSigningKey } from "../../sandbox/cloudtrail/signing.ts";
import { listedPublicKeys, parsePublicKeys } from "../../src/evidence/public-keys.ts";
import { keysFile } from "./trail.ts";

describe("public keys", () => {
  const signer = createSigningKey();
  const spki = createPublicKey({ key: Buffer.from(signer.publicKey), format: "der", type: "pkcs1" }).export({
    format: "der",
    type: "spki",
  });

  it("are read from what the AWS CLI prints, by the MD5 of their DER, whatever the file calls them", () => {
    assert.deepEqual([...parsePublicKeys(keysFile(signer, createSigningKey())).keys()].length, 2);
    assert.deepEqual(
      [...parsePublicKeys(keysFile({ ...signer, fingerprint: "something else" })).keys()],
      [signer.fingerprint],
    );
    assert.deepEqual([...parsePublicKeys('{ "PublicKeyList": [] }').keys()], []);
  });

  it("are read as SubjectPublicKeyInfo where they are not PKCS #1", () => {
    const keys = parsePublicKeys(keysFile({ ...signer, publicKey: spki }));
    assert.deepEqual([...keys.keys()], [createHash("md5").update(spki).digest("hex")]);
    assert.equal([...keys.values()][0]?.asymmetricKeyType, "rsa");
  });

  for (const [text, problem] of [
    ["", "Unexpected end of JSON input"],
    ["[]", "PublicKeyList: "],
    ['{ "PublicKeyList": [{ "Value": "%" }] }', "PublicKeyList.0.Value: must be base64"],
    ['{ "PublicKeyList": [{ "Value": "AAAA" }] }', "PublicKeyList.0.Value: is no RSA key in DER"],
  ] as const) {
    it(`are refused where the file is ${text || "empty"}, with the field and the way out`, () =>
      assert.throws(
        () => parsePublicKeys(text),
        (error: Error) => {
          assert.ok(error.message.startsWith(`The public keys cannot be read (${problem}`), error.message);
          return error.message.endsWith("prints as JSON.");
        },
      ));
  }

  it("are asked of CloudTrail for the times given, and what is no key is left out", async () => {
    const asked: number[][] = [];
    const listPublicKeys = (start: number, end: number) => {
      asked.push([start, end]);
      const key = { value: signer.publicKey, fingerprint: signer.fingerprint, validFrom: 0, validTo: 0 };
      return [key, { ...key, value: Buffer.from("no key") }];
    };
    const api = await startCloudTrailApi({ listPublicKeys }, { now: () => 0 });
    const client = new CloudTrailClient({
      endpoint: api.endpoint,
      region: "us-east-1",
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
    });
    try {
      const keys = await listedPublicKeys(() => client)("us-east-1", 1_000, 5_000);
      assert.deepEqual([...keys.keys()], [signer.fingerprint]);
      assert.deepEqual(asked, [[1_000, 5_000]]);
    } finally {
      client.destroy();
      await api.close();
    }
  });
});
