// EventBridge Scheduler: invokes functions at a steady rate of virtual time.
import type { Clock } from "./clock.ts";
import type { Access } from "./iam/access.ts";
import type { Interference } from "./interference.ts";
import type { InvokeLater } from "./lambda/asynchronous.ts";
import type { Schedule, State } from "./state.ts";

/** A schedule that runs. */
export interface Running {
  /** Lets it miss what it would invoke before an instant. */
  skipTo(instant: number): void;
}

/**
 * Starts a schedule. Without a start date it invokes at once, and from then on at its rate.
 * Source: "Schedule types", EventBridge Scheduler user guide.
 */
export function startSchedule(
  schedule: Schedule,
  clock: Clock,
  state: State,
  access: Access,
  invokeLater: InvokeLater,
  { invocations }: Interference = {},
): Running {
  const target = state.functions.get(schedule.targetArn);
  const rate = schedule.everySeconds * 1000;
  let next = schedule.startAt ?? clock.now();
  let cancel = due();

  function due(): () => void {
    return clock.at(next, async () => {
      next += rate;
      cancel = due();
      // Asked at each run: whoever drives the account may switch a schedule off for a while.
      if (!schedule.enabled || target === undefined) return;
      if (access.ask({ roleArn: schedule.roleArn }, "lambda:InvokeFunction", target.arn) !== "allowed") {
        throw new Error(
          `Schedule ${schedule.name} may not invoke ${target.name}: its role ${schedule.roleArn} does not let it.`,
        );
      }
      const input = schedule.input === undefined ? {} : JSON.parse(schedule.input);
      const times = invocations?.(target.name) ?? 1;
      for (let time = 0; time < times; time++) invokeLater(target, input);
    });
  }

  function skipTo(instant: number): void {
    if (instant <= next) return;
    cancel();
    next += Math.ceil((instant - next) / rate) * rate;
    cancel = due();
  }

  // A start date that is past: runs that were due before there was the schedule are not made up for.
  skipTo(clock.now());
  return { skipTo };
}
