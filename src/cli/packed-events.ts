import type { EvidenceEvent } from "../evidence/event.ts";
import type { EvidenceRecord, NamedBuyer } from "../evidence/record.ts";
import { UNIT } from "../usage/quantity.ts";

type PackedRecord = [Omit<EvidenceRecord, "buyer" | "quantity" | "timestamp">, NamedBuyer, number, number];

/**
 * Writes the events of a log file into one text, to be handed from thread to thread: copying millions of small objects across takes longer than
 * reading them from the log file again.
 */
export const packEvents = (events: readonly EvidenceEvent[]): string =>
  JSON.stringify(
    events.map(({ records, ...event }) => [
      event,
      records.map(({ buyer, quantity, timestamp, ...record }): PackedRecord => {
        // CloudTrail's quantities are whole units below 2^31.
        return [record, buyer, timestamp, Number(quantity / UNIT)];
      }),
    ]),
  );

/** Reads what `packEvents` wrote. */
export const unpackEvents = (text: string): EvidenceEvent[] =>
  (JSON.parse(text) as [Omit<EvidenceEvent, "records">, PackedRecord[]][]).map(([event, records]) => ({
    eventId: event.eventId,
    eventTime: event.eventTime,
    region: event.region,
    // JSON leaves out what is undefined.
    principal: event.principal,
    errorCode: event.errorCode,
    errorMessage: event.errorMessage,
    objects: event.objects,
    unseen: event.unseen,
    records: records.map(([{ productCode, dimension, status }, buyer, timestamp, units]) => ({
      buyer,
      dimension,
      timestamp,
      quantity: BigInt(units) * UNIT,
      status,
      productCode,
    })),
    ...(event.completes === undefined ? {} : { completes: event.completes }),
  }));
