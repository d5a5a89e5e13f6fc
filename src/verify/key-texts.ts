import { type Key, keyText } from "./identity.ts";

/** What a key in a Region is found by. */
export interface KeyTexts {
  /** Its `keyText`. */
  readonly text: string;
  /** Its `sightingsKey`. */
  readonly placed: string;
}

/** Answers the texts of a key in a Region: for the same key the same objects. */
export type FindTexts = (key: Key, region: string) => KeyTexts;

/** The `sightingsKey` of a key whose `keyText` is known. */
export const placedText = (text: string, region: string): string => `${region} ${text}`;

/**
 * Remembers the texts of keys. A long text that has just been made has to be written out, hashed and compared letter by letter wherever it is
 * looked for, which took half of a reconciliation; one that was met before takes a step. For the keys of one hour: it never forgets.
 */
export function textFinder(): FindTexts {
  const byBuyer = new Map<string, (KeyTexts & { readonly key: Key; readonly region: string })[]>();
  return (key, region) => {
    const { licenseArn, customerIdentifier, accountId } = key.buyer;
    const name = licenseArn ?? customerIdentifier ?? accountId ?? "";
    const known = byBuyer.get(name);
    if (known) for (const each of known) if (each.region === region && isSameKey(each.key, key)) return each;
    const text = keyText(key);
    const found = { key, region, text, placed: placedText(text, region) };
    if (known) known.push(found);
    else byBuyer.set(name, [found]);
    return found;
  };
}

/** Whether two keys that are written alike are the same; those that are the same and written in two ways are told by their text. */
const isSameKey = (a: Key, b: Key): boolean =>
  a.dimension === b.dimension &&
  a.hour === b.hour &&
  a.productCode === b.productCode &&
  a.buyer.licenseArn === b.buyer.licenseArn &&
  a.buyer.accountId === b.buyer.accountId &&
  a.buyer.customerIdentifier === b.buyer.customerIdentifier;
