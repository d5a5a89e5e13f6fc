import { equal, throws } from "node:assert/strict";
import {
  decide,
  type Policies,
  type Principal,
  parsePolicy,
  type Statement,
} from "../../../sandbox/account/iam/policy.ts";

const role = "arn:aws:iam::123456789012:role/app";
const queue = "arn:aws:sqs:us-east-1:123456789012:usage";
const allow: Statement = { Effect: "Allow", Action: "sqs:SendMessage", Resource: queue };

interface Case {
  identity?: Statement[];
  resource?: Statement[];
  principal?: Principal;
  action?: string;
  on?: string;
  context?: Record<string, string>;
  resourceDecides?: boolean;
}

function verdict({ identity = [], resource = [], principal = { roleArn: role }, ...rest }: Case) {
  const { action = "sqs:SendMessage", on = queue, context = {}, resourceDecides = false } = rest;
  const policies: Policies = {
    identity: [{ Statement: identity }],
    resource: [{ Statement: resource }],
    resourceDecides,
  };
  return decide({ principal, action, resource: on, context }, policies);
}

describe("IAM's decision", () => {
  it("allows what a statement of the role names, and nothing else", () => {
    equal(verdict({ identity: [allow] }), "allowed");
    equal(verdict({ identity: [allow], action: "sqs:ReceiveMessage" }), "not allowed");
    equal(verdict({ identity: [allow], on: `${queue}-other` }), "not allowed");
    equal(verdict({}), "not allowed");
  });

  it("takes actions in any case, resources in theirs", () => {
    equal(verdict({ identity: [{ ...allow, Action: "SQS:sendmessage" }] }), "allowed");
    equal(verdict({ identity: [{ ...allow, Resource: queue.toUpperCase() }] }), "not allowed");
  });

  it("takes * and ? for what they stand for, and a dot for a dot", () => {
    equal(verdict({ identity: [{ ...allow, Action: "sqs:Send*", Resource: "arn:aws:sqs:*:*:usag?" }] }), "allowed");
    equal(verdict({ identity: [{ ...allow, Resource: "arn:aws:sqs:*:*:usage?" }] }), "not allowed");
    equal(verdict({ identity: [{ ...allow, Resource: queue.replace("usage", "us.ge") }] }), "not allowed");
  });

  it("lets NotAction and NotResource name what is left out", () => {
    const rest: Statement = { Effect: "Allow", NotAction: "sqs:DeleteQueue", NotResource: `${queue}-secret` };
    equal(verdict({ identity: [rest] }), "allowed");
    equal(verdict({ identity: [rest], action: "sqs:DeleteQueue" }), "not allowed");
    equal(verdict({ identity: [rest], on: `${queue}-secret` }), "not allowed");
  });

  it("lets an explicit deny win, whichever policy holds it", () => {
    const deny: Statement = { Effect: "Deny", Action: "sqs:*", Resource: "*" };
    equal(verdict({ identity: [allow, deny] }), "explicitly denied");
    equal(verdict({ identity: [allow], resource: [{ ...deny, Principal: "*" }] }), "explicitly denied");
    equal(verdict({ identity: [allow], resource: [{ ...deny, Principal: { AWS: `${role}-other` } }] }), "allowed");
    equal(
      verdict({ identity: [allow], resource: [{ ...deny, Principal: { AWS: "123456789012" } }] }),
      "explicitly denied",
    );
  });

  it("lets a resource's policy allow a role of the account by itself, and leave it to the account", () => {
    equal(verdict({ resource: [{ ...allow, Principal: { AWS: [role] } }] }), "allowed");
    equal(verdict({ resource: [{ ...allow, Principal: { AWS: "arn:aws:iam::123456789012:root" } }] }), "not allowed");
  });

  it("asks a key's own policy first: without it the role's rights count for nothing", () => {
    const use: Statement = { Effect: "Allow", Action: "kms:*", Resource: "*" };
    const key = {
      identity: [use],
      action: "kms:Decrypt",
      on: "arn:aws:kms:us-east-1:123456789012:key/1",
      resourceDecides: true,
    };
    equal(verdict(key), "not allowed");
    equal(verdict({ ...key, resource: [{ ...use, Principal: { AWS: "arn:aws:iam::123456789012:root" } }] }), "allowed");
    equal(
      verdict({ ...key, identity: [], resource: [{ ...use, Principal: { AWS: "arn:aws:iam::123456789012:root" } }] }),
      "not allowed",
    );
  });

  it("lets a service in only by name", () => {
    const forTrail: Statement = { ...allow, Principal: { Service: ["cloudtrail.amazonaws.com"] } };
    equal(verdict({ resource: [forTrail], principal: { service: "cloudtrail.amazonaws.com" } }), "allowed");
    equal(verdict({ resource: [forTrail], principal: { service: "events.amazonaws.com" } }), "not allowed");
    equal(verdict({ resource: [forTrail] }), "not allowed");
  });

  const conditions: [string, Statement["Condition"], Record<string, string>, boolean][] = [
    [
      "StringEquals",
      { StringEquals: { "aws:RequestedRegion": ["eu-west-1", "us-east-1"] } },
      { "aws:RequestedRegion": "us-east-1" },
      true,
    ],
    [
      "StringEquals of another value",
      { StringEquals: { "aws:RequestedRegion": "us-east-1" } },
      { "aws:RequestedRegion": "eu-west-1" },
      false,
    ],
    ["StringEquals of an absent key", { StringEquals: { "aws:SourceArn": "x" } }, {}, false],
    ["a key in another case", { StringEquals: { "AWS:sourcearn": "x" } }, { "aws:SourceArn": "x" }, true],
    ["StringNotEquals of an absent key", { StringNotEquals: { "aws:SourceArn": "x" } }, {}, true],
    [
      "StringNotEquals of one of two",
      { StringNotEquals: { "aws:SourceArn": ["x", "y"] } },
      { "aws:SourceArn": "y" },
      false,
    ],
    ["StringEqualsIfExists of an absent key", { StringEqualsIfExists: { "aws:SourceArn": "x" } }, {}, true],
    [
      "StringLike",
      { StringLike: { "kms:ViaService": "dynamodb.*" } },
      { "kms:ViaService": "dynamodb.us-east-1.amazonaws.com" },
      true,
    ],
    [
      "StringEquals with a star, which is a star there",
      { StringEquals: { "kms:ViaService": "dynamodb.*" } },
      { "kms:ViaService": "dynamodb.x" },
      false,
    ],
    [
      "ArnLike",
      { ArnLike: { "aws:SourceArn": "arn:aws:events:*:*:rule/a" } },
      { "aws:SourceArn": "arn:aws:events:eu-west-1:1:rule/a" },
      true,
    ],
    ["Bool", { Bool: { "aws:SecureTransport": false } }, { "aws:SecureTransport": "true" }, false],
    ["Null of an absent key", { Null: { "aws:SourceArn": "true" } }, {}, true],
    ["Null of a present key", { Null: { "aws:SourceArn": true } }, { "aws:SourceArn": "x" }, false],
    [
      "a variable",
      { StringEquals: { "aws:SourceArn": "$" + "{aws:PrincipalArn}" } },
      { "aws:SourceArn": role, "aws:PrincipalArn": role },
      true,
    ],
    [
      "two operators, one of which fails",
      { StringEquals: { a: "1" }, StringLike: { b: "2*" } },
      { a: "1", b: "3" },
      false,
    ],
  ];
  for (const [name, Condition, context, holds] of conditions) {
    it(`${holds ? "allows" : "does not allow"} under ${name}`, () => {
      equal(
        verdict({ identity: [{ ...allow, Condition }] as Statement[], context }),
        holds ? "allowed" : "not allowed",
      );
    });
  }

  it("refuses an operator or an element it does not know rather than guess", () => {
    throws(() => verdict({ identity: [{ ...allow, Condition: { DateLessThan: { "aws:CurrentTime": "2026" } } }] }), {
      message: /^Condition operator DateLessThan is not emulated: use one of StringEquals,/,
    });
    throws(() => parsePolicy({ Statement: [{ ...allow, NotPrincipal: "*" }] }), {
      message: /^Policy element NotPrincipal in \{.*\} is not one of Sid, Effect,/,
    });
  });
});
