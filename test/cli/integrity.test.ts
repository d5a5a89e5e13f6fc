import assert from "node:assert/strict";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { startCloudTrailApi } from "../../sandbox/cloudtrail/server.ts";
import { sharedSigningKey } from "../../sandbox/cloudtrail/signing.ts";
import { formatInstant, HOUR } from "../../src/usage/instants.ts";
import { formatQuantity } from "../../src/usage/quantity.ts";
import { filesWith, keysFile, keysOf, type Seen, stranger, trailOf } from "../evidence/trail.ts";
import { cli, cliHere, kindsOf, makeFolders, ndjson, reportOf, writeFiles } from "./support.ts";

describe("verify with digests", function () {
  this.timeout(60_000);
  const folders = makeFolders();
  let seen: Seen;
  before(async () => {
    seen = await trailOf(6);
  });
  after(folders.remove);

  /** A folder with a copy of the trail's bucket, its public keys and the submissions. */
  function copy(): string {
    const folder = folders.make();
    for (const [key, { bytes }] of seen.bucket) writeFiles(join(folder, "logs"), { [key]: bytes });
    const rows = seen.submissions.map(({ region, buyer, dimension, timestamp, quantity }) => ({
      region,
      ...buyer,
      dimension,
      timestamp: formatInstant(timestamp),
      quantity: formatQuantity(quantity),
    }));
    writeFiles(folder, { "s.ndjson": ndjson(...rows), "keys.json": keysFile(sharedSigningKey()) });
    return folder;
  }
  const verify = (folder: string, keys = "keys.json", now = seen.now) => {
    const window = ["--from", formatInstant(seen.window.from), "--to", formatInstant(seen.window.to)];
    const from = ["--logs", join(folder, "logs"), "--submissions", join(folder, "s.ndjson")];
    return cliHere(["verify", ...from, ...window, "--public-keys", join(folder, keys), "--format", "json"], { now });
  };

  it("is the default, and matches only what digests prove", async () => {
    const ran = await verify(copy());
    assert.equal(ran.status, 0, ran.stderr);
    assert.deepEqual(kindsOf(ran), [6]);
    const { digests } = reportOf(ran).evidence;
    assert.ok(digests && digests.valid > 6 && digests.invalid === 0);
    assert.doesNotMatch(ran.stderr, /not checked/);
  });

  it("reads a copy as late as its latest file, whatever this machine's clock says", async () => {
    assert.deepEqual(kindsOf(await verify(copy(), "keys.json", seen.window.from - 1000 * HOUR))[0], 6);
  });

  it("asks CloudTrail for the keys where no file has them", async () => {
    const folder = copy();
    const { publicKey, fingerprint } = sharedSigningKey();
    const validity = { validFrom: 0, validTo: seen.now };
    const keys = { listPublicKeys: () => [{ value: publicKey, fingerprint, ...validity }] };
    const api = await startCloudTrailApi(keys, { now: () => seen.now });
    const environment = {
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
      AWS_ENDPOINT_URL_CLOUDTRAIL: api.endpoint,
    };
    const window = ["--from", formatInstant(seen.window.from), "--to", formatInstant(seen.window.to)];
    const args = ["--logs", join(folder, "logs"), "--submissions", join(folder, "s.ndjson"), ...window];
    assert.equal(kindsOf(await cli(["verify", ...args, "--format", "json"], { environment }))[0], 6);
    await api.close();
    const refused = await cli(["verify", ...args], { environment: { ...environment, AWS_MAX_ATTEMPTS: "1" } });
    assert.equal(refused.status, 2);
    assert.match(refused.stderr, /^CloudTrail's public keys of us-east-1: AWS did not answer it \(/m);
  });

  it("finds an edited log file and calls its records unverifiable", async () => {
    const folder = copy();
    const [edited] = seen.submissions;
    const keys = filesWith(seen.bucket, edited as (typeof seen.submissions)[0]);
    for (const key of keys) {
      const path = join(folder, "logs", key);
      const text = gunzipSync(readFileSync(path)).toString();
      writeFileSync(path, gzipSync(text.replace("us-east-1", "us-east-2")));
    }
    const ran = await verify(folder);
    assert.equal(ran.status, 1);
    assert.deepEqual(kindsOf(ran), [5, ...keys.map(() => "integrity"), "unverifiable"]);
    assert.deepEqual(
      reportOf(ran)
        .findings.map(({ objects }) => objects)
        .slice(0, keys.length)
        .flat(),
      keys,
    );
  });

  it("matches nothing by the keys of someone else", async () => {
    const folder = copy();
    writeFiles(folder, { "keys.json": keysFile(stranger) });
    const ran = await verify(folder);
    assert.equal(ran.status, 1);
    assert.equal(kindsOf(ran)[0], 0);
  });

  it("matches nothing without digests", async () => {
    const folder = copy();
    for (const key of keysOf(seen.bucket, "CloudTrail-Digest")) rmSync(join(folder, "logs", key));
    const ran = await verify(folder);
    assert.equal(ran.status, 1);
    assert.equal(kindsOf(ran)[0], 0);
  });

  it("names a file of public keys that is none, and ends with 2", async () => {
    const folder = copy();
    writeFiles(folder, { "wrong.json": "{}" });
    const wrong = await verify(folder, "wrong.json");
    assert.equal(wrong.status, 2);
    assert.match(wrong.stderr, /^--public-keys .*wrong\.json: The public keys cannot be read \(PublicKeyList/m);
    const none = await verify(folder, "none.json");
    assert.equal(none.status, 2);
    assert.match(none.stderr, /none\.json: does not exist/);
  });

  it("is refused for LookupEvents, which nobody signs", async () => {
    const from = ["--logs", "lookup-events:us-east-1", "--submissions", join(copy(), "s.ndjson")];
    const ran = await cliHere(["verify", ...from, "--from", "2026-11-23", "--to", "2026-11-24"], { now: seen.now });
    assert.equal(ran.status, 2);
    assert.match(ran.stderr, /lookup-events:us-east-1 is signed by no one; give --integrity off/);
  });
});
