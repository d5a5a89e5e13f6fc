// What a call of an AWS SDK client asks of IAM: actions on resources.
import { arnOf, type State } from "../state.ts";

/** A call as the SDK knows it: `dynamodb`, `PutItem`, and the command's input. */
export interface SdkCall {
  service: "dynamodb" | "s3" | "sqs" | "sns" | "metering" | "cloudtrail";
  command: string;
  input: Record<string, unknown>;
}

export interface Need {
  action: string;
  resource: string;
  /** Condition keys of the service's own. */
  context: Record<string, string>;
}

/**
 * Everything the caller must be allowed to. Calls of the metering service need nothing here: that service asks for itself.
 * @throws {Error} for a command whose needs are not known.
 */
export function needsOf(call: SdkCall, state: State): Need[] {
  switch (call.service) {
    case "dynamodb":
      return tableNeeds(call, state);
    case "s3":
      return bucketNeeds(call, state);
    case "sqs":
      return queueNeeds(call, state);
    case "sns":
      return topicNeeds(call, state);
    case "metering":
      return [];
    case "cloudtrail":
      return trailNeeds(call);
  }
}

function tableNeeds(call: SdkCall, state: State): Need[] {
  if (!tableCommands.has(call.command)) throw unknown(call);
  const { TableName, IndexName, RequestItems } = call.input as Record<string, string> & { RequestItems?: object };
  const names = RequestItems ? Object.keys(RequestItems) : [TableName ?? ""];
  return names.flatMap((given) => {
    const name = given.split("/").at(-1) as string;
    const arn = arnOf(state.place, "dynamodb", `table/${name}`);
    const key = state.tables.get(name)?.kmsKeyArn;
    return [
      { action: `dynamodb:${call.command}`, resource: IndexName ? `${arn}/index/${IndexName}` : arn, context: {} },
      // DynamoDB opens the table's key with the caller's own rights.
      ...(isControl(call.command) ? [] : keyNeeds(key, ["kms:Decrypt"], "dynamodb", state)),
    ];
  });
}

const tableCommands = new Set(
  "GetItem BatchGetItem Query Scan PutItem UpdateItem DeleteItem BatchWriteItem DescribeTable".split(" "),
);
const isControl = (command: string) => command === "DescribeTable";

function bucketNeeds(call: SdkCall, state: State): Need[] {
  const action = bucketActions[call.command];
  if (action === undefined) throw unknown(call);
  const { Bucket = "", Key, Prefix, Delimiter } = call.input as Record<string, string>;
  const arn = arnOf(state.place, "s3", Bucket);
  const key = state.buckets.get(Bucket)?.kmsKeyArn;
  return [
    {
      action,
      resource: Key === undefined ? arn : `${arn}/${Key}`,
      context:
        action === "s3:ListBucket"
          ? { "s3:prefix": Prefix ?? "", ...(Delimiter && { "s3:delimiter": Delimiter }) }
          : {},
    },
    ...(action === "s3:GetObject" ? keyNeeds(key, ["kms:Decrypt"], "s3", state) : []),
    ...(action === "s3:PutObject" ? keyNeeds(key, ["kms:GenerateDataKey"], "s3", state) : []),
  ];
}

const bucketActions: Record<string, string> = {
  GetObject: "s3:GetObject",
  HeadObject: "s3:GetObject",
  PutObject: "s3:PutObject",
  CreateMultipartUpload: "s3:PutObject",
  UploadPart: "s3:PutObject",
  CompleteMultipartUpload: "s3:PutObject",
  AbortMultipartUpload: "s3:AbortMultipartUpload",
  DeleteObject: "s3:DeleteObject",
  ListObjects: "s3:ListBucket",
  ListObjectsV2: "s3:ListBucket",
  HeadBucket: "s3:ListBucket",
};

function queueNeeds(call: SdkCall, state: State): Need[] {
  const action = call.command.replace(/Batch$/, "");
  if (!queueActions.has(action)) throw unknown(call);
  const { QueueUrl, QueueName } = call.input as Record<string, string>;
  const name = QueueName ?? QueueUrl?.split("/").at(-1) ?? "";
  const keyActions =
    { SendMessage: ["kms:GenerateDataKey", "kms:Decrypt"], ReceiveMessage: ["kms:Decrypt"] }[action] ?? [];
  return [
    { action: `sqs:${action}`, resource: arnOf(state.place, "sqs", name), context: {} },
    ...keyNeeds(state.queues.get(name)?.kmsKeyArn, keyActions, "sqs", state),
  ];
}

const queueActions = new Set(
  "SendMessage ReceiveMessage DeleteMessage ChangeMessageVisibility GetQueueAttributes GetQueueUrl PurgeQueue".split(
    " ",
  ),
);

function topicNeeds(call: SdkCall, state: State): Need[] {
  if (call.command !== "Publish" && call.command !== "PublishBatch") throw unknown(call);
  const resource = String(call.input.TopicArn);
  return [
    { action: "sns:Publish", resource, context: {} },
    ...keyNeeds(state.topics.get(resource)?.kmsKeyArn, ["kms:GenerateDataKey", "kms:Decrypt"], "sns", state),
  ];
}

/** Public keys belong to no resource. Source: "Actions, resources, and condition keys for AWS CloudTrail", service authorization reference. */
function trailNeeds(call: SdkCall): Need[] {
  if (call.command !== "ListPublicKeys") throw unknown(call);
  return [{ action: "cloudtrail:ListPublicKeys", resource: "*", context: {} }];
}

function keyNeeds(keyArn: string | undefined, actions: string[], service: string, { place }: State): Need[] {
  if (keyArn === undefined) return [];
  const context = {
    "kms:ViaService": `${service}.${place.region}.amazonaws.com`,
    "kms:CallerAccount": place.accountId,
  };
  return actions.map((action) => ({ action, resource: keyArn, context }));
}

function unknown({ service, command }: SdkCall): Error {
  return new Error(`What ${service} ${command} needs of IAM is not known: add it to sandbox/account/iam/requests.ts.`);
}
