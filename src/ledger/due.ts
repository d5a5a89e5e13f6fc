import type { Instant } from "../usage/instants.ts";
import { type Due, dueText, SHARDS } from "./keys.ts";
import type { Key, Table } from "./table.ts";

/** Something the `due` index lists, and since when (to be sent: until when). The index may lag: read the item again before deciding. */
export interface DueEntry {
  readonly key: Key;
  readonly at: Instant;
}

/** What waits for this, earliest first; with `until`, only what is due by then. */
export async function listDue(table: Table, what: Due, until?: Instant): Promise<DueEntry[]> {
  const range = { from: `${what}#`, to: until === undefined ? `${what}#~` : dueText(what, until) };
  const entries = await Promise.all(
    SHARDS.map(async (shard) => {
      const found: DueEntry[] = [];
      for await (const { pk, sk, due } of table.queryIndex("due", shard, range)) {
        found.push({ key: { pk, sk }, at: Date.parse((due as string).slice(what.length + 1)) });
      }
      return found;
    }),
  );
  return entries.flat().sort((a, b) => a.at - b.at || (a.key.pk < b.key.pk ? -1 : 1));
}
