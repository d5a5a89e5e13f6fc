import pMap from "p-map";
import type { Instant } from "../usage/instants.ts";
import { type Digest, parseDigest } from "./digest.ts";
import { type ChainVerdict, type FoundDigest, verifyChain } from "./digest-chain.ts";
import { type DigestKey, parseDigestKey } from "./digest-keys.ts";
import { DIGEST_DELAY } from "./integrity.ts";
import type { Interval } from "./intervals.ts";
import { dayPrefix, deliveryDays, type LogLocation } from "./keys.ts";
import type { PublicKeySource } from "./public-keys.ts";
import type { EvidenceSource } from "./source.ts";
import { UnreadableError } from "./unreadable.ts";

/** Digests that are read at a time. */
const AT_A_TIME = 8;

/** How digests are verified. */
interface Demands {
  readonly publicKeys: PublicKeySource;
  readonly now: Instant;
  /** Up to when they must cover what was delivered, so far as it is old enough. */
  readonly provenTo: Instant;
}

/** Reads and verifies the digests of what was delivered in `read` to one place, by trail. Throws where source or keys cannot be read. */
export async function readDigests(
  source: EvidenceSource,
  place: LogLocation,
  read: Interval,
  { publicKeys, now, provenTo }: Demands,
  signal?: AbortSignal,
): Promise<ChainVerdict[]> {
  const until = read.to + DIGEST_DELAY;
  const listed: { key: string; name: DigestKey }[] = [];
  for (const day of deliveryDays(read.from, until)) {
    signal?.throwIfAborted();
    for await (const { key } of source.list(dayPrefix(place, day, "CloudTrail-Digest"))) {
      const name = parseDigestKey(key);
      if (name && name.end > read.from && name.end <= until) listed.push({ key, name });
    }
  }
  if (listed.length === 0) return [];
  const found = await pMap(listed, ({ key, name }) => readDigest(source, key, name), {
    concurrency: AT_A_TIME,
    ...(signal ? { signal } : {}),
  });
  const keys = await publicKeys(place.region, read.from, now);
  const where = { bucket: source.bucket, keepsMetadata: source.readSigned !== undefined, keys };
  const required = { from: read.from, to: Math.min(provenTo, read.to, now - DIGEST_DELAY) };
  const trails = Map.groupBy(found, ({ name }) => JSON.stringify([name.trail, name.homeRegion]));
  return [...trails].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, digests]) => verifyChain(digests, where, required));
}

async function readDigest(source: EvidenceSource, key: string, name: DigestKey): Promise<FoundDigest> {
  const { bytes, signature } = source.readSigned
    ? await source.readSigned(key)
    : { bytes: await source.read(key), signature: undefined };
  return { key, name, content: contentOf(bytes), signature };
}

function contentOf(bytes: Uint8Array): Digest | { readonly unreadable: string } {
  try {
    return parseDigest(bytes);
  } catch (error) {
    if (!(error instanceof UnreadableError)) throw error;
    return { unreadable: error.message };
  }
}
