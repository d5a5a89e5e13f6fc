import { verify } from "node:crypto";
import type { Digest } from "./digest.ts";
import type { PublicKeys } from "./public-keys.ts";

/**
 * Checks the signature (hex) of a digest that is stored at `bucket` and `object`; answers why it does not hold, as the end of a sentence. What
 * is signed names the place, so a digest copied from elsewhere does not hold here.
 * Source: "Custom implementations of CloudTrail log file integrity validation", CloudTrail user guide.
 */
export function signatureProblem(digest: Digest, signature: string, keys: PublicKeys): string | undefined {
  const key = keys.get(digest.fingerprint.toLowerCase());
  if (!key) return `it is signed with a key that is none of CloudTrail's (fingerprint ${digest.fingerprint})`;
  const { endText, bucket, object, hash, previousSignature } = digest;
  const signed = [endText, `${bucket}/${object}`, hash, previousSignature ?? "null"].join("\n");
  const isValid =
    /^([0-9a-f]{2})+$/i.test(signature) &&
    verify("sha256", Buffer.from(signed, "utf8"), key, Buffer.from(signature, "hex"));
  return isValid ? undefined : "its signature does not fit its content";
}
