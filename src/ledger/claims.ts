import { canonicalContent, contentHash, type UsageEvent } from "../usage/events.ts";
import { formatHour, type Hour, type Instant, parseHour } from "../usage/instants.ts";
import { claimKey, licenseKey } from "./keys.ts";
import { KEPT } from "./records.ts";
import type { Table } from "./table.ts";

/** Where a usage event is counted: in the record of an hour, or nowhere since it came too late. */
export type Target = { readonly hour: Hour } | "expired";

/** What makes sending an event twice harmless: its content, and where it is counted. */
export interface Claim {
  readonly hash: string;
  readonly target: Target;
}

/** Puts the claim of an event where there is none, and reads the one that stands. */
export async function claimEvent(table: Table, event: UsageEvent, target: Target, now: Instant): Promise<Claim> {
  const key = claimKey(event.product, event.id);
  const claim = { hash: contentHash(canonicalContent(event)), target };
  const item = { ...key, hash: claim.hash, target: targetText(target), expiresAt: Math.ceil((now + KEPT) / 1000) };
  if (await table.put(item, { exists: false })) return claim;
  return (await readClaim(table, event.product, event.id)) ?? claimEvent(table, event, target, now);
}

/** Moves a claim's target, on condition that it still has the old one. Whoever loses reads the claim again. */
export async function moveClaim(table: Table, event: UsageEvent, from: Target, to: Target): Promise<void> {
  await table.update(
    claimKey(event.product, event.id),
    { set: { target: targetText(to) } },
    { equal: { target: targetText(from) } },
  );
}

/** Reads a claim, strongly consistent. */
export async function readClaim(table: Table, product: string, id: string): Promise<Claim | undefined> {
  const item = await table.get(claimKey(product, id));
  return item && { hash: item.hash as string, target: parseTarget(item.target as string) };
}

/** The one product that a licence belongs to: `product` where it had none before. */
export async function productOfLicense(table: Table, licenseArn: string, product: string): Promise<string> {
  const key = licenseKey(licenseArn);
  // Read first: nearly always it is there, and reading costs less than a write.
  const known = await table.get(key);
  if (known || (await table.put({ ...key, product }, { exists: false }))) return (known?.product as string) ?? product;
  return (await table.get(key))?.product as string;
}

const targetText = (target: Target): string => (target === "expired" ? target : formatHour(target.hour));
const parseTarget = (text: string): Target => (text === "expired" ? text : { hour: parseHour(text) });
