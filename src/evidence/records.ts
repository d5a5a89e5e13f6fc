import { RECORDS_WASM } from "./records-wasm.ts";
import { UnreadableError } from "./unreadable.ts";

/** Finds records in the text that follows the bracket of the `Records` array, given piece by piece. */
export interface RecordFinder {
  /** Takes the next piece. Answers what follows the array, from its closing bracket on, once that is found. */
  push(piece: Uint8Array): Uint8Array | undefined;
  /** Says that the text is complete, and answers like `push`. */
  end(): Uint8Array | undefined;
  /** Lets another text use its memory. */
  close(): void;
}

/** CloudTrail keeps events under 256 KB; what is far longer is no event, and holding on to it would only fill the memory. */
const LONGEST_RECORD = 4 * 1024 * 1024;

const NAME = "BatchMeterUsage";

/** The bytes of a record, which are gone once it is handed over. */
export interface FoundRecord {
  readonly text: Buffer;
  /**
   * The same with a 0 for each usage record of the answer that is in the request too, the first as the first, and how many those are. Undefined where
   * there is none, or the text may mean something else than it seems to.
   */
  shortened(): { readonly text: Buffer; readonly repeats: number } | undefined;
}

/** Hands over those elements of the array that are objects and have the name of our call anywhere in them. */
export function findRecords(onRecord: (record: FoundRecord) => void): RecordFinder {
  const scanner = idle.pop() ?? startScanner();
  const { scan, depth, inString, escaped, start, named } = scanner;
  depth.value = 1;
  inString.value = escaped.value = 0n;
  start.value = named.value = 0;
  scanner.onFound = (from, to) => {
    const text = scanner.bytes.subarray(from, to);
    if (text.includes(NAME)) onRecord({ text, shortened: () => shorten(scanner, from, to) });
  };
  // The text that is in memory goes up to `length`; what is before `next` has been looked at.
  let next = TEXT;
  let length = TEXT;

  function scanTo(to: number): Uint8Array | undefined {
    const end = scan(next, to);
    if (end !== 0) return Uint8Array.from(scanner.bytes.subarray(end - 1, length));
    next = to;
    return undefined;
  }

  return {
    push(piece) {
      reserve(scanner, length + piece.length + STEP);
      scanner.bytes.set(piece, length);
      length += piece.length;
      const rest = scanTo(next + Math.floor((length - next) / STEP) * STEP);
      if (rest) return rest;
      // A record that is not complete stays in memory, at its beginning.
      const kept = start.value === 0 ? next : start.value;
      const moved = kept - TEXT;
      scanner.bytes.copyWithin(TEXT, kept, length);
      if (start.value !== 0) start.value -= moved;
      named.value -= moved;
      next -= moved;
      length -= moved;
      if (length - TEXT > LONGEST_RECORD) throw new UnreadableError("it has a record of more than 4 MB");
      return undefined;
    },

    end() {
      reserve(scanner, length + STEP);
      scanner.bytes.fill(SPACE, length, length + STEP);
      return scanTo(next + Math.ceil((length - next) / STEP) * STEP);
    },

    close() {
      idle.push(scanner);
    },
  };
}

/** What `records.wat` exports; its globals are explained there. */
interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  readonly scan: (at: number, to: number) => number;
  readonly shorten: (from: number, to: number, out: number) => number;
  readonly repeats: { readonly value: number };
  readonly depth: { value: number };
  readonly inString: { value: bigint };
  readonly escaped: { value: bigint };
  readonly start: { value: number };
  readonly named: { value: number };
}

// Node has it, its types leave it to those of browsers.
declare global {
  namespace WebAssembly {
    class Module {
      constructor(bytes: Uint8Array);
    }
    class Instance {
      constructor(module: Module, imports: Record<string, Record<string, (from: number, to: number) => void>>);
      readonly exports: unknown;
    }
  }
}

/** An instance, a view of its memory, and whom it tells what it finds. */
type Scanner = Exports & { bytes: Buffer; onFound: (from: number, to: number) => void };

/** Instances that no text is using: their memory is not given back by the engine soon, and not for nothing. */
const idle: Scanner[] = [];

let compiled: WebAssembly.Module | undefined;

function startScanner(): Scanner {
  compiled ??= new WebAssembly.Module(Buffer.from(RECORDS_WASM, "base64"));
  const found = (from: number, to: number) => scanner.onFound(from, to);
  const exports = new WebAssembly.Instance(compiled, { scanner: { found } }).exports as Exports;
  const scanner: Scanner = { ...exports, bytes: Buffer.from(exports.memory.buffer), onFound: () => {} };
  return scanner;
}

function shorten({ shorten, repeats, bytes }: Scanner, from: number, to: number): ReturnType<FoundRecord["shortened"]> {
  const end = to - from > LONGEST_SHORTENED ? 0 : shorten(from, to, SHORTENED);
  return end === 0 ? undefined : { text: bytes.subarray(SHORTENED, end), repeats: repeats.value };
}

function reserve(scanner: Scanner, size: number): void {
  const lacking = size - scanner.bytes.length;
  if (lacking <= 0) return;
  scanner.memory.grow(Math.ceil(lacking / PAGE));
  scanner.bytes = Buffer.from(scanner.memory.buffer);
}

/** Where shortened records are written. */
const SHORTENED = 64;
/** CloudTrail keeps events under 256 KB. */
const LONGEST_SHORTENED = 256 * 1024;
/** Where the text begins: a step also looks at some bytes before it, and 0 is no place of a record. */
const TEXT = SHORTENED + LONGEST_SHORTENED;
/** How many bytes it looks at at once. */
const STEP = 64;
const PAGE = 65_536;
const SPACE = 0x20;
