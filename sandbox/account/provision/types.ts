// Every resource type that can be made here, and how.
import { configureBucket, encryptBucket, makeBucket, makeBucketPolicy } from "./buckets.ts";
import { configureInvocation, makeFunction, makeMapping, permitInvocation } from "./compute.ts";
import { makeAlarm, makeLogGroup, makeLogPolicy, makeRule, makeSchedule, makeTarget, makeTrail } from "./events.ts";
import { attachPolicy, makeKey, makeKeyAlias, makePolicy, makeRole, makeRolePolicy } from "./identity.ts";
import { makeQueue, makeQueuePolicy, makeSubscription, makeTopic, makeTopicPolicy } from "./messaging.ts";
import type { Provision } from "./resource.ts";
import { makeTable } from "./tables.ts";

export const provisions: Record<string, Provision> = {
  "aws:cloudtrail/trail:Trail": makeTrail,
  "aws:cloudwatch/eventRule:EventRule": makeRule,
  "aws:cloudwatch/eventTarget:EventTarget": makeTarget,
  "aws:cloudwatch/logGroup:LogGroup": makeLogGroup,
  "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": makeLogPolicy,
  "aws:cloudwatch/metricAlarm:MetricAlarm": makeAlarm,
  "aws:dynamodb/table:Table": makeTable,
  "aws:iam/policy:Policy": makePolicy,
  "aws:iam/role:Role": makeRole,
  "aws:iam/rolePolicy:RolePolicy": makeRolePolicy,
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": attachPolicy,
  "aws:kms/alias:Alias": makeKeyAlias,
  "aws:kms/key:Key": makeKey,
  "aws:lambda/eventSourceMapping:EventSourceMapping": makeMapping,
  "aws:lambda/function:Function": makeFunction,
  "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": configureInvocation,
  "aws:lambda/permission:Permission": permitInvocation,
  "aws:s3/bucket:Bucket": makeBucket,
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": configureBucket,
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls": configureBucket,
  "aws:s3/bucketPolicy:BucketPolicy": makeBucketPolicy,
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": configureBucket,
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": encryptBucket,
  "aws:s3/bucketVersioning:BucketVersioning": configureBucket,
  "aws:scheduler/schedule:Schedule": makeSchedule,
  "aws:sns/topic:Topic": makeTopic,
  "aws:sns/topicPolicy:TopicPolicy": makeTopicPolicy,
  "aws:sns/topicSubscription:TopicSubscription": makeSubscription,
  "aws:sqs/queue:Queue": makeQueue,
  "aws:sqs/queuePolicy:QueuePolicy": makeQueuePolicy,
};
