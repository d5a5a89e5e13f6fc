import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { CloudTrailClient } from "@aws-sdk/client-cloudtrail";
import { S3Client } from "@aws-sdk/client-s3";
import type { EvidenceByDay } from "../evidence/evidence.ts";
import { folderSource } from "../evidence/folder.ts";
import type { LogLocation } from "../evidence/keys.ts";
import { LOOKUP_REACH, lookUpEvidence } from "../evidence/lookup.ts";
import { findPlaces } from "../evidence/places.ts";
import { listedPublicKeys, type PublicKeySource, parsePublicKeys } from "../evidence/public-keys.ts";
import { findLatestDelivery, READ_PAST, readEvidence, type Watching } from "../evidence/read.ts";
import { bucketSource, type EvidenceSource } from "../evidence/source.ts";
import type { EvidenceStore } from "../evidence/store.ts";
import type { Window } from "../ledger/statement.ts";
import { formatInstant } from "../usage/instants.ts";
import type { IntegrityArgument, LogsArgument } from "./arguments.ts";
import { InputError } from "./input-error.ts";
import { startLogReaders } from "./log-readers.ts";
import { naming } from "./naming.ts";
import type { Surroundings } from "./surroundings.ts";

/** What is to be read, and of which account and Regions: undefined or empty is all that there are. */
export interface Wanted {
  readonly logs: LogsArgument;
  readonly window: Window;
  readonly account: string | undefined;
  readonly regions: readonly string[];
  readonly integrity: IntegrityArgument;
}

/** Where calls are kept, and who watches. */
interface Reading extends Watching {
  readonly store: EvidenceStore;
}

/** Reads the evidence of a window, from whichever source it is. Throws an InputError where there is none, or not what is wanted of it. */
export function readLogs(wanted: Wanted, around: Surroundings, watching: Reading): Promise<EvidenceByDay> {
  const { logs } = wanted;
  if (logs.kind === "folder") return readFiles(openFolder(logs.path), wanted, around, watching);
  if (logs.kind === "lookup")
    return naming(`--logs lookup-events:${logs.region}`, () => lookUp(logs.region, wanted, around, watching));
  const { bucket, prefix } = logs;
  return naming(`--logs s3://${bucket}/${prefix}`, () =>
    readFiles(openBucket(bucket, prefix), wanted, around, watching),
  );
}

async function readFiles(
  logs: Promise<Logs>,
  { window, account, regions, integrity: checked }: Wanted,
  { clock, processors }: Surroundings,
  watching: Reading,
): Promise<EvidenceByDay> {
  const { name, source, places, hint } = await logs;
  if (places.length === 0)
    throw new InputError(`--logs ${name}: has no log files (…/AWSLogs/ACCOUNT/CloudTrail/REGION/…); give ${hint}.`);
  const chosen = choose(name, places, account, regions);
  const latest = await findLatestDelivery(source, chosen, window, watching.signal);
  const now = Math.max(clock.now(), latest ?? 0);
  const integrity = checked.mode === "off" ? undefined : { publicKeys: await openPublicKeys(checked.publicKeys), now };
  const readers = startLogReaders(processors);
  const evidence = await readEvidence(source, chosen, window, now, { ...watching, integrity, readers }).finally(
    readers.close,
  );
  if (evidence.objects > 0) return evidence;
  const when = `from ${formatInstant(window.from)} to ${formatInstant(window.to + READ_PAST)}`;
  const found = `has log files of ${regionsOf(chosen).join(", ")}, but none that was delivered ${when}`;
  throw new InputError(`--logs ${name}: ${found}; give the window that they are of.`);
}

/** The keys in a file, or CloudTrail's own answer: each Region has keys of its own, and a file may have those of several. */
async function openPublicKeys(path: string | undefined): Promise<PublicKeySource> {
  if (path === undefined)
    return (region, from, to) => {
      const client = new CloudTrailClient({ region });
      return naming(`CloudTrail's public keys of ${region}`, () => listedPublicKeys(() => client)(region, from, to));
    };
  const text = await readFile(path, "utf8");
  try {
    const keys = parsePublicKeys(text);
    return () => Promise.resolve(keys);
  } catch (error) {
    throw new InputError(`--public-keys ${path}: ${(error as Error).message}`);
  }
}

interface Logs {
  readonly name: string;
  readonly source: EvidenceSource;
  readonly places: readonly LogLocation[];
  /** What should have been given, where it has no places. */
  readonly hint: string;
}

async function openFolder(path: string): Promise<Logs> {
  if (!(await stat(path)).isDirectory())
    throw new InputError(`--logs ${path}: is not a folder; give the folder that holds the log files.`);
  const hint = "the folder that `aws s3 sync` wrote";
  const places = await findPlaces(folderSource(path), "");
  if (places.length > 0) return { name: path, source: folderSource(path), places, hint };
  // A folder inside AWSLogs: what its log files are of stands in the names above it.
  const [, root = "", start] = /^(.*?)\/(AWSLogs(?:\/.*)?)$/.exec(resolve(path).replaceAll("\\", "/")) ?? [];
  const source = folderSource(`${root}/`);
  return { name: path, source, places: start === undefined ? [] : await findPlaces(source, `${start}/`), hint };
}

async function openBucket(bucket: string, prefix: string): Promise<Logs> {
  const source = bucketSource(new S3Client({ followRegionRedirects: true }), bucket);
  const hint = "the trail's bucket and prefix";
  return { name: `s3://${bucket}/${prefix}`, source, places: await findPlaces(source, prefix), hint };
}

function choose(
  name: string,
  places: readonly LogLocation[],
  account: string | undefined,
  regions: readonly string[],
): LogLocation[] {
  const inAccount = places.filter((place) => account === undefined || place.account === account);
  if (inAccount.length === 0) {
    const accounts = [...new Set(places.map((place) => place.account))].sort().join(", ");
    throw new InputError(`--logs ${name}: has log files of the account ${accounts}, and none of --account ${account}.`);
  }
  for (const region of regions) {
    if (regionsOf(inAccount).includes(region)) continue;
    const others = regionsOf(inAccount).join(", ");
    throw new InputError(`--logs ${name}: has log files of ${others}, and none of --region ${region}.`);
  }
  return inAccount.filter((place) => regions.length === 0 || regions.includes(place.region));
}

const regionsOf = (places: readonly LogLocation[]): string[] => [...new Set(places.map(({ region }) => region))].sort();

async function lookUp(
  region: string,
  { window, account, regions, integrity }: Wanted,
  { clock }: Surroundings,
  watching: Reading,
): Promise<EvidenceByDay> {
  if (account !== undefined || regions.length > 0) {
    const option = account === undefined ? "--region" : "--account";
    const rule = "asks the account of the credentials, in its own Region";
    throw new InputError(`${option} does not go with --logs lookup-events:${region}, which ${rule}; leave it out.`);
  }
  if (integrity.mode === "required")
    throw new InputError(
      `--logs lookup-events:${region} is signed by no one; give --integrity off to take it as it is.`,
    );
  const reach = clock.now() - LOOKUP_REACH;
  if (window.from < reach) {
    const rule = `reaches back 90 days only, to ${formatInstant(reach)}`;
    throw new InputError(`--logs lookup-events:${region} ${rule}; give a later --from, or a trail's log files.`);
  }
  // It answers with a ThrottlingException where anyone else in the account asks at the same time.
  const client = new CloudTrailClient({ region, maxAttempts: 8 });
  return lookUpEvidence({ client, region, clock, store: watching.store }, window, watching);
}
