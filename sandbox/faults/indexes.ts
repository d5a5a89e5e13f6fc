// DynamoDB's indexes as they lag: no emulator's do by themselves.
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import type { FunctionCall } from "../account/lambda/environment.ts";
import type { IndexFault } from "./fault.ts";

type Entry = Record<string, AttributeValue>;

export interface Lag {
  /** Notes that an item is being written. */
  noteWrite(call: FunctionCall): void;
  /** What a query of an index answers under these faults, from what it would answer. */
  answer(
    call: FunctionCall,
    listed: { Items?: Entry[]; LastEvaluatedKey?: Entry },
    faults: readonly IndexFault[],
  ): object;
}

/** Keeps when each item was last written, and what each index has listed. Times are ms of the virtual clock. */
export function createLag(): Lag {
  const written = new Map<string, number>();
  const seen = new Map<string, Map<string, { entry: Entry; at: number }>>();
  const keyOf = ({ pk, sk }: Entry) => JSON.stringify([pk?.S, sk?.S]);

  return {
    noteWrite({ input, now }) {
      const { Item, Key } = input as { Item?: Entry; Key?: Entry };
      written.set(keyOf(Item ?? Key ?? {}), now());
    },
    answer({ input, now }, listed, faults) {
      const partition = JSON.stringify([input.IndexName, hashOf(input)]);
      const entries = seen.get(partition) ?? new Map<string, { entry: Entry; at: number }>();
      seen.set(partition, entries);
      const since = (name: IndexFault["name"]) =>
        now() - Math.max(0, ...faults.filter((fault) => fault.name === name).map(({ minutes }) => minutes * 60_000));
      const Items = (listed.Items ?? []).filter(
        (entry) => (written.get(keyOf(entry)) ?? -1) < since("index-missing") || !has(faults, "index-missing"),
      );
      const known = new Set(Items.map(keyOf));
      // Only at the end of the listing, lest a page tell an entry that a later page tells too.
      const stale =
        has(faults, "index-stale") && listed.LastEvaluatedKey === undefined
          ? [...entries]
              .filter(
                ([key, { at, entry }]) => !known.has(key) && at >= since("index-stale") && isInRange(entry, input),
              )
              .map(([, { entry }]) => entry)
          : [];
      for (const entry of Items) entries.set(keyOf(entry), { entry, at: now() });
      return { ...listed, Items: [...Items, ...stale] };
    },
  };
}

const has = (faults: readonly IndexFault[], name: IndexFault["name"]) => faults.some((fault) => fault.name === name);

const hashOf = ({ ExpressionAttributeValues }: Record<string, unknown>) =>
  (ExpressionAttributeValues as Entry | undefined)?.[":hash"]?.S;

/** Whether an entry lies in the range that a query names by `#range BETWEEN :from AND :to`. */
function isInRange(
  entry: Entry,
  { ExpressionAttributeNames, ExpressionAttributeValues }: Record<string, unknown>,
): boolean {
  const name = (ExpressionAttributeNames as Record<string, string> | undefined)?.["#range"];
  if (name === undefined) return true;
  const { ":from": from, ":to": to } = ExpressionAttributeValues as Entry;
  const range = entry[name]?.S ?? "";
  return range >= (from?.S ?? "") && range <= (to?.S ?? "");
}
