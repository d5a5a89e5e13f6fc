// What BatchMeterUsage does with a request: refuse it whole, or decide record by record.
import { type Books, createBooks } from "./books.ts";
import { accountOf, type Caller } from "./caller.ts";
import { ServiceError } from "./errors.ts";
import type { RecordStatus, Strike } from "./faults.ts";
import { type Random, shuffled, uuid } from "./identifiers.ts";
import type { Listing } from "./listing.ts";
import { batchMeterUsageQuota, createBuckets, type Quota } from "./quota.ts";
import type { BatchRequest, UsageRecord } from "./request.ts";
import { type Admitted, admit } from "./rules.ts";

export interface BatchAnswer {
  Results: { UsageRecord: UsageRecord; MeteringRecordId?: string; Status: RecordStatus }[];
  UnprocessedRecords: UsageRecord[];
}

export interface ServiceOptions {
  listing: Listing;
  random: Random;
  /** Default: AWS's 10 requests a second, 10 at once. */
  quota?: Quota;
  /** What a resend gets that is the same as the record that stands. Default: `Success`; AWS is not clear on it. */
  identicalResend?: "Success" | "DuplicateRecord";
}

export interface Service {
  books: Books;
  /** @throws {ServiceError} what the whole request is refused with; nothing is booked then. */
  batchMeterUsage(
    request: BatchRequest,
    caller: Caller,
    region: string,
    now: number,
    strikes: readonly Strike[],
  ): BatchAnswer;
}

export function createService({
  listing,
  random,
  quota = batchMeterUsageQuota,
  identicalResend = "Success",
}: ServiceOptions): Service {
  const books = createBooks();
  const takeToken = createBuckets(quota);

  function decide(admitted: Admitted, region: string, now: number): BatchAnswer["Results"][number] {
    const { record: UsageRecord, subscribed } = admitted;
    if (!subscribed) return { UsageRecord, Status: "CustomerNotSubscribed" };
    const { standing, is } = books.enter(admitted, region, now, () => uuid(random));
    if (is === "first" || (is === "identical" && identicalResend === "Success")) {
      return { UsageRecord, MeteringRecordId: standing.meteringRecordId, Status: "Success" };
    }
    return { UsageRecord, Status: "DuplicateRecord" };
  }

  return {
    books,
    batchMeterUsage(request, caller, region, now, strikes) {
      const accountId = accountOf(caller.roleArn);
      if (!takeToken(`${accountId} ${region}`, now)) throw new ServiceError("ThrottlingException", "Rate exceeded");
      throwException(strikes, "before");
      const admitted = admit(request, { listing, accountId, region, now });
      const answer: BatchAnswer = { Results: [], UnprocessedRecords: [] };
      admitted.forEach((entry, index) => {
        const strike = strikes.find(({ fault, records }) => isOfRecords(fault.name) && records.has(index));
        // A record that a fault keeps from being taken never reaches the books.
        const result = strike?.when === "before" ? undefined : decide(entry, region, now);
        const fault = strike?.fault;
        if (fault?.name === "unprocessed") answer.UnprocessedRecords.push(entry.record);
        else if (fault?.name === "status")
          answer.Results.push({ ...result, UsageRecord: entry.record, Status: fault.status });
        else if (fault === undefined && result !== undefined) answer.Results.push(result);
      });
      throwException(strikes, "after");
      // AWS promises no order of the results.
      return { ...answer, Results: shuffled(random, answer.Results) };
    },
  };
}

function isOfRecords(name: Strike["fault"]["name"]): boolean {
  return name === "unprocessed" || name === "status" || name === "unlisted";
}

function throwException(strikes: readonly Strike[], when: Strike["when"]): void {
  for (const { fault, when: due } of strikes) {
    if (fault.name === "exception" && due === when)
      throw new ServiceError(fault.exception, `${fault.exception} on demand`);
  }
}
