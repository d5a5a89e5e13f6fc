import { HOUR, type Hour, type Instant } from "./instants.ts";

/** A stretch of time in which a buyer's agreement holds: from its first instant up to, not including, its end; null while it has none. */
export interface Agreement {
  readonly from: Instant;
  readonly to: Instant | null;
}

/** A buyer's agreements; undefined where none are known, and then they do not limit. */
export type Agreements = readonly Agreement[] | undefined;

/** Whether an instant lies inside an agreement. */
export const covers = (agreements: Agreements, instant: Instant): boolean =>
  agreements === undefined || agreementAt(agreements, instant) !== undefined;

/** Whether any instant of an hour lies inside an agreement. */
export const coversHour = (agreements: Agreements, hour: Hour): boolean => firstCovered(agreements, hour) !== undefined;

/** The first whole second of an hour that lies inside an agreement: the hour's own first second where no agreements are known. */
export function firstCovered(agreements: Agreements, hour: Hour): Instant | undefined {
  if (agreements === undefined) return hour;
  const starts = agreements
    .map((agreement) => ({
      start: Math.max(hour, Math.ceil(agreement.from / 1000) * 1000),
      end: Math.min(hour + HOUR, agreement.to ?? Infinity),
    }))
    .filter(({ start, end }) => start < end)
    .map(({ start }) => start);
  return starts.length === 0 ? undefined : Math.min(...starts);
}

/** The end of the agreement that an instant lies in; undefined where it has none or none is known. */
export const agreementEnd = (agreements: Agreements, instant: Instant): Instant | undefined =>
  agreementAt(agreements ?? [], instant)?.to ?? undefined;

const agreementAt = (agreements: readonly Agreement[], instant: Instant): Agreement | undefined =>
  agreements.find((agreement) => agreement.from <= instant && (agreement.to === null || instant < agreement.to));
