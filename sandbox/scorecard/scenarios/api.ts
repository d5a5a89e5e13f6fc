// Everything that the metering API can do wrong, once or for a while.
import type { World } from "../../demo/world.ts";
import type { ExceptionName } from "../../metering/errors.ts";
import type { Fault as ApiFault } from "../../metering/faults.ts";
import { after, customerBuyer, type Family, type Scenario, times, use } from "../scenario.ts";

const start = "2026-11-23T09:50:00Z";
const hour = "2026-11-23T10:00:00Z";
/** When the hour is sent first. */
const sent = after(hour, 75);

const api = (...faults: ApiFault[]) => faults.map((fault) => ({ name: "metering-api" as const, fault }));

/** Ten units of each of 25 buyers, in the nth hour: one full batch. */
const fullBatch = (h = 0) =>
  times(25, (n) =>
    use(`evt-${h}-${n}`, after(hour, 60 * h + 30), 10, {
      product: "archive",
      buyer: customerBuyer(n),
      dimension: "Gb",
    }),
  );

/** A whole batch meets a fault once, and all of it is billed in the end. */
const once = (name: string, fault: ApiFault, more: Partial<Scenario> = {}): Scenario => ({
  name,
  start,
  usage: () => fullBatch(),
  faults: api(fault),
  expect: { billed: "250" },
  ...more,
});

/** Every exception, and the alarms that one of it must fire. */
const exceptions = {
  ThrottlingException: [],
  InternalServiceErrorException: [],
  TimestampOutOfBoundsException: [],
  InvalidUsageDimensionException: [],
  InvalidLicenseException: [],
  InvalidCustomerIdentifierException: [],
  InvalidTagException: [],
  InvalidUsageAllocationsException: [],
  ValidationException: [],
  SerializationException: [],
  UnknownOperationException: [],
  InvalidProductCodeException: ["products-stopped"],
  DisabledApiException: ["products-stopped"],
  AccessDeniedException: ["products-stopped"],
  ExpiredTokenException: ["products-stopped"],
  InvalidSignatureException: ["products-stopped"],
  MissingAuthenticationTokenException: ["products-stopped"],
  UnrecognizedClientException: ["products-stopped"],
} satisfies Record<ExceptionName, string[]>;

/** How many requests the service got in each second, from a moment on. */
function requestsPerSecond({ metering }: World, from: string, seconds: number): number[] {
  const second = ({ at }: { at: number }) => Math.floor((at - Date.parse(from)) / 1000);
  return times(seconds, (n) => metering.calls.filter((call) => second(call) === n).length);
}

export const apiFaults: Family = {
  title: "The metering API fails",
  scenarios: [
    ...Object.entries(exceptions).map(([exception, alarms]) =>
      once(
        `${exception} for a batch of 25`,
        { name: "exception", exception: exception as ExceptionName },
        { expect: { billed: "250", alarms } },
      ),
    ),
    once("InternalServiceErrorException after the service took the batch", {
      name: "exception",
      exception: "InternalServiceErrorException",
      when: "after",
    }),
    once("HTTP 500 from in front of the service", { name: "http-500" }),
    once("HTTP 500 after the service took the batch", { name: "http-500", when: "after" }),
    once("the connection is reset before the service acts", { name: "connection-reset" }),
    once("the connection is reset after the service acted", { name: "connection-reset", when: "after" }),
    once("the answer is lost; an identical resend is answered Success", { name: "answer-lost" }),
    once(
      "the answer is lost; an identical resend is answered DuplicateRecord",
      { name: "answer-lost" },
      { identicalResend: "DuplicateRecord", expect: { billed: "250", alarms: ["records-disputed"] } },
    ),
    once("the answer is cut in half", { name: "unreadable-answer", when: "after" }),
    ...(["before", "after"] as const).map((when) => ({
      name: `the submitter waits no longer for an answer, ${when} the service took the batch`,
      start,
      usage: () => fullBatch(),
      faults: [{ name: "timeout", service: "metering", when } as const],
      expect: { billed: "250" },
    })),
    once("the service takes 19 seconds to answer", { name: "slow", milliseconds: 19_000, when: "after" }),
    {
      name: "UnprocessedRecords of every size from 1 to 25",
      start,
      // A full batch in each of 25 hours, whose first send meets the next size.
      usage: () => times(25, fullBatch).flat(),
      faults: api(...times(25, (n): ApiFault => ({ name: "unprocessed", records: n + 1, from: after(sent, 60 * n) }))),
      expect: {
        billed: "6250",
        problems: ({ metering }) => {
          const sizes = new Set(metering.calls.map(({ answer }) => answer?.UnprocessedRecords.length));
          return times(25, (n) => n + 1).flatMap((size) =>
            sizes.has(size) ? [] : [`no answer left ${size} unprocessed`],
          );
        },
      },
    },
    once("a record in neither list, not taken", { name: "unlisted", records: 1 }),
    once("a record in neither list, but taken", { name: "unlisted", records: 1, when: "after" }),
    once(
      "DuplicateRecord for a record that AWS does not hold",
      { name: "status", status: "DuplicateRecord", records: 1 },
      { expect: { billed: "240", disputed: "10", alarms: ["records-disputed", "findings-under-billed-duplicate"] } },
    ),
    once(
      "DuplicateRecord for a record that AWS took from this very request",
      { name: "status", status: "DuplicateRecord", records: 1, when: "after" },
      { expect: { billed: "250", disputed: "10", alarms: ["records-disputed", "findings-under-billed-duplicate"] } },
    ),
    once("CustomerNotSubscribed for the first three hours", {
      name: "status",
      status: "CustomerNotSubscribed",
      count: "always",
      to: after(sent, 180),
    }),
    {
      name: "throttling that begins, and ends: slower at once, and back to full speed",
      start,
      isLarge: true,
      usage: () =>
        times(8000, (n) =>
          use(`evt-${n}`, after(hour, 30), 1, { product: "archive", buyer: customerBuyer(n), dimension: "Gb" }),
        ),
      faults: api({
        name: "exception",
        exception: "ThrottlingException",
        probability: 0.5,
        count: "always",
        from: new Date(Date.parse(sent) + 10_000).toISOString(),
        to: new Date(Date.parse(sent) + 20_000).toISOString(),
      }),
      expect: {
        billed: "8000",
        problems: (world) => {
          const rates = requestsPerSecond(world, sent, 60);
          const before = Math.max(...rates.slice(1, 9));
          const during = Math.max(...rates.slice(13, 20));
          const afterwards = Math.max(...rates.slice(30, 40));
          const said = `${before} requests a second before, ${during} while it was throttled, ${afterwards} later`;
          return before >= 9 && before <= 11 && during <= 5 && afterwards >= 9 ? [] : [said];
        },
      },
    },
  ],
};
