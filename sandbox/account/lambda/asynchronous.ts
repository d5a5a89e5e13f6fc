// Asynchronous invocations: events wait at Lambda, which repeats what fails or is throttled until the event is too old.
import type { Clock, Task } from "../clock.ts";
import type { LambdaFunction } from "../state.ts";
import type { Lambda, Observations } from "./invoke.ts";

/** Hands an event to a function and returns at once. */
export type InvokeLater = (target: LambdaFunction, payload: unknown) => void;

export function createAsynchronous(clock: Clock, lambda: Lambda, seen: Observations): InvokeLater {
  return (target, payload) => {
    const queuedAt = clock.now();
    let failures = 0;
    let throttles = 0;

    async function attempt(task: Task): Promise<void> {
      const { status } = await task.wait(lambda.invoke(target, payload));
      if (status === "succeeded") return;
      const delay = status === "throttled" ? throttleDelay(throttles++) : failureDelay(failures++);
      const { retries, maximumAgeSeconds } = target.asynchronous;
      const at = clock.now() + delay;
      if (failures > retries || at > queuedAt + maximumAgeSeconds * 1000) drop();
      else clock.at(at, attempt);
    }

    function drop(): void {
      const dimensions = { FunctionName: target.name };
      seen.metrics.push({
        namespace: "AWS/Lambda",
        name: "AsyncEventsDropped",
        unit: "Count",
        value: 1,
        time: clock.now(),
        dimensions,
      });
    }

    clock.at(queuedAt, attempt);
  };
}

// Source: "Error handling for a Lambda function", Lambda developer guide: a minute, then two; throttled ones back off
// exponentially from a second to five minutes.
const failureDelay = (failures: number) => (failures === 0 ? 60_000 : 120_000);
const throttleDelay = (throttles: number) => Math.min(1000 * 2 ** throttles, 300_000);
