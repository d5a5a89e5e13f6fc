import { describe as sentences } from "../../src/report/kinds.ts";
import {
  FINDING_KINDS,
  type Finding,
  type FindingKind,
  type Report,
  type ReportHours,
} from "../../src/report/report.ts";
import { formatInstant, HOUR } from "../../src/usage/instants.ts";
import { finding, meter, NOW, report } from "../report/sample.ts";

const FROM = Date.parse("2026-11-20T20:00:00Z");
const HOURS = 72;
const USAGE = [
  { product: "analytics", dimension: "ApiCalls" },
  { product: "analytics", dimension: "GbHours" },
  { product: "archive", dimension: "Gb" },
];

/** A report of 72 hours with as many findings as wanted, of every kind and for 40 buyers, in the order of a real one; the same at each call. */
export function reportOf(findings: number): Report {
  const all = Array.from({ length: findings }, (_, n) => findingOf(n));
  const place = (each: Finding) => FINDING_KINDS.indexOf(each.kind);
  const counts = Map.groupBy(all, ({ kind }) => kind);
  return report({
    from: formatInstant(FROM),
    to: formatInstant(FROM + HOURS * HOUR),
    meters: Array.from({ length: 130 }, (_, n) =>
      meter({ ...usageOf(n), buyer: buyerOf(n), used: `${1000 + n}.5`, refused: n % 50 === 7 ? "12" : "0" }),
    ),
    findings: all.sort((a, b) => place(a) - place(b)),
    counts: { matched: 5321, ...Object.fromEntries([...counts].map(([kind, { length }]) => [kind, length])) },
    hours: USAGE.map(hoursOf),
  });
}

const usageOf = (n: number) => USAGE[n % USAGE.length] as (typeof USAGE)[number];

const buyerOf = (n: number) =>
  usageOf(n).product === "archive"
    ? { customerIdentifier: `customer-${n % 40}` }
    : {
        accountId: `${111122223333 + (n % 40)}`,
        licenseArn: `arn:aws:license-manager:us-east-1:294406891311:license:l-${n % 40}`,
      };

function findingOf(n: number): Finding {
  const kind = FINDING_KINDS[(n * 5) % FINDING_KINDS.length] as FindingKind;
  if (kind === "integrity") return aboutFile(n);
  const instant = FROM + (n % HOURS) * HOUR;
  const evidenced = ["billed-twice", "quantity-mismatch", "under-billed-duplicate"].includes(kind)
    ? `${2 + (n % 9)}`
    : null;
  return finding({
    ...usageOf(n),
    kind,
    buyer: buyerOf(n),
    hour: formatInstant(instant),
    submitted: kind === "silent-hour" ? null : `${5 + (n % 1000)}`,
    evidenced,
    money: usageOf(n).dimension === "ApiCalls" ? (n % 4 === 0 ? `-0.00${1 + (n % 9)}` : `${n % 200}.25`) : null,
    deadline: formatInstant(instant + 24 * HOUR),
    reason: `no call in CloudTrail names it, although it was last sent at ${formatInstant(instant + HOUR + n * 1000)}`,
    objects: n % 3 === 0 ? [] : Array.from({ length: 1 + (n % 4) }, (_, file) => logKey(n % HOURS, file)),
  });
}

const aboutFile = (n: number): Finding => {
  const none = {
    product: null,
    buyer: null,
    dimension: null,
    hour: null,
    submitted: null,
    evidenced: null,
    money: null,
    deadline: null,
  };
  const facts = {
    kind: "integrity" as const,
    ...none,
    reason: "its gzip is broken (unexpected end of file)",
    objects: [logKey(n, 0)],
  };
  return sentences(facts, NOW);
};

const logKey = (n: number, file: number): string =>
  `AWSLogs/123456789012/CloudTrail/us-east-1/2026/11/23/123456789012_CloudTrail_us-east-1_20261123T${String(n % 24).padStart(2, "0")}${file}0Z_${n.toString(36).padStart(16, "x")}.json.gz`;

function hoursOf({ product, dimension }: { product: string; dimension: string }, place: number): ReportHours {
  const used = Array.from({ length: HOURS }, (_, n) => {
    const quantity = Math.round((600 + 400 * Math.sin((n + 2) / 3.8)) * (place + 1));
    return place === 1 ? `${quantity}.25` : `${quantity}`;
  });
  const evidenced = used.map((quantity, n) => (n > 66 || n === 31 ? "0" : (quantity.split(".")[0] as string)));
  return { product, dimension, used, submitted: null, evidenced };
}
