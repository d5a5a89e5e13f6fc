import fc from "fast-check";
import { customer, license } from "../support/usage.ts";
import { checkAlways } from "./invariants.ts";
import {
  renew,
  type SentEvent,
  type Setting,
  send,
  startClose,
  startIngest,
  startSeal,
  startSubmit,
  startVerify,
  type World,
} from "./world.ts";

/** A usage event as it is drawn: when it is sent it gets its id and, from the clock, its time. */
interface DrawnEvent {
  readonly meter: number;
  readonly quantity: string;
  readonly late: number;
  readonly tags: Record<string, string>;
  /** The event before this one, by how many, whose id it has: with `same` a duplicate, else a conflict. None where undefined. */
  readonly like: { readonly before: number; readonly same: boolean } | undefined;
}

/** One thing that happens. `steps` lets what was started go on, a call at a time. */
export type Command =
  | { readonly kind: "send"; readonly events: readonly DrawnEvent[] }
  | { readonly kind: "ingest"; readonly most: number }
  | { readonly kind: "submit" | "close" | "seal" | "verify" | "kill" | "finish" | "nextHour" | "everything" }
  | { readonly kind: "steps"; readonly steps: number }
  | { readonly kind: "wait"; readonly minutes: number }
  | { readonly kind: "renew"; readonly hours: number };

/** How long the first things may happen after the start, in minutes, where everything is to be in time. */
const IN_TIME = 8 * 60;
const TIME_LIMIT = 15;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** When the hour before is due to be sealed, in minutes past the hour. */
const SEALED_FROM = 16;

export async function act(world: World, command: Command): Promise<void> {
  const { scheduler, setting } = world;
  if (command.kind === "send") for (const event of command.events) send(world, toEvent(world, event));
  if (command.kind === "ingest") startIngest(world, command.most);
  if (command.kind === "submit") startSubmit(world);
  if (command.kind === "everything") startEverything(world);
  if (command.kind === "close") startClose(world);
  if (command.kind === "seal") startSeal(world);
  if (command.kind === "verify") startVerify(world);
  if (command.kind === "kill") scheduler.kill();
  if (command.kind === "finish") await steps(world, Infinity);
  if (command.kind === "steps") await steps(world, command.steps);
  if (command.kind === "renew") {
    // Whoever has read the agreement as it was comes to its end first.
    await steps(world, Infinity);
    await renew(world, command.hours);
  }
  if (!setting.inTime || world.now < setting.startAt + IN_TIME * MINUTE) {
    if (command.kind === "wait") await waitUntil(world, world.now + command.minutes * MINUTE);
    if (command.kind === "nextHour")
      await waitUntil(world, (Math.floor(world.now / HOUR) + 1) * HOUR + SEALED_FROM * MINUTE);
  }
  await checkAlways(world);
}

/** Two of each function at once, as after an outage of the schedule. */
function startEverything(world: World): void {
  for (const most of [100, 3]) startIngest(world, most);
  for (const start of [startSubmit, startSubmit, startClose]) start(world);
}

async function waitUntil(world: World, instant: number): Promise<void> {
  if (instant > world.now + TIME_LIMIT * MINUTE) {
    // Nothing runs longer than its time limit; nearly all of it is done by then.
    if (world.random() < 0.8) await steps(world, Infinity);
    world.scheduler.clear();
  }
  world.now = instant;
}

const CHECKED_STEPS = 16;
const MOST_STEPS = 20_000;

/** Lets things go on, and looks at the ledger in between. */
export async function steps(world: World, most: number): Promise<void> {
  for (let step = 1; step <= most && (await world.scheduler.step()); step++) {
    if (step % CHECKED_STEPS === 0) await checkAlways(world);
    if (step > MOST_STEPS) throw new Error("What was started never comes to its end.");
  }
}

const METERS = [
  { product: "analytics", buyer: license(1), dimension: "ApiCalls" },
  { product: "analytics", buyer: license(1), dimension: "GbHours" },
  { product: "analytics", buyer: license(2), dimension: "ApiCalls" },
  { product: "archive", buyer: customer(1), dimension: "Gb" },
] as const;

function toEvent({ sent, now }: World, { meter, quantity, late, tags, like }: DrawnEvent): SentEvent {
  const other = like && sent[sent.length - 1 - (like.before % Math.max(1, sent.length))];
  if (other && like.same) return other;
  const id = other?.id ?? `evt-${sent.length}`;
  // An id is unique in its product.
  const at = other ? METERS.findIndex(({ product }) => product === other.product) : meter;
  return { id, ...(METERS[at] as (typeof METERS)[number]), quantity, time: new Date(now - late).toISOString(), tags };
}

const event = (inTime: boolean): fc.Arbitrary<DrawnEvent> =>
  fc.record({
    meter: fc.constantFrom(0, 0, 0, 1, 2, 3),
    quantity: fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom("1", "0.5", "0.25", "3", "0.333333333", "0.999999999", "7.5") },
      { weight: 1, arbitrary: fc.constantFrom("0", "2147483647", "2147483646.9", "1000.000000001") },
    ),
    late: fc.oneof(
      { weight: 6, arbitrary: fc.integer({ min: -4 * MINUTE, max: 59 * MINUTE }) },
      { weight: 3, arbitrary: fc.integer({ min: 0, max: 180 * MINUTE }) },
      { weight: inTime ? 0 : 2, arbitrary: fc.integer({ min: 22 * 60 * MINUTE, max: 26 * 60 * MINUTE }) },
    ),
    tags: fc.constantFrom<Record<string, string>>(
      {},
      {},
      { Team: "blue" },
      { Team: "red" },
      { Team: "red", Site: "1" },
    ),
    like: fc.oneof(
      { weight: 5, arbitrary: fc.constant(undefined) },
      { weight: 2, arbitrary: fc.record({ before: fc.nat(5), same: fc.constantFrom(true, true, true, false) }) },
    ),
  });

export function commands(inTime: boolean): fc.Arbitrary<Command[]> {
  const minutes = fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: 1, max: 15 }) },
    { weight: 4, arbitrary: fc.integer({ min: 16, max: 75 }) },
    { weight: inTime ? 0 : 2, arbitrary: fc.integer({ min: 300, max: 1_500 }) },
  );
  const plain = (
    weight: number,
    kind: "submit" | "close" | "seal" | "verify" | "kill" | "finish" | "nextHour" | "everything",
  ) => ({
    weight,
    arbitrary: fc.constant<Command>({ kind }),
  });
  const command = fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant("send" as const),
        events: fc.array(event(inTime), { minLength: 1, maxLength: 6, size: "max" }),
      }),
    },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant("ingest" as const), most: fc.integer({ min: 1, max: 6 }) }) },
    {
      weight: 7,
      arbitrary: fc.record({ kind: fc.constant("steps" as const), steps: fc.integer({ min: 1, max: 150 }) }),
    },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant("wait" as const), minutes }) },
    {
      weight: inTime ? 0 : 1,
      arbitrary: fc.record({ kind: fc.constant("renew" as const), hours: fc.integer({ min: 1, max: 30 }) }),
    },
    plain(3, "nextHour"),
    plain(3, "submit"),
    plain(4, "everything"),
    plain(2, "close"),
    plain(1, "seal"),
    plain(1, "verify"),
    plain(1, "kill"),
    plain(3, "finish"),
  );
  return fc.array(command, { minLength: 15, maxLength: 50, size: "max" });
}

export const settings = (inTime: boolean): fc.Arbitrary<Setting> =>
  fc.record({
    seed: fc.nat(2 ** 31 - 1),
    inTime: fc.constant(inTime),
    startAt: fc.constantFrom(...(inTime ? STARTS.slice(0, 1) : STARTS)),
    identicalResend: fc.constantFrom("Success" as const, "Success" as const, "DuplicateRecord" as const),
    faults: fc.record({
      deaths: fc.constantFrom(0, 0.01, 0.04),
      errors: fc.constantFrom(0, 0.02, 0.1),
      repeats: fc.constantFrom(0, 0.05),
    }),
    refusals: fc.constantFrom(0, 0.2, 0.6, 1),
    lag: fc.constantFrom(0, 0.3, 0.9),
    skew: fc.constantFrom(0, 60_000),
    agreementMinutes: inTime
      ? fc.constant(undefined)
      : fc.option(fc.integer({ min: 10, max: 300 }), { freq: 2, nil: undefined }),
  });

/** In the middle of a month, and before its end. */
const STARTS = ["2026-11-23T09:40:00Z", "2026-11-30T20:10:00Z", "2026-12-01T04:30:00Z"].map((text) => Date.parse(text));
