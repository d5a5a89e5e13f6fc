import { type Instant, parseTime } from "../usage/instants.ts";
import type { LogLocation } from "./keys.ts";

/** What the key of a digest says. */
export interface DigestKey extends LogLocation {
  readonly trail: string;
  readonly homeRegion: string;
  /** The end of what it covers. */
  readonly end: Instant;
  /** Whether CloudTrail wrote it afterwards, in place of one that it could not write in time: those chain among themselves. */
  readonly backfill: boolean;
}

// CloudTrail user guide, "CloudTrail digest file structure"; a trail's name may have underscores, a Region has none.
const DIGEST_KEY =
  /^(?:(.+)\/)?AWSLogs\/(?:(o-[a-z0-9]+)\/)?(\d{12})\/CloudTrail-Digest\/([a-z0-9-]+)\/(\d{4})\/(\d\d)\/(\d\d)\/\3_CloudTrail-Digest_\4_([^/]+)_([a-z0-9-]+)_\5\6\7T(\d\d)(\d\d)(\d\d)Z(_backfill)?\.json\.gz$/;

/** Reads the key of a digest; undefined for anything else. */
export function parseDigestKey(key: string): DigestKey | undefined {
  const match = DIGEST_KEY.exec(key);
  if (!match) return undefined;
  const [, prefix, organization, account, region, year, month, day, trail, homeRegion, ...rest] = match;
  const [hour, minute, second, backfill] = rest;
  const end = parseTime(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (!end) return undefined;
  return {
    prefix,
    organization,
    account: account as string,
    region: region as string,
    trail: trail as string,
    homeRegion: homeRegion as string,
    end: end.instant,
    backfill: backfill !== undefined,
  };
}
