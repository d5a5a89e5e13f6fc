// Events of many services, as a trail of management events is full of: their fields, their sizes and how often they come are those of
// an account with applications in containers and functions, a pipeline that deploys them, and people who look at it.
import { type Random, text, uuid } from "../../sandbox/metering/identifiers.ts";

/** What a kind of event says besides what every event says. */
export interface Service {
  /** How often it comes, against the others. */
  readonly weight: number;
  readonly source: string;
  readonly name: string;
  readonly readOnly: boolean;
  readonly by: "application" | "pipeline" | "person" | "service";
  readonly request: (draw: Draw) => unknown;
  readonly response?: (draw: Draw) => unknown;
  readonly resources?: (draw: Draw) => unknown;
}

/** What names are drawn with: most things in an account are named again and again. */
export interface Draw {
  readonly account: string;
  readonly region: string;
  readonly random: Random;
  /** One of so many names that begin alike. */
  name(prefix: string, of: number): string;
  hex(length: number): string;
  uuid(): string;
}

export function drawer(account: string, region: string, random: Random): Draw {
  return {
    account,
    region,
    random,
    // Some are named far more often than others.
    name: (prefix, of) => `${prefix}${Math.floor(random() ** 4 * of)}`,
    hex: (length) => text(random, length, "0123456789abcdef"),
    uuid: () => uuid(random),
  };
}

const arn = ({ account, region }: Draw, service: string, rest: string) =>
  `arn:aws:${service}:${region}:${account}:${rest}`;

const assumeRole = (draw: Draw) => ({
  roleArn: `arn:aws:iam::${draw.account}:role/${draw.name("task-", 40)}`,
  roleSessionName: draw.name("session-", 400),
  durationSeconds: 3600,
});

const credentials = (draw: Draw) => ({
  credentials: {
    accessKeyId: `ASIA${text(draw.random, 16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")}`,
    expiration: "Oct 1, 2026, 11:59:59 PM",
  },
  assumedRoleUser: {
    assumedRoleId: `AROA${draw.name("QWERTYUIOPASDFGH", 9)}:${draw.name("session-", 400)}`,
    arn: `arn:aws:sts::${draw.account}:assumed-role/${draw.name("task-", 40)}/${draw.name("session-", 400)}`,
  },
});

const key = (draw: Draw) => arn(draw, "kms", `key/${draw.name("0f5dd1e2-86d4-4f0a-9c7b-1a2b3c4d5e6", 8)}`);

const dataKey = (draw: Draw) => ({
  keyId: key(draw),
  encryptionContext: { "aws:s3:arn": `arn:aws:s3:::${draw.name("tenant-data-", 60)}` },
  encryptionAlgorithm: "SYMMETRIC_DEFAULT",
});

const keyResource = (draw: Draw) => [{ accountId: draw.account, type: "AWS::KMS::Key", ARN: key(draw) }];

/** A policy is a text of JSON inside the JSON, and this one speaks of our event without being one. */
const meteringPolicy = JSON.stringify({
  Version: "2012-10-17",
  Statement: [
    { Sid: "Meter", Effect: "Allow", Action: ["aws-marketplace:BatchMeterUsage"], Resource: "*" },
    { Effect: "Allow", Action: ["logs:CreateLogStream", "logs:PutLogEvents"], Resource: "arn:aws:logs:*:*:*" },
  ],
});

const networkInterface = (draw: Draw) => ({
  networkInterfaceId: `eni-0${draw.hex(16)}`,
  subnetId: `subnet-0${draw.name("a1b2c3d4e5f6071", 6)}`,
  vpcId: "vpc-0a1b2c3d4e5f60718",
  availabilityZone: `${draw.region}${draw.name("", 3)}`,
  description: `arn:aws:ecs:${draw.region}:${draw.account}:attachment/${draw.uuid()}`,
  ownerId: draw.account,
  requesterManaged: false,
  status: "pending",
  macAddress: `0a:${draw.hex(2)}:${draw.hex(2)}:${draw.hex(2)}:${draw.hex(2)}:${draw.hex(2)}`,
  privateIpAddress: `10.0.${Math.floor(draw.random() * 256)}.${Math.floor(draw.random() * 256)}`,
  sourceDestCheck: true,
  groupSet: { items: [{ groupId: `sg-0${draw.name("9f8e7d6c5b4a392", 9)}`, groupName: draw.name("application-", 9) }] },
  tagSet: { items: [{ key: "aws:ecs:serviceName", value: draw.name("service-", 30) }] },
});

const task = (draw: Draw) => ({
  taskArn: arn(draw, "ecs", `task/production/${draw.hex(32)}`),
  clusterArn: arn(draw, "ecs", "cluster/production"),
  taskDefinitionArn: arn(draw, "ecs", `task-definition/${draw.name("service-", 30)}:${draw.name("", 90)}`),
  overrides: { containerOverrides: [{ name: "app" }, { name: "log-router" }], inferenceAcceleratorOverrides: [] },
  lastStatus: "PROVISIONING",
  desiredStatus: "RUNNING",
  cpu: "512",
  memory: "1024",
  containers: ["app", "log-router"].map((name) => ({
    containerArn: arn(draw, "ecs", `container/production/${draw.hex(12)}`),
    name,
    image: `${draw.account}.dkr.ecr.${draw.region}.amazonaws.com/${name}:${draw.name("release-", 90)}`,
    lastStatus: "PENDING",
    networkInterfaces: [],
    cpu: name === "app" ? "448" : "64",
  })),
  version: 1,
  createdAt: "Oct 1, 2026, 10:00:00 AM",
  group: `service:${draw.name("service-", 30)}`,
  launchType: "FARGATE",
  platformVersion: "1.4.0",
  tags: [],
});

const environment = Object.fromEntries(
  ["DATABASE_HOST", "CACHE_HOST", "LOG_LEVEL", "FEATURE_FLAGS"].map((name) => [name, "HIDDEN_DUE_TO_SECURITY_REASONS"]),
);

export const services: readonly Service[] = [
  {
    weight: 6,
    source: "sts",
    name: "AssumeRole",
    readOnly: true,
    by: "service",
    request: assumeRole,
    response: credentials,
  },
  {
    weight: 24,
    source: "kms",
    name: "Decrypt",
    readOnly: true,
    by: "application",
    request: dataKey,
    resources: keyResource,
  },
  {
    weight: 10,
    source: "kms",
    name: "GenerateDataKey",
    readOnly: true,
    by: "application",
    request: dataKey,
    resources: keyResource,
  },
  { weight: 6, source: "sts", name: "GetCallerIdentity", readOnly: true, by: "application", request: () => null },
  {
    weight: 3,
    source: "logs",
    name: "CreateLogStream",
    readOnly: false,
    by: "application",
    request: (draw) => ({
      logGroupName: draw.name("/aws/lambda/worker-", 50),
      logStreamName: `2026/10/01/[$LATEST]${draw.hex(32)}`,
    }),
  },
  {
    weight: 5,
    source: "ssm",
    name: "GetParametersByPath",
    readOnly: true,
    by: "application",
    request: (draw) => ({ path: draw.name("/production/service-", 30), recursive: true, withDecryption: true }),
  },
  {
    weight: 5,
    source: "secretsmanager",
    name: "GetSecretValue",
    readOnly: true,
    by: "application",
    request: (draw) => ({ secretId: arn(draw, "secretsmanager", `secret:${draw.name("db/tenant-", 60)}-aB3dE6`) }),
  },
  {
    weight: 8,
    source: "ec2",
    name: "DescribeInstances",
    readOnly: true,
    by: "service",
    request: (draw) => ({
      maxResults: 1000,
      instancesSet: {},
      filterSet: { items: [{ name: "tag:Name", valueSet: { items: [{ value: draw.name("worker-", 50) }] } }] },
    }),
  },
  {
    weight: 2,
    source: "ec2",
    name: "CreateNetworkInterface",
    readOnly: false,
    by: "service",
    request: (draw) => ({
      subnetId: `subnet-0${draw.name("a1b2c3d4e5f6071", 6)}`,
      groupSet: { items: [] },
      privateIpAddressesSet: {},
    }),
    response: (draw) => ({ requestId: draw.uuid(), networkInterface: networkInterface(draw) }),
  },
  {
    weight: 3,
    source: "ec2",
    name: "DescribeNetworkInterfaces",
    readOnly: true,
    by: "service",
    request: (draw) => ({
      networkInterfaceIdSet: { items: [{ networkInterfaceId: `eni-0${draw.hex(16)}` }] },
      filterSet: {},
    }),
  },
  {
    weight: 2,
    source: "ecs",
    name: "RunTask",
    readOnly: false,
    by: "application",
    request: (draw) => ({
      cluster: "production",
      taskDefinition: draw.name("service-", 30),
      launchType: "FARGATE",
      count: 1,
    }),
    response: (draw) => ({ tasks: [task(draw)], failures: [] }),
  },
  {
    weight: 3,
    source: "ecs",
    name: "DescribeTasks",
    readOnly: true,
    by: "pipeline",
    request: (draw) => ({ cluster: "production", tasks: [arn(draw, "ecs", `task/production/${draw.hex(32)}`)] }),
  },
  {
    weight: 3,
    source: "elasticloadbalancing",
    name: "DescribeTargetHealth",
    readOnly: true,
    by: "service",
    request: (draw) => ({
      targetGroupArn: arn(draw, "elasticloadbalancing", `targetgroup/${draw.name("service-", 30)}/0a1b2c3d4e5f6071`),
    }),
  },
  {
    weight: 3,
    source: "dynamodb",
    name: "DescribeTable",
    readOnly: true,
    by: "application",
    request: (draw) => ({ tableName: draw.name("tenant-", 60) }),
    resources: (draw) => [
      {
        accountId: draw.account,
        type: "AWS::DynamoDB::Table",
        ARN: arn(draw, "dynamodb", `table/${draw.name("tenant-", 60)}`),
      },
    ],
  },
  {
    weight: 2,
    source: "ecr",
    name: "BatchGetImage",
    readOnly: true,
    by: "service",
    request: (draw) => ({
      registryId: draw.account,
      repositoryName: draw.name("service-", 30),
      imageIds: [{ imageTag: draw.hex(12) }],
    }),
  },
  {
    weight: 2,
    source: "lambda",
    name: "GetFunction20150331v2",
    readOnly: true,
    by: "pipeline",
    request: (draw) => ({ functionName: arn(draw, "lambda", `function:${draw.name("worker-", 50)}`) }),
  },
  {
    weight: 1,
    source: "lambda",
    name: "UpdateFunctionConfiguration20150331v2",
    readOnly: false,
    by: "pipeline",
    request: (draw) => ({ functionName: draw.name("worker-", 50), memorySize: 512, environment: {} }),
    response: (draw) => ({
      functionName: draw.name("worker-", 50),
      functionArn: arn(draw, "lambda", `function:${draw.name("worker-", 50)}`),
      runtime: "nodejs24.x",
      role: `arn:aws:iam::${draw.account}:role/${draw.name("task-", 40)}`,
      codeSha256: `${draw.hex(43)}=`,
      environment: { variables: environment },
      tracingConfig: { mode: "PassThrough" },
      revisionId: draw.uuid(),
      state: "Active",
      loggingConfig: { logFormat: "JSON", logGroup: draw.name("/aws/lambda/worker-", 50) },
    }),
  },
  {
    weight: 2,
    source: "s3",
    name: "GetBucketAcl",
    readOnly: true,
    by: "service",
    request: (draw) => ({
      bucketName: draw.name("tenant-data-", 60),
      Host: `${draw.name("tenant-data-", 60)}.s3.${draw.region}.amazonaws.com`,
      acl: "",
    }),
    resources: (draw) => [
      { accountId: draw.account, type: "AWS::S3::Bucket", ARN: `arn:aws:s3:::${draw.name("tenant-data-", 60)}` },
    ],
  },
  {
    weight: 2,
    source: "s3",
    name: "ListBuckets",
    readOnly: true,
    by: "person",
    request: () => ({ Host: "s3.amazonaws.com" }),
  },
  {
    weight: 2,
    source: "monitoring",
    name: "PutMetricAlarm",
    readOnly: false,
    by: "pipeline",
    request: (draw) => ({
      alarmName: draw.name("service-", 30),
      alarmDescription: 'Opens when "5xx" answers go over 1 %.\nRunbook: C:\\runbooks\\5xx.md',
      metricName: "HTTPCode_Target_5XX_Count",
      namespace: "AWS/ApplicationELB",
      dimensions: [{ name: "LoadBalancer", value: `app/${draw.name("service-", 30)}/0a1b2c3d4e5f6071` }],
      alarmActions: [arn(draw, "sns", "on-call")],
      period: 60,
      threshold: 1.5,
      comparisonOperator: "GreaterThanThreshold",
    }),
  },
  {
    weight: 1,
    source: "iam",
    name: "PutRolePolicy",
    readOnly: false,
    by: "pipeline",
    request: (draw) => ({
      roleName: draw.name("task-", 40),
      policyName: "logs",
      policyDocument: meteringPolicy.replace("BatchMeterUsage", "MeterUsage"),
    }),
  },
  {
    weight: 0.01,
    source: "iam",
    name: "CreatePolicyVersion",
    readOnly: false,
    by: "pipeline",
    request: (draw) => ({
      policyArn: `arn:aws:iam::${draw.account}:policy/metering`,
      policyDocument: meteringPolicy,
      setAsDefault: true,
    }),
  },
  {
    weight: 2,
    source: "cloudformation",
    name: "DescribeStackEvents",
    readOnly: true,
    by: "pipeline",
    request: (draw) => ({
      stackName: arn(draw, "cloudformation", `stack/${draw.name("service-", 30)}/${draw.uuid()}`),
    }),
  },
  {
    weight: 1,
    source: "autoscaling",
    name: "DescribeAutoScalingGroups",
    readOnly: true,
    by: "service",
    request: (draw) => ({ autoScalingGroupNames: [draw.name("workers-", 12)], maxRecords: 100 }),
  },
];
