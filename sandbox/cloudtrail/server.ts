// CloudTrail's API over HTTP on a free loopback port, in AWS JSON 1.1, as far as whoever verifies digests needs it.
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import type { CloudTrail } from "./cloudtrail.ts";

/** A running API. */
export interface CloudTrailApi {
  /** For the SDK's `endpoint`, or `AWS_ENDPOINT_URL_CLOUDTRAIL`. */
  endpoint: string;
  close(): Promise<void>;
}

/** @param clock `now` in ms: without times, ListPublicKeys answers the keys that are valid now. */
export async function startCloudTrailApi(
  trail: Pick<CloudTrail, "listPublicKeys">,
  clock: { now(): number },
): Promise<CloudTrailApi> {
  // Idle connections stay open, however long the virtual clock stands still.
  const server = createServer({ keepAliveTimeout: 0 }, async (incoming, response) => {
    const { status, body } = answer(operationOf(incoming), await text(incoming), trail, clock.now());
    response.writeHead(status, { "content-type": "application/x-amz-json-1.1" });
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise<void>((closed, failed) => {
        server.close((error) => (error ? failed(error) : closed()));
        server.closeAllConnections();
      }),
  };
}

function operationOf({ headers }: IncomingMessage): string {
  return String(headers["x-amz-target"]).split(".").at(-1) as string;
}

function answer(operation: string, text: string, trail: Pick<CloudTrail, "listPublicKeys">, now: number) {
  if (operation !== "ListPublicKeys") return refusal("UnknownOperationException", `${operation} is not emulated.`);
  const { StartTime = now / 1000, EndTime = now / 1000 } = JSON.parse(text) as { StartTime?: number; EndTime?: number };
  if (StartTime > EndTime) return refusal("InvalidTimeRangeException", "StartTime is later than EndTime.");
  const PublicKeyList = trail.listPublicKeys(StartTime * 1000, EndTime * 1000).map((key) => ({
    Fingerprint: key.fingerprint,
    ValidityStartTime: key.validFrom / 1000,
    ValidityEndTime: key.validTo / 1000,
    Value: Buffer.from(key.value).toString("base64"),
  }));
  return { status: 200, body: { PublicKeyList } };
}

function refusal(name: string, message: string) {
  return { status: 400, body: { __type: name, message } };
}
