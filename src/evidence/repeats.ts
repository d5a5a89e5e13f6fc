import { asObject, type JsonObject } from "./fields.ts";
import type { FoundRecord } from "./records.ts";
import { UnreadableError } from "./unreadable.ts";

/**
 * Parses a record. The answer to a call mostly repeats the request's records, letter by letter: then they are parsed once, since parsing is the most
 * of what is done with a call. Throws `UnreadableError` where the record is not JSON.
 */
export function parseRecord({ text, shortened }: FoundRecord): JsonObject {
  const short = shortened();
  const event = (short && putBack(parseJson(short.text), short.repeats)) ?? parseJson(text);
  if (!event) throw new UnreadableError("an event in it is not JSON");
  return event;
}

/**
 * Puts the records of the request into the results, where a 0 stands for each, so that the event is what its whole text says. `count` is how many
 * zeros were written. Undefined where any of them is somewhere else.
 */
function putBack(event: JsonObject | undefined, count: number): JsonObject | undefined {
  const records = asObject(event?.requestParameters)?.usageRecords;
  const results = asObject(event?.responseElements)?.results;
  if (!Array.isArray(records) || !Array.isArray(results) || results.length !== count) return undefined;
  for (const [index, result] of results.entries()) {
    if (asObject(result)?.usageRecord !== 0) return undefined;
    result.usageRecord = records[index];
  }
  return event;
}

/** Parses an object; undefined where it is not JSON. */
function parseJson(text: Buffer): JsonObject | undefined {
  try {
    return JSON.parse(text.toString());
  } catch {
    return undefined;
  }
}
