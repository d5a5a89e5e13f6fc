import type { EvidenceEvent } from "../evidence/event.ts";
import {
  NUMBERS_A_RECORD,
  namedAt,
  PackedRecords,
  STATUSES,
  type Subject,
  statusAt,
  timestampAt,
  unitsAt,
} from "../evidence/packed-records.ts";
import type { SubjectTable } from "../evidence/subjects.ts";

/** Events in few and short arrays. */
export interface EncodedEvents {
  readonly ids: readonly string[];
  /** What events have in common with the one before them, mostly. */
  readonly common: readonly CommonFields[];
  /** Of each event its time, which of `common` it has, how many records it has, and their numbers as `PackedRecords` has them. */
  readonly numbers: ArrayLike<number>;
}

type CommonFields = Omit<EvidenceEvent, "eventId" | "eventTime" | "records">;

/** Encodes events for `decodeEvents` with the same subjects, among which it keeps those of their records. */
export function encodeEvents(
  events: readonly EvidenceEvent[],
  subjects: SubjectTable,
): EncodedEvents & { readonly numbers: number[] } {
  const common: CommonFields[] = [];
  const numbers: number[] = [];
  for (const event of events) {
    const { eventTime, region, records } = event;
    const last = common.at(-1);
    if (!last || !hasFields(event, last)) common.push(commonFields(event));
    numbers.push(eventTime, common.length - 1, records.length);
    for (let index = 0; index < records.length; index++) {
      // Mostly they were read into the same table.
      const subject =
        records instanceof PackedRecords && records.subjects === subjects.all
          ? records.subjectNumber(index)
          : subjects.numberOf({ ...namedAt(records, index), region });
      // From the time of the call, since a small number takes less time to write and read.
      const after = timestampAt(records, index) - eventTime;
      numbers.push(subject, after, unitsAt(records, index), STATUSES.indexOf(statusAt(records, index)));
    }
  }
  return { ids: events.map(({ eventId }) => eventId), common, numbers };
}

export function decodeEvents({ ids, common, numbers }: EncodedEvents, subjects: readonly Subject[]): EvidenceEvent[] {
  let at = 0;
  return ids.map((eventId) => {
    const [eventTime, which, length] = [numbers[at], numbers[at + 1], numbers[at + 2]] as [number, number, number];
    const { region, principal, errorCode, errorMessage, objects, unseen, completes } = common[which] as CommonFields;
    const records = new PackedRecords(subjects, numbers, { from: at + 3, length, eventTime });
    at += 3 + length * NUMBERS_A_RECORD;
    // In the order of `parseMeteringCall`: the engine then takes them for objects of one kind.
    const call = { eventId, eventTime, region, principal, errorCode, errorMessage, objects, unseen, records };
    return completes === undefined ? call : { ...call, completes };
  });
}

function commonFields({ eventId: _, eventTime: __, records: ___, ...fields }: EvidenceEvent): CommonFields {
  return fields;
}

const hasFields = (event: EvidenceEvent, fields: CommonFields): boolean =>
  event.region === fields.region &&
  event.principal === fields.principal &&
  event.errorCode === fields.errorCode &&
  event.errorMessage === fields.errorMessage &&
  event.unseen === fields.unseen &&
  event.completes === fields.completes &&
  event.objects.length === fields.objects.length &&
  event.objects.every((object, index) => object === fields.objects[index]);
