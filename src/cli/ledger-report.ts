import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { EvidenceByDay } from "../evidence/evidence.ts";
import type { Calls } from "../evidence/proof.ts";
import { dayOf } from "../evidence/store.ts";
import { readWindow, type Window } from "../ledger/statement.ts";
import { dynamoTable } from "../ledger/table.ts";
import type { Report } from "../report/report.ts";
import type { Hour, Instant } from "../usage/instants.ts";
import { dayIn, goByDay } from "../verify/by-day.ts";
import { productFinder } from "../verify/context.ts";
import { unknownKeys } from "../verify/foreign.ts";
import { evidencedOf, hourlySums, usedByHour } from "../verify/hours.ts";
import { findSubmissions, ledgerUse, listedSubmissions } from "../verify/ledger.ts";
import { ledgerProducts } from "../verify/ledger-products.ts";
import { linkBook } from "../verify/links.ts";
import { ledgerMeter, makeReport } from "../verify/make-report.ts";
import { movedUnits } from "../verify/moved.ts";
import { startReconciling } from "../verify/reconcile.ts";
import { submissionsByHour } from "../verify/slices.ts";

/** What a ledger is compared with. */
interface Compared {
  readonly evidence: EvidenceByDay;
  readonly now: Instant;
  /** Called with each hour before it is compared. */
  readonly onHour: (hour: Hour) => void;
}

/** Compares a ledger with evidence, and reports: calls a day at a time, and the ledger's records of the window in memory. */
export async function reportOnLedger(
  tableName: string,
  window: Window,
  { evidence, now, onHour }: Compared,
): Promise<Report> {
  const table = dynamoTable(new DynamoDBClient(), tableName);
  const ledger = await readWindow(table, window);
  const products = ledgerProducts(ledger.statements);
  const [region = ""] = evidence.regions;
  const listed = listedSubmissions(ledger, products, region);
  const records = Map.groupBy(listed.records, ({ hour }) => dayOf(hour));
  const late = Map.groupBy(listed.late, ({ hour }) => dayOf(hour));
  const links = linkBook(listed.records);
  const compared = { window, submitter: undefined };
  const reconciler = startReconciling({
    ...compared,
    now,
    evidence,
    products,
    used: await ledgerUse(table, window),
    links,
    regions: evidence.regions,
  });
  const hours = hourlySums(window);
  hours.add("counted", usedByHour(ledger.statements));
  const productOf = productFinder(products, links);
  const submissionsOf = async (day: Instant, { events }: Calls) => {
    const submissions = records.get(day) ?? [];
    const unknown = unknownKeys({ submissions, evidence: { events }, window: dayIn(window, day) });
    const found = await findSubmissions(table, unknown, products, region);
    return submissionsByHour([...submissions, ...found, ...(late.get(day) ?? [])]);
  };
  const counts = await goByDay(compared, evidence, submissionsOf, (slice) => {
    onHour(slice.hour);
    reconciler.add(slice);
    hours.add("evidenced", evidencedOf(slice, productOf));
  });
  const contents = {
    meters: ledger.statements.map(ledgerMeter),
    rejected: ledger.rejected,
    hours: hours.rows("used"),
    moved: movedUnits(ledger.statements),
  };
  return makeReport(window, { ...contents, evidence: { ...evidence, ...counts } }, reconciler.end());
}
