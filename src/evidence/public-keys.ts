import { createHash, createPublicKey, type KeyObject } from "node:crypto";
import { type CloudTrailClient, ListPublicKeysCommand } from "@aws-sdk/client-cloudtrail";
import * as v from "valibot";
import type { Instant } from "../usage/instants.ts";

/** The keys that CloudTrail signs digests with, by fingerprint. */
export type PublicKeys = ReadonlyMap<string, KeyObject>;

/** Gives the keys of a Region that were valid at some time from `from` to `to`. */
export type PublicKeySource = (region: string, from: Instant, to: Instant) => Promise<PublicKeys>;

/** Asks CloudTrail; `clientOf` gives a client of a Region, since each has keys of its own. Throws where CloudTrail does not answer. */
export const listedPublicKeys =
  (clientOf: (region: string) => CloudTrailClient): PublicKeySource =>
  async (region, from, to) => {
    const client = clientOf(region);
    const keys = new Map<string, KeyObject>();
    let NextToken: string | undefined;
    do {
      const input = { StartTime: new Date(from), EndTime: new Date(to), NextToken };
      const page = await client.send(new ListPublicKeysCommand(input));
      for (const { Value } of page.PublicKeyList ?? []) if (Value) addKey(keys, Value);
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    return keys;
  };

const FileSchema = v.object({
  PublicKeyList: v.array(v.object({ Value: v.pipe(v.string("must be a text"), v.base64("must be base64")) })),
});

/** Reads what `aws cloudtrail list-public-keys` prints. Throws an error that names the field where the text is something else. */
export function parsePublicKeys(text: string): PublicKeys {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new Error(`${NOT_KEYS} (${(error as Error).message}); ${PRINTS}`);
  }
  const parsed = v.safeParse(FileSchema, json, { abortEarly: true });
  if (!parsed.success) {
    const [issue] = parsed.issues;
    throw new Error(`${NOT_KEYS} (${v.getDotPath(issue) ?? "text"}: ${issue.message}); ${PRINTS}`);
  }
  const keys = new Map<string, KeyObject>();
  for (const [index, { Value }] of parsed.output.PublicKeyList.entries()) {
    if (!addKey(keys, Buffer.from(Value, "base64")))
      throw new Error(`${NOT_KEYS} (PublicKeyList.${index}.Value: is no RSA key in DER); ${PRINTS}`);
  }
  return keys;
}

const NOT_KEYS = "The public keys cannot be read";
const PRINTS = "give what `aws cloudtrail list-public-keys --start-time … --end-time …` prints as JSON.";

/**
 * Adds a key under its fingerprint, the MD5 of its DER, whatever the list calls it; answers whether it is one. CloudTrail gives PKCS #1; what
 * is not, is tried as SubjectPublicKeyInfo.
 */
function addKey(keys: Map<string, KeyObject>, der: Uint8Array): boolean {
  const fingerprint = createHash("md5").update(der).digest("hex");
  for (const type of ["pkcs1", "spki"] as const) {
    try {
      const key = createPublicKey({ key: Buffer.from(der), format: "der", type });
      if (key.asymmetricKeyType !== "rsa") return false;
      keys.set(fingerprint, key);
      return true;
    } catch {
      // The other form, or none.
    }
  }
  return false;
}
