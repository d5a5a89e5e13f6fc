import { type FoundRecord, findRecords, type RecordFinder } from "./records.ts";
import { UnreadableError } from "./unreadable.ts";

/** Finds records in the text of a log file, given piece by piece. */
export interface RecordScanner {
  /** Takes the next piece of the text. Throws `UnreadableError` where it cannot be a log file. */
  push(piece: Uint8Array): void;
  /** Says that the text is complete. Throws `UnreadableError` where it breaks off or has no `Records`. */
  end(): void;
  /** To be called in the end, whatever was thrown: lets another text use its memory. */
  close(): void;
}

/**
 * Hands over those elements of the `Records` array that are objects and have the name `BatchMeterUsage` anywhere in them; their bytes are
 * gone afterwards. Nothing is parsed: only quotes, backslashes and brackets are looked at, but in every byte, since whether a bracket opens
 * a record, or something that looks like one inside another, depends on all before. It needs no more memory than one record.
 */
export function scanRecords(onRecord: (record: FoundRecord) => void): RecordScanner {
  let records: RecordFinder | undefined;
  let found = false;
  // Of the outermost object, around `Records`.
  let begun = false;
  let depth = 0;
  let inString = false;
  let escaped = false;
  /** The last string in it; before a bracket it is that bracket's name. */
  let key = "";

  /** Looks at what is not in `Records`. Answers what follows the bracket that opens it, if it comes to that. */
  function scanOutside(bytes: Uint8Array): Uint8Array | undefined {
    for (let at = 0; at < bytes.length; at++) {
      const byte = bytes[at] as number;
      if (inString) {
        if (escaped) escaped = false;
        else if (byte === BACKSLASH) escaped = true;
        else if (byte === QUOTE) inString = false;
        if (depth === 1 && inString && key.length <= RECORDS.length) key += String.fromCharCode(byte);
      } else if (byte === QUOTE) {
        if (depth === 0) throw new UnreadableError(NOT_AN_OBJECT);
        inString = true;
        if (depth === 1) key = "";
      } else if (byte === BRACE || byte === BRACKET) {
        if (depth === 0 && (byte !== BRACE || begun)) throw new UnreadableError(NOT_AN_OBJECT);
        if (depth === 1 && byte === BRACKET && key === RECORDS) return bytes.subarray(at + 1);
        begun = true;
        depth += 1;
      } else if (byte === BRACE_END || byte === BRACKET_END) {
        // Brackets further in are not compared: records that matter are parsed, and all others only have to end somewhere.
        if (depth === 0 || (depth === 1 && byte !== BRACE_END)) throw new UnreadableError(NOT_MATCHING);
        depth -= 1;
      } else if (depth === 0 && byte > SPACE) {
        throw new UnreadableError(NOT_AN_OBJECT);
      }
    }
    return undefined;
  }

  function push(piece: Uint8Array): void {
    const inside = records ? piece : scanOutside(piece);
    if (!inside) return;
    found = true;
    records ??= findRecords(onRecord);
    leave(records.push(inside));
  }

  /** Goes on with what follows the end of `Records`, if that has come. */
  function leave(rest: Uint8Array | undefined): void {
    if (!rest) return;
    if (rest[0] !== BRACKET_END) throw new UnreadableError(NOT_MATCHING);
    close();
    push(rest.subarray(1));
  }

  function close(): void {
    records?.close();
    records = undefined;
  }

  return {
    push,
    close,

    end() {
      // After an array another can follow, though no log file has two.
      for (let rest = records?.end(); rest; rest = records?.end()) leave(rest);
      if (records || depth > 0) throw new UnreadableError("it breaks off before its end");
      if (!found) throw new UnreadableError("it has no Records");
    },
  };
}

const RECORDS = "Records";
const NOT_AN_OBJECT = "it is not a JSON object";
const NOT_MATCHING = "its brackets do not match";
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const BRACKET = 0x5b;
const BRACKET_END = 0x5d;
const BRACE = 0x7b;
const BRACE_END = 0x7d;
const SPACE = 0x20;
