// The key pair that CloudTrail signs digests with.
import { createHash, generateKeyPairSync, sign } from "node:crypto";

export interface SigningKey {
  /** MD5 of the public key, in hex: what digests and ListPublicKeys call it. */
  fingerprint: string;
  /** The public key as ListPublicKeys gives it: DER of PKCS #1. */
  publicKey: Uint8Array;
  /** RSA PKCS #1 v1.5 over SHA-256, in hex. */
  sign(text: string): string;
}

/** RSA of 2048 bits. Making one takes a moment. */
export function createSigningKey(): SigningKey {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const der = publicKey.export({ type: "pkcs1", format: "der" });
  return {
    fingerprint: createHash("md5").update(der).digest("hex"),
    publicKey: der,
    sign: (text) => sign("sha256", Buffer.from(text, "utf8"), privateKey).toString("hex"),
  };
}

/** The process's own key, made when it is first needed. */
export function sharedSigningKey(): SigningKey {
  shared ??= createSigningKey();
  return shared;
}

let shared: SigningKey | undefined;
