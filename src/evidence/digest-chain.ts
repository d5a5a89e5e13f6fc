import { formatInstant, HOUR, type Instant } from "../usage/instants.ts";
import type { Digest } from "./digest.ts";
import type { DigestKey } from "./digest-keys.ts";
import { signatureProblem } from "./digest-signature.ts";
import { type Interval, without } from "./intervals.ts";
import type { PublicKeys } from "./public-keys.ts";

/** A digest as it was found: what it says, or why it cannot be read. */
export interface FoundDigest {
  readonly key: string;
  readonly name: DigestKey;
  readonly content: Digest | { readonly unreadable: string };
  /** Its signature, hex, where the source keeps the metadata of objects. */
  readonly signature: string | undefined;
}

/** Where digests were found. */
export interface DigestPlace {
  /** The bucket; undefined for a copy of one, whose digests then have to agree on a name. */
  readonly bucket: string | undefined;
  /** Whether the source keeps metadata: where it does not, a digest's signature is taken from the next one. */
  readonly keepsMetadata: boolean;
  readonly keys: PublicKeys;
}

/** Evidence that is missing or fails: objects by their keys, and why, as the end of a sentence. */
export interface DigestFault {
  readonly objects: readonly string[];
  readonly reason: string;
}

/** What the digests of one trail in one account and Region come to. */
export interface ChainVerdict {
  readonly valid: readonly VerifiedDigest[];
  /** Digests whose signature is still to come with the next one. */
  readonly pending: readonly VerifiedDigest[];
  readonly faults: readonly DigestFault[];
  readonly invalid: number;
  /** How many digests there should be and are not. */
  readonly missing: number;
  /** Times of delivery that valid digests should cover and do not. */
  readonly uncovered: readonly Interval[];
}

export interface VerifiedDigest {
  readonly key: string;
  readonly content: Digest;
}

type Judged = FoundDigest & { problem: string | undefined; isPending: boolean };

/**
 * Verifies the digests of one trail: each digest's place and signature, that each is the one that the next names, and that together they cover
 * the times of delivery in `required`. A trail whose first digest names none before it began with it. Pure.
 */
export function verifyChain(found: readonly FoundDigest[], place: DigestPlace, required: Interval): ChainVerdict {
  const inOrder = found.toSorted((a, b) => a.name.end - b.name.end || (a.key < b.key ? -1 : 1));
  const bucket = place.bucket ?? commonBucket(inOrder);
  // Digests that CloudTrail wrote afterwards chain among themselves.
  const judged = [false, true].flatMap((backfill) =>
    judgeLinks(
      inOrder.filter(({ name }) => name.backfill === backfill),
      bucket,
      place,
    ),
  );
  const invalid = judged.filter(({ problem }) => problem !== undefined);
  const [pending, valid] = [true, false].map((isPending) => verified(judged, isPending)) as [
    VerifiedDigest[],
    VerifiedDigest[],
  ];
  const { uncovered, gaps, missing } = coverage({ valid, pending, invalid }, required);
  const faults = [...invalid.map(({ key, problem }) => ({ objects: [key], reason: problem as string })), ...gaps];
  return { valid, pending, faults, invalid: invalid.length, missing, uncovered };
}

function judgeLinks(digests: readonly FoundDigest[], bucket: string | undefined, place: DigestPlace): Judged[] {
  const judged: Judged[] = digests.map((digest, index) => {
    const next = digests[index + 1];
    const signature = digest.signature ?? (place.keepsMetadata ? undefined : signatureIn(next, digest));
    const problem = ownProblem(digest, bucket, place, { signature, isLast: next === undefined });
    return { ...digest, problem, isPending: problem === undefined && signature === undefined };
  });
  for (const [index, digest] of judged.entries()) {
    const before = judged[index - 1];
    if (before && before.problem === undefined && digest.problem === undefined)
      before.problem = linkProblem(before, digest);
  }
  return judged;
}

/** What is wrong with a digest by itself. */
function ownProblem(
  { key, name, content }: FoundDigest,
  bucket: string | undefined,
  { keepsMetadata, keys }: DigestPlace,
  { signature, isLast }: { readonly signature: string | undefined; readonly isLast: boolean },
): string | undefined {
  if ("unreadable" in content) return content.unreadable;
  if (content.bucket !== bucket || !isAt(content.object, key, keepsMetadata))
    return `it is the digest of another place, s3://${content.bucket}/${content.object}`;
  if (content.account !== name.account || content.end !== name.end || content.start >= content.end)
    return "its account and times are not those of its name";
  if (signature === undefined && keepsMetadata) return "it has no signature";
  if (signature === undefined) return isLast ? undefined : "the digest that holds its signature is missing";
  return signatureProblem(content, signature, keys);
}

/** What is wrong with a digest by what the next one says of it. */
function linkProblem(before: Judged, { content: next }: Judged): string | undefined {
  const { content, signature } = before;
  if ("unreadable" in content || "unreadable" in next || next.previous?.object !== content.object) return undefined;
  const isNamed =
    next.previous.bucket === content.bucket &&
    next.previous.hash === content.hash &&
    (signature === undefined || next.previousSignature?.toLowerCase() === signature.toLowerCase());
  return isNamed ? undefined : "the digest after it names another version of it";
}

function signatureIn(next: FoundDigest | undefined, { content }: FoundDigest): string | undefined {
  if (!next || "unreadable" in next.content || "unreadable" in content) return undefined;
  return next.content.previous?.object === content.object ? (next.content.previousSignature ?? undefined) : undefined;
}

/** A folder may be a copy of only a part of a bucket: then the key that a digest gives itself begins further up. */
const isAt = (object: string, key: string, isBucket: boolean): boolean =>
  object === key || (!isBucket && object.endsWith(`/${key}`));

/** The bucket that most digests name, the first of them by name if several do. */
function commonBucket(digests: readonly FoundDigest[]): string | undefined {
  const named = digests.flatMap(({ content }) => ("unreadable" in content ? [] : [content.bucket]));
  const [first] = [...Map.groupBy(named, (bucket) => bucket)].sort(
    ([a, { length: timesA }], [b, { length: timesB }]) => timesB - timesA || (a < b ? -1 : 1),
  );
  return first?.[0];
}

const verified = (judged: readonly Judged[], pending: boolean): VerifiedDigest[] =>
  judged.flatMap(({ key, content, problem, isPending }) =>
    problem === undefined && isPending === pending && !("unreadable" in content) ? [{ key, content }] : [],
  );

/** The times that valid digests should cover and do not, and what of it is not explained by digests that fail. */
function coverage(
  { valid, pending, invalid }: Record<"valid" | "pending", readonly VerifiedDigest[]> & { invalid: readonly Judged[] },
  required: Interval,
): { uncovered: Interval[]; gaps: DigestFault[]; missing: number } {
  const known = [...valid, ...pending].toSorted((a, b) => a.content.start - b.content.start);
  const [first] = known;
  // Without any valid digest nothing says that there is a trail of this name.
  if (!first) return { uncovered: [], gaps: [], missing: 0 };
  const isBeginning =
    valid.includes(first) &&
    first.content.previous === undefined &&
    !invalid.some(({ name }) => name.end <= first.content.start);
  const from = isBeginning ? Math.max(required.from, first.content.start) : required.from;
  const uncovered = without({ from, to: required.to }, [
    ...valid.map(({ content }) => ({ from: content.start, to: content.end })),
    // What is not signed yet may say anything, but a digest has an hour.
    ...pending.map(({ content }) => ({ from: Math.max(content.start, content.end - HOUR), to: content.end })),
  ]);
  const gaps: DigestFault[] = [];
  let missing = 0;
  for (const gap of uncovered) {
    const absent = Math.ceil((gap.to - gap.from) / HOUR) - invalid.filter(({ name }) => isIn(gap, name.end)).length;
    if (absent <= 0) continue;
    missing += absent;
    const named = known.find(({ content }) => content.start >= gap.to)?.content.previous?.object;
    const isThere = invalid.some(({ content }) => !("unreadable" in content) && content.object === named);
    gaps.push({ objects: named && !isThere ? [named] : [], reason: noDigest(gap) });
  }
  return { uncovered, gaps, missing };
}

/** The end of a digest lies after the beginning of what it covers; at the end of a gap the next valid one may begin a little earlier. */
const isIn = ({ from, to }: Interval, end: Instant): boolean => end > from && end < to + HOUR;

/** Why evidence that was delivered in a stretch of time is worth nothing. */
export const noDigest = ({ from, to }: Interval): string =>
  `no valid digest covers what was delivered from ${formatInstant(from)} to ${formatInstant(to)}`;
