import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { folderSource } from "../../src/evidence/folder.ts";
import { findPlaces } from "../../src/evidence/places.ts";
import { bucketSource, type EvidenceSource } from "../../src/evidence/source.ts";
import { startS3, type TestS3 } from "./bucket.ts";
import { logKey } from "./events.ts";

const OTHER = "222233334444";
const KEYS = [
  logKey("20261123T1125Z"),
  logKey("20261123T1130Z", "b", "us-west-2"),
  `audit/x/${logKey("20261123T1125Z").replace("AWSLogs/999988887777", `AWSLogs/o-ab12/${OTHER}`)}`,
  "AWSLogs/999988887777/CloudTrail-Digest/eu-west-1/2026/11/23/digest",
  "AWSLogs/not-an-account/CloudTrail/eu-west-1/2026/11/23/file",
  "audit/notes.txt",
];

describe("the places where trails write", () => {
  let s3: TestS3;
  let folder: string;
  const sources: Record<string, EvidenceSource> = {};
  before(async () => {
    s3 = await startS3();
    const bucket = await s3.makeBucket();
    folder = mkdtempSync(join(tmpdir(), "places-"));
    for (const key of KEYS) {
      await s3.put(bucket, key, Buffer.from(key));
      mkdirSync(dirname(join(folder, key)), { recursive: true });
      writeFileSync(join(folder, key), key);
    }
    Object.assign(sources, { bucket: bucketSource(s3.client, bucket), folder: folderSource(folder) });
  });
  after(async () => {
    rmSync(folder, { recursive: true });
    await s3.close();
  });

  const own = { prefix: undefined, organization: undefined, account: "999988887777" };
  const east = { ...own, region: "us-east-1" };
  const west = { ...own, region: "us-west-2" };
  const organization = { prefix: "audit/x", organization: "o-ab12", account: OTHER, region: "us-east-1" };
  for (const name of ["bucket", "folder"]) {
    const source = () => sources[name] as EvidenceSource;
    const byText = (texts: unknown[]) => texts.map((each) => JSON.stringify(each)).sort();

    it(`are found in a ${name} at any depth, with organization and prefix, and no digests among them`, async () => {
      assert.deepEqual(byText(await findPlaces(source(), "")), byText([east, west, organization]));
      assert.deepEqual(await findPlaces(source(), "audit/"), [organization]);
      assert.deepEqual(await findPlaces(source(), "nothing/"), []);
    });

    it(`are found in a ${name} from inside AWSLogs too, as far as they lie there`, async () => {
      assert.deepEqual(await findPlaces(source(), "AWSLogs/999988887777/CloudTrail/us-west-2/2026/"), [west]);
      assert.deepEqual(await findPlaces(source(), "AWSLogs/"), [east, west]);
      assert.deepEqual(await findPlaces(source(), `audit/x/AWSLogs/o-ab12/${OTHER}/`), [organization]);
      assert.deepEqual(await findPlaces(source(), `AWSLogs/${OTHER}/`), []);
    });

    it(`hold what a ${name} lists and reads by its key`, async () => {
      const prefix = "AWSLogs/999988887777/CloudTrail/us-";
      const listed = await Array.fromAsync(source().list(prefix));
      assert.deepEqual(
        listed.toSorted((a, b) => (a.key < b.key ? -1 : 1)).map(({ key, size }) => ({ key, size })),
        KEYS.slice(0, 2).map((key) => ({ key, size: key.length })),
      );
      assert.equal(Buffer.from(await source().read(KEYS[0] as string)).toString(), KEYS[0]);
      // A bucket names the content too; a folder does not.
      assert.equal(new Set(listed.map(({ etag }) => etag)).size, name === "bucket" ? 2 : 1);
      assert.deepEqual(await Array.fromAsync(source().list("AWSLogs/none/")), []);
    });
  }

  it("may be links, and a link to nowhere is an error and not an empty folder", async () => {
    symlinkSync(join(folder, "AWSLogs"), join(folder, "audit/AWSLogs"));
    assert.deepEqual((await findPlaces(folderSource(join(folder, "audit")), "")).length, 3);
    symlinkSync("/no/such/place", join(folder, "audit/broken"));
    await assert.rejects(findPlaces(folderSource(join(folder, "audit")), ""), { code: "ENOENT" });
  });

  it("are none in what is not a folder", async () => {
    await assert.rejects(findPlaces(folderSource(join(folder, "audit/notes.txt")), ""), { code: "ENOTDIR" });
  });
});
