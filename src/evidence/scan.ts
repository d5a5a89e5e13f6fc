import { UnreadableError } from "./unreadable.ts";

/** Finds records in the text of a log file, given piece by piece. */
export interface RecordScanner {
  /** Takes the next piece of the text. Throws `UnreadableError` where it cannot be a log file. */
  push(piece: Buffer): void;
  /** Says that the text is complete. Throws `UnreadableError` where it breaks off or has no `Records`. */
  end(): void;
}

/** CloudTrail keeps events under 256 KB; what is far longer is no event, and holding on to it would only fill the memory. */
const LONGEST_RECORD = 4 * 1024 * 1024;

/**
 * Hands over those elements of the `Records` array that are objects and have the bytes `needle` anywhere in them. Nothing is parsed: only
 * quotes, backslashes and brackets are looked at, which is several times as fast as `JSON.parse` and needs no more memory than one record.
 * Every byte is looked at, since whether a bracket opens a record, or something that looks like one inside another, depends on all before.
 */
export function scanRecords(needle: Buffer, onRecord: (record: Buffer) => void): RecordScanner {
  let state: State = { depth: 0, inString: false, skip: 0, key: "", inRecords: false, found: false };
  // Bytes of a record, or of a key of the outermost object, that the pieces so far have not completed.
  let held: Buffer = Buffer.alloc(0);

  return {
    push(piece) {
      const bytes = held.length === 0 ? piece : Buffer.concat([held, piece]);
      // The loop below looks at every byte, so it works on variables of its own: those of a closure are several times slower.
      let { depth, inString, key, inRecords, found } = state;
      let start = held.length === 0 ? -1 : 0;
      let next = bytes.indexOf(needle);
      const length = bytes.length;
      let at = held.length + state.skip;
      for (; at < length; at++) {
        if (inString) {
          at = stringEnd(bytes, at, length);
          if (at >= length) break;
          inString = false;
          if (depth === 1) {
            key = bytes.toString("latin1", start, at + 1);
            start = -1;
          }
          continue;
        }
        const byte = bytes[at] as number;
        if (byte === QUOTE) {
          if (depth === 0) throw new UnreadableError(NOT_AN_OBJECT);
          inString = true;
          if (depth === 1) start = at;
        } else if (byte === BRACE || byte === BRACKET) {
          if (depth === 0 && (byte !== BRACE || key !== "")) throw new UnreadableError(NOT_AN_OBJECT);
          if (depth === 1 && byte === BRACKET && key === '"Records"') inRecords = found = true;
          depth += 1;
          if (inRecords && depth === 3 && byte === BRACE) start = at;
        } else if (byte === BRACE_END || byte === BRACKET_END) {
          // Brackets further in are not compared: records that matter are parsed, and all others only have to end somewhere.
          const expected = depth === 1 ? BRACE_END : depth === 2 && inRecords ? BRACKET_END : byte;
          if (depth === 0 || byte !== expected) throw new UnreadableError("its brackets do not match");
          depth -= 1;
          if (depth === 1) inRecords = false;
          if (inRecords && depth === 2 && start !== -1) {
            if (next !== -1 && next < start) next = bytes.indexOf(needle, start);
            if (next !== -1 && next + needle.length <= at) onRecord(bytes.subarray(start, at + 1));
            start = -1;
          }
        } else if (depth === 0 && byte > SPACE) {
          throw new UnreadableError(NOT_AN_OBJECT);
        }
      }
      held = start === -1 ? Buffer.alloc(0) : Buffer.from(bytes.subarray(start));
      if (held.length > LONGEST_RECORD) throw new UnreadableError("it has a record of more than 4 MB");
      // A backslash at the end of a piece escapes the first byte of the next.
      state = { depth, inString, skip: Math.max(0, at - length), key, inRecords, found };
    },

    end() {
      if (state.depth > 0) throw new UnreadableError("it breaks off before its end");
      if (!state.found) throw new UnreadableError("it has no Records");
    },
  };
}

/** Where the string ends that `at` lies in; at or past `length` where it does not, past it if its last byte escapes the next. */
function stringEnd(bytes: Buffer, at: number, length: number): number {
  let end = at;
  for (; end < length; end++) {
    const byte = bytes[end];
    if (byte === QUOTE) return end;
    if (byte === BACKSLASH) end += 1;
  }
  return end;
}

/** What the pieces so far leave open. */
interface State {
  readonly depth: number;
  readonly inString: boolean;
  /** How many bytes of the next piece to pass over. */
  readonly skip: number;
  /** The last text in the outermost object, quotes included; before a bracket it is that bracket's name. */
  readonly key: string;
  readonly inRecords: boolean;
  readonly found: boolean;
}

const NOT_AN_OBJECT = "it is not a JSON object";
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const BRACE = 0x7b;
const BRACE_END = 0x7d;
const BRACKET = 0x5b;
const BRACKET_END = 0x5d;
const SPACE = 0x20;
