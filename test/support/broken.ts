import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { Table } from "../../src/ledger/table.ts";

type Send = (command: { constructor: { name: string }; input: Record<string, unknown> }) => Promise<unknown>;

/** A client whose calls go through `around`, which is told each command's name and may act, wait, throw or call on. */
export function clientThrough(
  client: DynamoDBClient,
  around: (call: () => Promise<unknown>, command: string, input: Record<string, unknown>) => Promise<unknown>,
): DynamoDBClient {
  const send: Send = (command) =>
    around(() => (client.send as unknown as Send)(command), command.constructor.name, command.input);
  return new Proxy(client, {
    get: (target, name) => (name === "send" ? send : Reflect.get(target, name)),
  });
}

/**
 * A client of a process that dies at its nth call, before it or after it: from then on nothing gets through. `calls` tells how many were
 * made, dead ones not counted; with `counted`, only those of these commands.
 */
export function dyingClient(client: DynamoDBClient, nth: number, when: "before" | "after", counted?: string[]) {
  const process = { calls: 0, dead: false };
  const dying = clientThrough(client, async (call, command) => {
    if (process.dead) throw new Error("process died");
    if (counted && !counted.includes(command)) return call();
    process.calls += 1;
    if (process.calls < nth) return call();
    process.dead = true;
    if (when === "after") await call();
    throw new Error("process died");
  });
  return { client: dying, process };
}

/** A table that runs `act` once, just before its nth call. */
export function interrupted(table: Table, nth: number, act: () => Promise<unknown>) {
  const seen = { calls: 0 };
  const turn = async () => {
    seen.calls += 1;
    if (seen.calls === nth) await act();
  };
  async function* after<T>(items: AsyncIterable<T>) {
    await turn();
    yield* items;
  }
  const between: Table = {
    get: (key) => turn().then(() => table.get(key)),
    getMany: (keys) => turn().then(() => table.getMany(keys)),
    put: (item, condition) => turn().then(() => table.put(item, condition)),
    update: (key, change, condition) => turn().then(() => table.update(key, change, condition)),
    query: (pk, prefix) => after(table.query(pk, prefix)),
    queryIndex: (index, hash, range) => after(table.queryIndex(index, hash, range)),
  };
  return { table: between, seen };
}
