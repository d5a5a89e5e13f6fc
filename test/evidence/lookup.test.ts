import assert from "node:assert/strict";
import type { CloudTrailClient, LookupEventsCommand, LookupEventsCommandInput } from "@aws-sdk/client-cloudtrail";
import { wholeEvidence } from "../../src/evidence/evidence.ts";
import { lookUpEvidence } from "../../src/evidence/lookup.ts";
import type { ReadProgress } from "../../src/evidence/read.ts";
import { memoryStore } from "../../src/evidence/store.ts";
import { DAY, HOUR } from "../../src/usage/instants.ts";
import { meteringEvent } from "./events.ts";

const WINDOW = { from: Date.parse("2026-11-23T10:00:00Z"), to: Date.parse("2026-11-23T12:00:00Z") };
const listed = (id: string, event: unknown = meteringEvent({ eventID: id })) => ({
  EventId: id,
  EventTime: new Date("2026-11-23T11:20:00Z"),
  CloudTrailEvent: typeof event === "string" ? event : JSON.stringify(event),
});

/** A client whose pages are given, on a clock that each request takes `took` ms of; and what it was asked, and when. */
function lookup(pages: readonly (readonly object[])[], { now = WINDOW.to + 30 * DAY, took = 100 } = {}) {
  const asked: (LookupEventsCommandInput & { at: number })[] = [];
  let time = now;
  const client = {
    send({ input }: LookupEventsCommand) {
      asked.push({ ...input, at: time - now });
      time += took;
      const page = Number(input.NextToken ?? 0);
      const NextToken = page + 1 < pages.length ? `${page + 1}` : undefined;
      return Promise.resolve({ Events: pages[page], NextToken });
    },
  } as unknown as CloudTrailClient;
  const clock = {
    now: () => time,
    async sleep(milliseconds: number) {
      time += milliseconds;
    },
  };
  return { asked, lookup: { client, clock, region: "us-east-1", store: memoryStore() } };
}

describe("looking events up", () => {
  it("asks for 50 BatchMeterUsage events a page, twice a second at most, whatever a request takes", async () => {
    const quick = lookup([[], [], []]);
    await lookUpEvidence(quick.lookup, WINDOW);
    assert.deepEqual(
      quick.asked.map(({ at, NextToken }) => [at, NextToken]),
      [
        [0, undefined],
        [500, "1"],
        [1000, "2"],
      ],
    );
    const slow = lookup([[], [], []], { took: 700 });
    await lookUpEvidence(slow.lookup, WINDOW);
    assert.deepEqual(
      slow.asked.map(({ at }) => at),
      [0, 700, 1400],
    );
    const [{ at: _, NextToken: __, ...query }] = quick.asked as [LookupEventsCommandInput & { at: number }];
    assert.deepEqual(query, {
      LookupAttributes: [{ AttributeKey: "EventName", AttributeValue: "BatchMeterUsage" }],
      StartTime: new Date("2026-11-23T09:55:00Z"),
      EndTime: new Date("2026-11-26T12:00:00Z"),
      MaxResults: 50,
    });
  });

  it("asks for no time that has not come or that LookupEvents has forgotten", async () => {
    const early = lookup([[]], { now: WINDOW.to });
    await lookUpEvidence(early.lookup, WINDOW);
    assert.deepEqual(early.asked[0]?.EndTime, new Date(WINDOW.to));
    const late = lookup([[]], { now: WINDOW.from + 90 * DAY + HOUR });
    await lookUpEvidence(late.lookup, WINDOW);
    assert.deepEqual(late.asked[0]?.StartTime, new Date(WINDOW.from + HOUR));
    const never = lookup([[]], { now: WINDOW.from - DAY });
    assert.deepEqual((await wholeEvidence(await lookUpEvidence(never.lookup, WINDOW))).events, []);
    assert.equal(never.asked.length, 0);
  });

  it("takes each call once and names every event that it cannot read", async () => {
    const progress: ReadProgress[] = [];
    const pages = [
      [listed("e-2"), listed("e-1")],
      [listed("e-2"), listed("e-5", "{"), listed("e-4", "[]"), { EventId: "e-6" }],
      [
        listed("e-3", { eventName: "BatchMeterUsage", eventSource: "elsewhere" }),
        listed("e-7", meteringEvent({ awsRegion: 1 })),
      ],
    ];
    const { lookup: given } = lookup(pages);
    const onProgress = (step: ReadProgress) => progress.push(step);
    const evidence = await wholeEvidence(await lookUpEvidence(given, WINDOW, { onProgress }));
    assert.deepEqual(
      evidence.events.map(({ eventId, objects }) => [eventId, objects]),
      ["e-1", "e-2"].map((id) => [id, [`lookup-events:us-east-1/${id}`]]),
    );
    assert.deepEqual(
      evidence.unreadable.map(({ key, reason }) => [key.slice("lookup-events:us-east-1/".length), reason]),
      [
        ["e-4", "it is not a JSON object"],
        ["e-5", "it is not JSON"],
        ["e-6", "it is not JSON"],
        ["e-7", "a BatchMeterUsage event in it has no valid awsRegion"],
      ],
    );
    assert.equal(evidence.unreadable[0]?.deliveredAt, Date.parse("2026-11-23T11:20:00Z"));
    // Without a time, it may be of any time in the window.
    assert.equal(evidence.unreadable[2]?.deliveredAt, WINDOW.to);
    assert.equal(evidence.objects, 8);
    assert.deepEqual(evidence.regions, ["us-east-1"]);
    assert.deepEqual(
      progress.map(({ objects, ofObjects }) => [objects, ofObjects]),
      [
        [2, undefined],
        [6, undefined],
        [8, undefined],
      ],
    );
  });

  it("stops between two pages when it is told to, and throws what AWS answers", async () => {
    const controller = new AbortController();
    const { lookup: given, asked } = lookup([[], []]);
    const reading = lookUpEvidence(given, WINDOW, { signal: controller.signal, onProgress: () => controller.abort() });
    await assert.rejects(reading, { name: "AbortError" });
    assert.equal(asked.length, 1);
    const client = { send: () => Promise.reject(new Error("denied")) } as unknown as CloudTrailClient;
    await assert.rejects(lookUpEvidence({ ...given, client }, WINDOW), /denied/);
  });
});
