// The same calls out of the same files, by DuckDB's JSON reader.
import { DuckDBInstance } from "@duckdb/node-api";

/** How many calls and records were read. */
export interface Extracted {
  readonly calls: number;
  readonly records: number;
}

const RECORD = `STRUCT(dimension VARCHAR, "timestamp" VARCHAR, quantity BIGINT, customerAWSAccountId VARCHAR, licenseArn VARCHAR,
  customerIdentifier VARCHAR)`;

// The fields that `readLogFile` reads. To tell DuckDB their types was faster than to take requests and answers as JSON and look into those that count.
const EVENT = `STRUCT(eventVersion VARCHAR, eventID VARCHAR, eventTime VARCHAR, eventSource VARCHAR, eventName VARCHAR, awsRegion VARCHAR,
  errorCode VARCHAR, errorMessage VARCHAR, userIdentity STRUCT(arn VARCHAR, sessionContext STRUCT(sessionIssuer STRUCT(arn VARCHAR))),
  requestParameters STRUCT(productCode VARCHAR, usageRecords ${RECORD}[]),
  responseElements STRUCT(results STRUCT(usageRecord ${RECORD}, status VARCHAR)[], unprocessedRecords ${RECORD}[]))`;

const FOUND = "SELECT count(*), sum(len(event.responseElements.results))::BIGINT FROM calls";

/** Opens DuckDB in one thread. Its `read` makes a table of the calls in the log files of a folder that is laid out like a bucket. */
export async function openDuckDb(folder: string): Promise<{ read(): Promise<Extracted>; close(): void }> {
  const instance = await DuckDBInstance.create(":memory:", { threads: "1" });
  const connection = await instance.connect();
  const files = `${folder}/AWSLogs/*/CloudTrail/*/*/*/*/*.json.gz`.replaceAll("'", "''");
  const extract = `
    CREATE OR REPLACE TEMP TABLE calls AS SELECT event FROM (
      SELECT unnest(Records) AS event FROM read_json('${files}', format = 'unstructured', compression = 'gzip',
        maximum_object_size = 268435456, columns = {Records: '${EVENT}[]'}))
    WHERE event.eventName = 'BatchMeterUsage' AND event.eventSource = 'metering-marketplace.amazonaws.com'`;
  return {
    async read() {
      await connection.run(extract);
      const [[calls, records] = []] = (await connection.runAndReadAll(FOUND)).getRows();
      return { calls: Number(calls), records: Number(records) };
    },
    close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}
