import { Console } from "node:console";
import { Logger } from "@aws-lambda-powertools/logger";
import { Metrics } from "@aws-lambda-powertools/metrics";
import { type Environment, required } from "./settings.ts";

/**
 * Where a function in Lambda writes. Not the global console: Lambda puts time and request id before each of its lines, and CloudWatch then
 * no longer reads the metrics in them.
 */
export const systemConsole: Console = new Console({ stdout: process.stdout, stderr: process.stderr });

/**
 * A function's logger and metrics, which write to `console`, under the names that POWERTOOLS_SERVICE_NAME and
 * POWERTOOLS_METRICS_NAMESPACE give. Throws where one of them is not set.
 */
export function observe(environment: Environment, console: Console): { logger: Logger; metrics: Metrics } {
  const serviceName = required(environment, "POWERTOOLS_SERVICE_NAME");
  const namespace = required(environment, "POWERTOOLS_METRICS_NAMESPACE");
  const logger = new Logger({ serviceName });
  const metrics = new Metrics({ serviceName, namespace });
  // Powertools has no option for this: both make a console of their own over the process's output.
  Object.assign(logger, { console });
  Object.assign(metrics, { console });
  return { logger, metrics };
}
