// The faults of a whole account: where each kind of them gets in.
import type { Interference } from "../account/interference.ts";
import type { FunctionCall } from "../account/lambda/environment.ts";
import type { Fate } from "../cloudtrail/cloudtrail.ts";
import type { Fault as MeteringFault } from "../metering/faults.ts";
import type { Random } from "../metering/identifiers.ts";
import { createArms, isAt } from "./arms.ts";
import { callWith, isMatch } from "./calls.ts";
import { deliveryWith } from "./deliveries.ts";
import type {
  CallFault,
  ClockFault,
  Fault,
  IndexFault,
  PageFault,
  QueueFault,
  ScheduleFault,
  TrailFault,
} from "./fault.ts";
import { createLag } from "./indexes.ts";

export interface Faults {
  /** For the account's options. */
  interference: Required<Interference>;
  /** For CloudTrail's options. */
  fate(at: number): Fate;
  inject(...faults: Fault[]): void;
  /** Takes all faults back. */
  clear(): void;
  /** How often faults of each name have struck; those of the metering API count at the service. */
  struck: Readonly<Record<string, number>>;
}

/** What faults need of the world; both are asked only when a fault is about to strike. */
export interface Surroundings {
  now(): number;
  /** Hands a fault to the metering service. */
  injectMetering(fault: MeteringFault): void;
  clearMetering(): void;
}

/** @param random draws for `probability`, and which messages are struck. */
export function createFaults(random: Random, world: Surroundings): Faults {
  const calls = createArms<CallFault>(random);
  const indexes = createArms<IndexFault>(random, "always");
  const pages = createArms<PageFault>(random, "always");
  const queues = createArms<QueueFault>(random);
  const trails = createArms<TrailFault>(random);
  let clocks: ClockFault[] = [];
  let schedules: ScheduleFault[] = [];
  const lag = createLag();
  const struck: Record<string, number> = {};
  const count = <F extends { name: string }>(faults: F[]): F[] => {
    for (const { name } of faults) struck[name] = (struck[name] ?? 0) + 1;
    return faults;
  };

  async function intercept(call: FunctionCall, next: () => Promise<unknown>): Promise<unknown> {
    const [fault] = count(calls.strike(call.now(), (each) => isMatch(call, each), 1));
    const make = fault ? () => callWith(fault, call, next) : next;
    if (call.service !== "dynamodb") return make();
    if (call.command === "Query") {
      const [short] = count(pages.strike(call.now(), () => true));
      if (short) call.input.Limit = short.items;
    }
    if (indexes.isEmpty()) return make();
    if (call.command === "PutItem" || call.command === "UpdateItem") lag.noteWrite(call);
    const index = call.input.IndexName as string | undefined;
    if (index === undefined) return make();
    const lagging = count(indexes.strike(call.now(), (each) => each.index === undefined || each.index === index));
    const answer = (await make()) as Parameters<typeof lag.answer>[1];
    return lag.answer(call, answer, lagging);
  }

  return {
    struck,
    interference: {
      intercept,
      clockAhead(functionName, host) {
        const now = world.now();
        const off = clocks.filter(
          (fault) => isAt(fault, now) && isOf(fault, functionName) && (fault.host ?? host) === host,
        );
        return count(off).reduce((total, { milliseconds }) => total + milliseconds, 0);
      },
      invocations(functionName) {
        const now = world.now();
        const strikes = count(schedules.filter((fault) => isAt(fault, now) && isOf(fault, functionName)));
        if (strikes.length === 0) return 1;
        return strikes.some(({ name }) => name === "schedule-skips") ? 0 : 2;
      },
      deliver: (_, messages) => deliveryWith(count(queues.strike(world.now(), () => true)), messages, random),
    },
    fate(at) {
      const strikes = count(trails.strike(at, () => true));
      return {
        copies: strikes.some(({ name }) => name === "trail-missing")
          ? 0
          : 1 + strikes.filter(({ name }) => name === "trail-duplicated").length,
        late: strikes.reduce((total, fault) => total + (fault.name === "trail-late" ? fault.minutes * 60_000 : 0), 0),
      };
    },
    inject(...faults) {
      for (const fault of faults) {
        switch (fault.name) {
          case "metering-api":
            world.injectMetering(fault.fault);
            break;
          case "clock-ahead":
            clocks.push(fault);
            break;
          case "schedule-skips":
          case "schedule-twice":
            schedules.push(fault);
            break;
          case "index-missing":
          case "index-stale":
            indexes.inject(fault);
            break;
          case "short-pages":
            pages.inject(fault);
            break;
          case "delivered-twice":
          case "out-of-order":
          case "queue-answer-lost":
          case "partial-failure":
            queues.inject(fault);
            break;
          case "trail-late":
          case "trail-duplicated":
          case "trail-missing":
            trails.inject(fault);
            break;
          default:
            calls.inject(fault);
        }
      }
    },
    clear() {
      for (const arms of [calls, indexes, pages, queues, trails]) arms.clear();
      clocks = [];
      schedules = [];
      world.clearMetering();
    },
  };
}

const isOf = ({ function: named }: { function?: string }, functionName: string) =>
  named === undefined || functionName.includes(named);
