import { HOUR, MINUTE, SECOND } from "../../src/usage/instants.ts";
import { randomOf } from "../account/random.ts";

const START = Date.parse("2026-11-23T09:00:00Z");
const HOURS = 6;
const TEAMS = ["blue", "green", "red"];

/**
 * A usage file as an application would write it: two products, one of each integration style, 24 buyers, 3 dimensions, 6 hours; with
 * fractions, tags, lines sent twice and lines that come hours late. The same at each call.
 */
export function sampleUsage(): string {
  const random = randomOf("sample");
  const pick = (count: number) => Math.floor(random() * count);
  const buyers = [
    ...Array.from({ length: 14 }, (_, n) => ({
      product: "analytics",
      buyer: licenseBuyer(n),
      dimensions: ["ApiCalls", "GbHours"],
    })),
    ...Array.from({ length: 10 }, (_, n) => ({ product: "archive", buyer: customerBuyer(n), dimensions: ["Gb"] })),
  ];
  const lines: { arrives: number; text: string }[] = [];
  for (let hour = 0; hour < HOURS; hour++) {
    for (const [n, { product, buyer, dimensions }] of buyers.entries()) {
      for (const dimension of dimensions) {
        const events = pick(4);
        for (let event = 0; event < events; event++) {
          const time = START + hour * HOUR + pick(60) * MINUTE + pick(60) * SECOND;
          const quantity = dimension === "ApiCalls" ? 1 + pick(500) : fractionOf(pick(4000));
          const tags = pick(3) === 0 ? { tags: { Team: TEAMS[pick(TEAMS.length)] } } : {};
          const id = `evt-${hour}-${n}-${dimension}-${event}`;
          const text = JSON.stringify({
            id,
            product,
            buyer,
            dimension,
            quantity,
            time: new Date(time).toISOString(),
            ...tags,
          });
          // Most usage is sent at once; some comes up to three hours late, and some is sent twice.
          lines.push({ arrives: pick(20) === 0 ? time + (1 + pick(3)) * HOUR : time, text });
          if (pick(10) === 0) lines.push({ arrives: time + pick(90) * MINUTE, text });
        }
      }
    }
  }
  const inOrder = lines.sort((a, b) => a.arrives - b.arrives || (a.text < b.text ? -1 : 1));
  return `${inOrder.map(({ text }) => text).join("\n")}\n`;
}

const fractionOf = (thousandths: number): string => (thousandths / 1000).toFixed(3);

const licenseBuyer = (n: number) => ({
  accountId: (111122223333 + n).toString(),
  licenseArn: `arn:aws:license-manager:us-east-1:294406891311:license:l-${(n + 1).toString().padStart(4, "0")}`,
});

const customerBuyer = (n: number) => ({ customerIdentifier: `customer-${(n + 1).toString().padStart(2, "0")}` });
