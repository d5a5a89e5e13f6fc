import { HOUR, type Instant, MINUTE } from "../usage/instants.ts";
import { type ChainVerdict, type DigestFault, noDigest, type VerifiedDigest } from "./digest-chain.ts";
import { common, type Interval, merged } from "./intervals.ts";
import { deliveredSince, parseLogKey } from "./keys.ts";

/** How long after its delivery a log file may be in no digest yet: those of an hour follow within the next two. */
export const DIGEST_DELAY = 3 * HOUR;

/** A log file as it was read. */
export interface ReadLog {
  readonly key: string;
  readonly deliveredAt: Instant;
  /** Hex SHA-256 of its text; undefined where it could not be read, which is said elsewhere. */
  readonly hash: string | undefined;
}

/** What digests say of a log file: `young` where they may still say it. */
export type Standing = "verified" | "young" | "failed";

/** Calls of one Region that were delivered up to an instant and may not be seen, because of these objects. */
export interface Blind {
  readonly region: string;
  readonly until: Instant;
  readonly objects: readonly string[];
}

/** How many digests were looked at, and how many there should be besides. */
export interface DigestCounts {
  readonly valid: number;
  readonly invalid: number;
  readonly missing: number;
}

/** What the digests of one account and Region say of its log files. */
export interface PlaceVerdict {
  readonly region: string;
  /** By key. */
  readonly standings: ReadonlyMap<string, Standing>;
  readonly faults: readonly DigestFault[];
  readonly blind: readonly Blind[];
  readonly digests: DigestCounts;
  /** The times of delivery that valid digests of every trail cover. */
  readonly covered: readonly Interval[];
}

/**
 * Judges the log files of one account and Region, delivered in `read`, by the digests of all trails that write there: each file must be in a
 * valid digest with its hash, each file in a valid digest must be there, and up to `provenTo` there must be digests for all that is not `young`. Pure.
 */
export function judgePlace(
  region: string,
  logs: readonly ReadLog[],
  chains: readonly ChainVerdict[],
  read: Interval,
  { now, provenTo }: { readonly now: Instant; readonly provenTo: Instant },
): PlaceVerdict {
  const ends = chains.flatMap(({ valid }) => valid.map(({ content }) => content.end));
  // Past what must be proved, a copy of a bucket may end with log files whose digest it does not have.
  const last = Math.max(provenTo, ends.reduce((latest, end) => Math.max(latest, end), 0) - SPREAD);
  const due = Math.min(now - DIGEST_DELAY, last);
  const uncovered = merged(chains.flatMap((chain) => chain.uncovered));
  const named = namedHashes(chains.flatMap(({ valid }) => valid));
  const pending = namedHashes(chains.flatMap((chain) => chain.pending));
  const standingOf = ({ key, hash, deliveredAt }: ReadLog): Standing => {
    const hashes = named.get(key);
    if (!hashes && (deliveredAt > due || pending.has(key))) return "young";
    return hash !== undefined && hashes?.has(hash) ? "verified" : "failed";
  };
  const standings = new Map(logs.map((log) => [log.key, standingOf(log)]));
  const failed = logs.filter(({ key, hash }) => standings.get(key) === "failed" && hash !== undefined);
  const changed = failed.filter(({ key }) => named.has(key));
  const undigested = failed.filter((log) => !named.has(log.key) && !isExplained(log, uncovered));
  const absent = absentLogs(named.keys(), new Set(standings.keys()), read);

  const known = chains.filter(({ valid }) => valid.length > 0);
  const invalid = chains.reduce((count, chain) => count + chain.invalid, 0);
  // Where there is no valid digest at all, there is one thing to say, not one of each file.
  const gap = known.length === 0 ? sinceFirst(undigested, due) : undefined;
  const missing = gap ? Math.max(0, Math.ceil((gap.to - gap.from) / HOUR) - invalid) : 0;
  return {
    region,
    standings,
    faults: [
      ...chains.flatMap(({ faults }) => faults),
      ...changed.map(({ key }) => ({ objects: [key], reason: "it was changed after its digest was written" })),
      ...absent.map(({ key }) => ({ objects: [key], reason: "a digest names it, and it is not there" })),
      ...(gap ? [] : undigested.map(({ key }) => ({ objects: [key], reason: "no digest names it" }))),
      ...(gap && missing > 0 ? [{ objects: [], reason: noDigest(gap) }] : []),
    ],
    blind: [
      ...[...changed, ...absent].map(({ key, deliveredAt }) => ({ region, until: deliveredAt, objects: [key] })),
      ...[...uncovered, ...(gap ? [gap] : [])].map(({ to }) => ({ region, until: to, objects: [] })),
    ],
    digests: {
      valid: chains.reduce((count, { valid }) => count + valid.length, 0),
      invalid,
      missing: missing + chains.reduce((count, chain) => count + chain.missing, 0),
    },
    covered: coveredByAll(known),
  };
}

/** How long after the minute in its name a file may be delivered, and so be in the next digest. */
const SPREAD = 15 * MINUTE;

/** Whether a file is in no digest because there is none. */
const isExplained = ({ deliveredAt }: ReadLog, uncovered: readonly Interval[]): boolean =>
  uncovered.some(({ from, to }) => deliveredAt <= to && deliveredAt + SPREAD >= from);

/** The hashes that digests give each log file, by its key here: that of a copied folder may begin further down than in the bucket. */
function namedHashes(digests: readonly VerifiedDigest[]): Map<string, Set<string>> {
  const hashes = new Map<string, Set<string>>();
  for (const { key, content } of digests) {
    const above = content.object.slice(0, content.object.length - key.length);
    for (const { bucket, object, hash } of content.files) {
      if (bucket !== content.bucket || !object.startsWith(above)) continue;
      const here = object.slice(above.length);
      hashes.set(here, (hashes.get(here) ?? new Set()).add(hash));
    }
  }
  return hashes;
}

/** The log files that should have been listed and were not. */
function absentLogs(named: Iterable<string>, present: ReadonlySet<string>, read: Interval) {
  return [...named].flatMap((key) => {
    const log = parseLogKey(key);
    const isRead = log && deliveredSince(log, read.from) && log.deliveredAt <= read.to;
    return isRead && !present.has(key) ? [{ key, deliveredAt: log.deliveredAt }] : [];
  });
}

function sinceFirst(logs: readonly ReadLog[], due: Instant): Interval | undefined {
  if (logs.length === 0) return undefined;
  return { from: logs.reduce((least, { deliveredAt }) => Math.min(least, deliveredAt), due), to: due };
}

function coveredByAll(chains: readonly ChainVerdict[]): Interval[] {
  const each = chains.map(({ valid }) =>
    merged(valid.map(({ content }) => ({ from: content.start, to: content.end }))),
  );
  return each.length === 0 ? [] : each.reduce(common);
}
