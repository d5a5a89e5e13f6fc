// Usage that comes twice, late, or with other content.
import { after, type Family, type Sent, times, use, useLate } from "../scenario.ts";

const start = "2026-11-23T09:50:00Z";
const hour = "2026-11-23T10:00:00Z";

/** A usage file of three hours. */
const file = (): Sent[] => times(60, (n) => use(`evt-${n}`, after(hour, 3 * n), n % 7));
const fileUnits = String(times(60, (n) => n % 7).reduce((total, each) => total + each, 0));

const again = (sent: readonly Sent[], minutes: number): Sent[] =>
  sent.map((each) => ({ ...each, at: each.at + minutes * 60_000 }));

const once = use("evt", after(hour, 30), 5);

export const repeats: Family = {
  title: "Usage that comes twice, or late",
  scenarios: [
    {
      name: "one event is sent 1,000 times at once",
      start,
      usage: () => times(1000, () => once),
      expect: { billed: "5", isQuiet: true },
    },
    {
      name: "one event is sent 1,000 times over 33 hours",
      start,
      usage: () => times(1000, (n) => again([once], 10 * (n % 200))).flat(),
      expect: { billed: "5", isQuiet: true },
    },
    {
      name: "one id is sent 1,000 times with ten other contents",
      start,
      usage: () => [
        once,
        ...times(999, (n) => ({ ...use("evt", after(hour, 31 + (n % 120)), 6 + (n % 10)), isRejected: true })).map(
          (each, n) => ({
            ...each,
            event: { ...each.event, time: once.event.time, quantity: 6 + (n % 10) },
          }),
        ),
      ],
      expect: { billed: "5", rejected: 10, alarms: ["events-rejected"] },
    },
    {
      name: "one id is sent 1,000 times, stamped anew in each of 25 hours",
      start,
      usage: () => [
        once,
        ...times(999, (n) => ({ ...use("evt", after(hour, 60 * (1 + (n % 24)) + 30), 5), isRejected: true })),
      ],
      expect: { billed: "5", rejected: 24, alarms: ["events-rejected"] },
    },
    {
      name: "usage is stamped an hour ahead of the clock, and sent again when it is due",
      start,
      usage: () => [
        { ...useLate("ahead", after(hour, 90), after(hour, 30), 3), isRejected: true },
        use("ahead", after(hour, 90), 3),
      ],
      expect: { billed: "3", rejected: 1, alarms: ["events-rejected"] },
    },
    {
      name: "a usage file is fed twice, hours apart",
      start,
      usage: () => [...file(), ...again(file(), 300)],
      expect: { billed: fileUnits, isQuiet: true },
    },
    {
      name: "a usage file is fed twice at the same time",
      start,
      usage: () => [...file(), ...file()],
      expect: { billed: fileUnits, isQuiet: true },
    },
    {
      name: "usage comes minutes, hours and a day late",
      start,
      usage: () => [
        useLate("minutes", after(hour, 50), after(hour, 70), 1),
        useLate("past-the-grace", after(hour, 51), after(hour, 85), 2),
        useLate("hours", after(hour, 52), after(hour, 5 * 60), 4),
        useLate("most-of-a-day", after(hour, 53), after(hour, 22 * 60), 8),
        useLate("nearly-too-late", after(hour, 54), after(hour, 24 * 60 + 30), 16),
      ],
      expect: { billed: "31", moved: { late: "30" }, isQuiet: true },
    },
    {
      name: "usage comes days late",
      start,
      usage: () => [use("in-time", after(hour, 50), 1), useLate("days", after(hour, 51), after(hour, 3 * 24 * 60), 2)],
      expect: { billed: "1", expired: "2", alarms: ["events-expired"] },
    },
    {
      name: "usage comes into an hour that is being sealed at that moment",
      start,
      usage: () => [
        use("early", after(hour, 30), 1),
        ...times(40, (n) => {
          const sealed = Date.parse(after(hour, 75));
          return useLate(`at-${n}`, after(hour, 40), new Date(sealed - 20_000 + 1000 * n).toISOString(), 1);
        }),
      ],
      // Every step of sealing takes long enough for events to come in between.
      faults: [
        { name: "slow", milliseconds: 3000, service: "dynamodb", function: "submit", count: 60, from: after(hour, 74) },
      ],
      expect: { billed: "41", isQuiet: true },
    },
  ],
};
