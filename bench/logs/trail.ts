// A trail's bucket of made-up days: log files every five minutes, a signed digest every hour.
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { type DigestChain, startChain, writeDigest } from "../../sandbox/cloudtrail/digest.ts";
import { logFileKey } from "../../sandbox/cloudtrail/log-file.ts";
import type { SigningKey } from "../../sandbox/cloudtrail/signing.ts";
import type { Trail } from "../../sandbox/cloudtrail/trail.ts";
import { text } from "../../sandbox/metering/identifiers.ts";
import { HOUR, type Instant, MINUTE } from "../../src/usage/instants.ts";
import { seeded } from "./random.ts";
import { ACCOUNT, REGION, START } from "./usage.ts";

/** What was made. */
export interface MadeTrail {
  /** Late enough for every digest. */
  readonly now: Instant;
  readonly files: number;
  /** Of the log files' text, and as they are stored. */
  readonly textBytes: number;
  readonly storedBytes: number;
}

/** Takes an object of the bucket; `signature` is a digest's. */
export type Put = (key: string, bytes: Uint8Array, signature?: string) => void;

/** How long after an event's earliest time its file is delivered. */
export const SLOT = 5 * MINUTE;

const trail: Trail = {
  name: "organization",
  arn: `arn:aws:cloudtrail:${REGION}:${ACCOUNT}:trail/organization`,
  bucket: "evidence",
  accountId: ACCOUNT,
  homeRegion: REGION,
  regions: [REGION],
  globalServiceEvents: false,
  logFileValidation: true,
};

/** Makes the objects of so many hours from `START` on. `eventsOf` gives the events of a slot as JSON, by the instant at which it begins. */
export function makeTrail(
  hours: number,
  eventsOf: (from: Instant) => Iterable<string>,
  signingKey: SigningKey,
  put: Put,
): MadeTrail {
  const random = seeded(hours);
  let chain = startChain(trail, ACCOUNT, REGION, START);
  const digestUntil = (instant: Instant) => {
    while (chain.end <= instant) chain = digest(chain, signingKey, put);
  };
  let [files, textBytes, storedBytes] = [0, 0, 0];
  for (let from = START; from < START + hours * HOUR; from += SLOT) {
    const deliveredAt = from + SLOT;
    digestUntil(deliveredAt - 1);
    const events = [...eventsOf(from)];
    if (events.length === 0) continue;
    const content = `{"Records":[${events.join(",")}]}`;
    const key = logFileKey(trail, ACCOUNT, REGION, deliveredAt, text(random, 16, LETTERS));
    const stored = gzipSync(content);
    put(key, stored);
    const hash = createHash("sha256").update(content).digest("hex");
    const time = new Date(from).toISOString();
    chain.files.push({ key, hash, deliveredAt, newestEventTime: time, oldestEventTime: time });
    files += 1;
    textBytes += content.length;
    storedBytes += stored.length;
  }
  // Digests are demanded for as long as AWS takes records, though there is nothing in them any more.
  const now = START + (hours + 30) * HOUR;
  digestUntil(now - HOUR);
  return { now, files, textBytes, storedBytes };
}

function digest(chain: DigestChain, signingKey: SigningKey, put: Put): DigestChain {
  const { key, bytes, metadata, next } = writeDigest(chain, signingKey);
  put(key, bytes, metadata.signature);
  return next;
}

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
