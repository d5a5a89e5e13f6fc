import type { Target } from "../ledger/claims.ts";
import type { RecordState } from "../ledger/records.ts";
import { type Agreements, covers, coversHour } from "../usage/agreements.ts";
import { deadline, ROOM_TO_SEND } from "../usage/deadlines.ts";
import { type Hour, hourOf, type Instant } from "../usage/instants.ts";

/** Why an event can no longer be billed. */
export function expiredReason(time: Instant, agreements: Agreements, now: Instant): string | undefined {
  if (now > deadline(time, agreements)) return "its deadline had passed when it arrived";
  if (!covers(agreements, time)) return "its time lies outside every agreement of the buyer";
  if (!coversHour(agreements, hourOf(now)))
    return "the buyer's agreement covers no instant of the hour in which it arrived";
  return undefined;
}

/**
 * Where an event is counted: nowhere (`expired`), in its own hour while that is open and its deadline is over an hour away, else in the current
 * hour; `later` where neither takes it now, and then its message stays queued. A claim that is moved goes to the current hour only, and only
 * forward from the hour it is being moved from.
 */
export function chooseTarget(
  time: Instant,
  agreements: Agreements,
  now: Instant,
  stateOf: (hour: Hour) => RecordState | undefined,
  replacing?: Hour,
): Target | "later" {
  if (expiredReason(time, agreements, now) !== undefined) return "expired";
  const takes = (hour: Hour) => (stateOf(hour) ?? "open") === "open";
  const own = hourOf(time);
  if (replacing === undefined && takes(own) && deadline(time, agreements) - now > ROOM_TO_SEND) return { hour: own };
  const current = hourOf(now);
  return takes(current) && (replacing === undefined || current > replacing) ? { hour: current } : "later";
}
