import { Command, Option } from "commander";
import { parseAccount, parseLogs, parseRegion, parseSubmissions, parseTable, parseWindow } from "./arguments.ts";
import { explain } from "./explain.ts";
import { exportSubmissions } from "./export.ts";
import type { Surroundings } from "./surroundings.ts";
import { type VerifyArguments, verify } from "./verify.ts";

/** The commands of `marketplace-metering`. Each tells `onExit` its exit code. Parsing throws a CommanderError where the arguments are wrong. */
export function createProgram(around: Surroundings, onExit: (code: number) => void): Command {
  const program = new Command("marketplace-metering")
    .description("Checks AWS Marketplace metering against CloudTrail, with nothing deployed.")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => around.stdout.write(text),
      writeErr: (text) => around.stderr.write(text),
    })
    .helpCommand(false)
    .addHelpText("after", `\n${EXIT_CODES}`);
  program
    .command("verify")
    .description("Compare what a pipeline submitted with what CloudTrail saw.")
    .requiredOption("--logs <source>", "log files: a folder, s3://bucket/prefix, or lookup-events:REGION")
    .requiredOption(
      "--submissions <source>",
      "submissions: a file (CSV or NDJSON), or table:NAME, a ledger in DynamoDB",
    )
    .requiredOption("--from <time>", "first hour of the window, ISO 8601 with a zone, or a date in UTC")
    .requiredOption("--to <time>", "where the window ends: that hour is not in it")
    .option("--account <id>", "read this account's log files only; all that there are by default")
    .option("--region <region>", "read this Region's log files only; may be repeated; all by default", collect)
    .option("--out <dir>", "write report.json, report.csv and report.html to this folder")
    .addOption(
      new Option("--integrity <mode>", "whether evidence counts only where CloudTrail's digests verify it")
        .choices(["required", "off"])
        .default("required"),
    )
    .option("--public-keys <file>", "what `aws cloudtrail list-public-keys` printed; asked for by default")
    .addOption(new Option("--format <format>", "what to print").choices(["table", "json", "csv"]).default("table"))
    .addHelpText("after", `\n${VERIFY_EXAMPLES}\n\n${EXIT_CODES}`)
    .action(async (options: VerifyOptions) => onExit(await verify(readVerifyOptions(options), around)));
  program
    .command("export")
    .description("Print a ledger's submissions as NDJSON, in the format that verify reads.")
    .requiredOption("--table <name>", "the ledger's DynamoDB table")
    .requiredOption("--from <time>", "first hour of the window, ISO 8601 with a zone, or a date in UTC")
    .requiredOption("--to <time>", "where the window ends: that hour is not in it")
    .addHelpText("after", `\n${EXPORT_EXAMPLE}`)
    .action(async ({ table, from, to }: Record<"table" | "from" | "to", string>) =>
      onExit(await exportSubmissions(parseTable("--table", table), parseWindow(from, to), around)),
    );
  program
    .command("explain")
    .description("Say what a kind of finding means and what to do.")
    .argument("<kind>", "the kind, as the report names it")
    .addHelpText("after", "\nExample:\n  marketplace-metering explain missing")
    .action((kind: string) => {
      around.stdout.write(explain(kind));
      onExit(0);
    });
  return program;
}

interface VerifyOptions {
  readonly logs: string;
  readonly submissions: string;
  readonly from: string;
  readonly to: string;
  readonly account?: string;
  readonly region?: readonly string[];
  readonly out?: string;
  readonly integrity: "required" | "off";
  readonly publicKeys?: string;
  readonly format: VerifyArguments["format"];
}

const readVerifyOptions = (options: VerifyOptions): VerifyArguments => ({
  logs: parseLogs(options.logs),
  submissions: parseSubmissions(options.submissions),
  window: parseWindow(options.from, options.to),
  account: options.account === undefined ? undefined : parseAccount(options.account),
  regions: (options.region ?? []).map((region) => parseRegion("--region", region)),
  out: options.out,
  integrity: options.integrity === "off" ? { mode: "off" } : { mode: "required", publicKeys: options.publicKeys },
  format: options.format,
});

const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

const VERIFY_EXAMPLES = `Examples:
  aws s3 sync s3://my-trail-bucket/AWSLogs ./logs/AWSLogs
  marketplace-metering verify --logs ./logs --submissions october.csv --from 2026-10-01 --to 2026-11-01 --out october

  marketplace-metering verify --logs s3://my-trail-bucket/audit --account 111122223333 --region us-east-1 \\
    --submissions table:my-ledger --from 2026-10-01 --to 2026-11-01 --format json

  marketplace-metering verify --logs lookup-events:us-east-1 --integrity off \\
    --submissions today.ndjson --from 2026-11-23T00:00:00Z --to 2026-11-23T12:00:00Z`;

const EXPORT_EXAMPLE = `Example:
  marketplace-metering export --table my-ledger --from 2026-10-01 --to 2026-11-01 > october.ndjson

The AWS credentials and the Region are those of the environment, as for the AWS CLI.`;

const EXIT_CODES = `Exit codes: 0 nothing needs anyone; 1 findings need someone; 2 wrong arguments or input that cannot be read,
named on stderr, with nothing written; 130 stopped by Ctrl-C.`;
