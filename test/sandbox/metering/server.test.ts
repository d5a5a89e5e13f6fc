import assert from "node:assert/strict";
import { ResolveCustomerCommand } from "@aws-sdk/client-marketplace-metering";
import type { Authorization } from "../../../sandbox/metering/caller.ts";
import { client, closeAll, metering, record, refusal, sellerRole } from "./support.ts";

describe("sandbox metering: the wire, the caller and the quota", () => {
  afterEach(closeAll);

  it("tells its hook and its log everything of a call that is answered, and of one that is refused", async () => {
    const { service, seen, send } = await metering();
    const taken = await send([record()]);
    await refusal(send([record({ Dimension: "Nope" })], undefined, "eu-west-1"));
    assert.deepEqual(seen, service.calls);
    const [first, second] = seen;
    const { UsageRecords } = first?.request ?? {};
    assert.deepEqual(UsageRecords, [
      {
        Timestamp: 1795428300,
        Dimension: "Calls",
        Quantity: 5,
        CustomerAWSAccountId: "111122223333",
        LicenseArn: record().LicenseArn,
      },
    ]);
    assert.deepEqual(first?.answer, {
      Results: [
        { UsageRecord: UsageRecords?.[0], MeteringRecordId: taken.results[0]?.MeteringRecordId, Status: "Success" },
      ],
      UnprocessedRecords: [],
    });
    assert.deepEqual(first?.caller, { accessKeyId: "ASIASUBMITTER", roleArn: sellerRole, sessionName: "run-1" });
    assert.equal(first?.requestId, taken.requestId);
    assert.deepEqual(
      [first?.at, first?.latency, first?.region, first?.sourceIp, first?.faults],
      [Date.parse("2026-11-23T10:30:00Z"), 0, "us-east-1", "127.0.0.1", []],
    );
    assert.match(first?.userAgent ?? "", /^aws-sdk-js\/3\./);
    assert.deepEqual(
      [second?.region, second?.error?.name, second?.answer],
      ["eu-west-1", "InvalidUsageDimensionException", undefined],
    );
  });

  it("takes a latency that it is given, on its own clock", async () => {
    const { service, clock, send } = await metering({ latency: 80 });
    await send([record()]);
    assert.equal(service.calls[0]?.latency, 80);
    assert.equal(clock.now(), Date.parse("2026-11-23T10:30:00.080Z"));
  });

  it("closes no connection that its caller keeps, however long it stands idle", async () => {
    const { service } = await metering();
    const { headers } = await fetch(service.endpoint, { method: "POST" });
    assert.equal(headers.get("keep-alive"), null);
  });

  it("answers other operations as unknown", async () => {
    const { service, seen } = await metering();
    const problem = await refusal(client(service).send(new ResolveCustomerCommand({ RegistrationToken: "t" })));
    assert.deepEqual(problem, {
      name: "UnknownOperationException",
      message: "Operation AWSMPMeteringService.ResolveCustomer is not known",
      status: 400,
    });
    assert.deepEqual(seen, []);
  });

  const denials: [Authorization, string, string][] = [
    [
      { allowed: false, reason: "denied", roleArn: sellerRole, sessionName: "run-1" },
      "AccessDeniedException",
      "User: arn:aws:sts::999988887777:assumed-role/Submitter/run-1 is not authorized to perform: aws-marketplace:BatchMeterUsage because no identity-based policy allows the aws-marketplace:BatchMeterUsage action",
    ],
    [
      { allowed: false, reason: "expired", roleArn: sellerRole, sessionName: "run-1" },
      "ExpiredTokenException",
      "The security token included in the request is expired",
    ],
    [
      { allowed: false, reason: "unknown" },
      "UnrecognizedClientException",
      "The security token included in the request is invalid.",
    ],
  ];
  for (const [answer, name, message] of denials) {
    it(`refuses a caller with ${name}, asked by key, action and Region`, async () => {
      const asked: unknown[] = [];
      const { service, seen, send } = await metering({
        authorize: (...question) => {
          asked.push(question);
          return answer;
        },
      });
      assert.deepEqual(await refusal(send([record()], undefined, "eu-west-1")), { name, message, status: 400 });
      assert.deepEqual(asked, [["ASIASUBMITTER", "aws-marketplace:BatchMeterUsage", "eu-west-1"]]);
      assert.deepEqual(service.billed(), []);
      // CloudTrail logs nobody's call nowhere.
      assert.equal(seen.length, name === "UnrecognizedClientException" ? 0 : 1);
    });
  }

  const raw = async (headers: Record<string, string>, body: string) => {
    const { service } = await metering();
    const response = await fetch(service.endpoint, { method: "POST", headers, body });
    return { status: response.status, type: ((await response.json()) as { __type: string }).__type };
  };
  const target = { "x-amz-target": "AWSMPMeteringService.BatchMeterUsage" };
  const signed = (service: string) => ({
    ...target,
    authorization: `AWS4-HMAC-SHA256 Credential=ASIA1/20261123/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=0`,
  });

  it("refuses unsigned requests, and those signed for another service", async () => {
    assert.deepEqual(await raw(target, "{}"), {
      status: 400,
      type: "com.amazon.coral.service#MissingAuthenticationTokenException",
    });
    assert.deepEqual(await raw(signed("dynamodb"), "{}"), {
      status: 400,
      type: "com.amazon.coral.service#InvalidSignatureException",
    });
  });

  it("refuses bodies that are not JSON, or not a request", async () => {
    const malformed = { status: 400, type: "com.amazon.coral.service#SerializationException" };
    assert.deepEqual(await raw(signed("aws-marketplace"), "{"), malformed);
    assert.deepEqual(await raw(signed("aws-marketplace"), "[1]"), {
      ...malformed,
      type: "com.amazon.coral.service#ValidationException",
    });
    assert.deepEqual(await raw(signed("aws-marketplace"), '{"UsageRecords":{}}'), malformed);
  });

  it("says so where the API does not exist", async () => {
    const { send } = await metering();
    assert.deepEqual(await refusal(send([record()], undefined, "us-gov-west-1")), {
      name: "DisabledApiException",
      message: "The API is disabled in the Region us-gov-west-1",
      status: 400,
    });
  });

  describe("quota", () => {
    const outcomes = async (send: (n: number) => Promise<unknown>, count: number) => {
      const results: string[] = [];
      for (let n = 0; n < count; n++) {
        results.push(
          await send(n).then(
            () => "taken",
            (error: Error) => error.name,
          ),
        );
      }
      return results;
    };
    const taken = (count: number) => Array<string>(count).fill("taken");

    it("takes ten requests at once, throttles the eleventh, and takes one more each 100 ms", async () => {
      const { service, clock, send } = await metering();
      const one = (n: number) => send([record({ Quantity: n })]);
      assert.deepEqual(await outcomes(one, 11), [...taken(10), "ThrottlingException"]);
      assert.deepEqual(await refusal(one(0)), { name: "ThrottlingException", message: "Rate exceeded", status: 400 });
      clock.set("2026-11-23T10:30:00.099Z");
      assert.deepEqual(await outcomes(one, 1), ["ThrottlingException"]);
      clock.set("2026-11-23T10:30:00.100Z");
      assert.deepEqual(await outcomes(one, 2), ["taken", "ThrottlingException"]);
      clock.set("2026-11-23T10:30:00.400Z");
      assert.deepEqual(await outcomes(one, 4), [...taken(3), "ThrottlingException"]);
      clock.set("2026-11-23T11:00:00Z");
      assert.deepEqual(await outcomes(one, 11), [...taken(10), "ThrottlingException"]);
      assert.equal(service.calls.filter(({ error }) => error?.name === "ThrottlingException").length, 6);
    });

    it("counts each Region for itself, and books nothing that it throttles", async () => {
      const { service, send } = await metering({ quota: { ratePerSecond: 1, capacity: 2 } });
      const at = (region: string) => (n: number) =>
        send([record({ Dimension: n < 2 ? "Calls" : "Hours" })], undefined, region);
      assert.deepEqual(await outcomes(at("us-east-1"), 3), [...taken(2), "ThrottlingException"]);
      assert.deepEqual(await outcomes(at("eu-west-1"), 3), [...taken(2), "ThrottlingException"]);
      assert.deepEqual(
        service.billed().map(({ dimension }) => dimension),
        ["Calls", "Calls"],
      );
    });
  });
});
