import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { accountOf } from "./account.ts";
import {
  isDeferred,
  listProblems,
  nameProblems,
  type Problem,
  refuse,
  show,
  tagProblems,
  textProblems,
  unknownProperties,
} from "./checks.ts";
import { policy, type Statement } from "./documents.ts";
import { tagsOf } from "./names.ts";
import { regionProblems } from "./regions.ts";

/** Arguments of MeteringRole. */
export interface MeteringRoleArgs {
  /** The AWS services that may assume the role, such as "ecs-tasks.amazonaws.com". Defaults to Lambda alone. */
  services?: pulumi.Input<pulumi.Input<string>[]> | undefined;
  /** The ARNs of roles, users or accounts that may assume the role, such as a pipeline in another account. Defaults to none. */
  principalArns?: pulumi.Input<pulumi.Input<string>[]> | undefined;
  /** The Regions in which usage may be submitted. Send one record to one Region only: another bills it again. Defaults to the Region of the provider. */
  regions?: pulumi.Input<pulumi.Input<string>[]> | undefined;
  /** Tags, merged over the component's own. Defaults to none. */
  tags?: pulumi.Input<Record<string, pulumi.Input<string>>> | undefined;
}

/** A role that may submit usage to AWS Marketplace with BatchMeterUsage, and nothing else. For the pipeline of this package, or for one of your own. */
export class MeteringRole extends pulumi.ComponentResource {
  /** The ARN of the role. */
  readonly roleArn: pulumi.Output<string>;
  /** The name of the role, to attach what else your program needs. */
  readonly roleName: pulumi.Output<string>;

  constructor(name: string, args: MeteringRoleArgs = {}, opts?: pulumi.ComponentResourceOptions) {
    refuse("MeteringRole", name, [...nameProblems(name, LONGEST_NAME), ...roleProblems(args)]);
    super("aws-marketplace-metering:index:MeteringRole", name, args, opts);
    const regions = args.regions ?? [accountOf(this).region];

    const role = new aws.iam.Role(
      `${name}-role`,
      {
        description: "May submit usage to AWS Marketplace, and nothing else",
        assumeRolePolicy: policy(...trustStatements(args)),
        tags: tagsOf(name, args.tags),
      },
      { parent: this },
    );
    new aws.iam.RolePolicy(
      `${name}-submit-usage`,
      {
        role: role.name,
        // The action knows no resources and no condition keys of its own: the Region is all that narrows it.
        policy: policy({
          Sid: "SubmitUsage",
          Effect: "Allow",
          Action: "aws-marketplace:BatchMeterUsage",
          Resource: "*",
          Condition: { StringEquals: { "aws:RequestedRegion": regions } },
        }),
      },
      { parent: this },
    );

    this.roleArn = role.arn;
    this.roleName = role.name;
    this.registerOutputs({ roleArn: this.roleArn, roleName: this.roleName });
  }
}

/** Who may assume the role: services and principals each in a statement of their own. */
function trustStatements(args: MeteringRoleArgs): Statement[] {
  const assume = { Effect: "Allow", Action: "sts:AssumeRole" } as const;
  const statements: Statement[] = [];
  const services = args.services ?? (args.principalArns === undefined ? ["lambda.amazonaws.com"] : []);
  if (!isEmpty(services))
    statements.push({
      Sid: "AssumedByServices",
      ...assume,
      Principal: { Service: services } as aws.iam.ServicePrincipal,
    });
  if (!isEmpty(args.principalArns ?? [])) {
    statements.push({
      Sid: "AssumedByPrincipals",
      ...assume,
      Principal: { AWS: args.principalArns } as aws.iam.AWSPrincipal,
    });
  }
  return statements;
}

/** A role's name has at most 64 characters, 8 of them the random suffix. */
const LONGEST_NAME = 64 - "-role".length - 8;

/** What is wrong with the arguments of a MeteringRole. */
function roleProblems(args: MeteringRoleArgs): Problem[] {
  const misspelt = unknownProperties("", args, ["services", "principalArns", "regions", "tags"]);
  if (misspelt.length > 0) return misspelt;
  const nobody = args.services !== undefined && isEmpty(args.services) && isEmpty(args.principalArns ?? []);
  return [
    ...listProblems("services", args.services, (path, service) =>
      textProblems(
        path,
        service,
        /^[a-z0-9.-]+\.amazonaws\.com(\.cn)?$/,
        'an AWS service such as "lambda.amazonaws.com"',
      ),
    ),
    ...listProblems("principalArns", args.principalArns, (path, arn) =>
      textProblems(
        path,
        arn,
        /^arn:[^:*]+:(iam|sts)::\d{12}:[^*]+$/,
        "the ARN of a role, a user or an account, without wildcards",
      ),
    ),
    ...(nobody ? [{ path: "services", reason: `is ${show(args.services)}: nobody could assume the role` }] : []),
    ...listProblems("regions", args.regions, regionProblems),
    ...(isEmpty(args.regions) ? [{ path: "regions", reason: "is []: it must name at least one Region" }] : []),
    ...tagProblems(args.tags),
  ];
}

const isEmpty = (list: pulumi.Input<pulumi.Input<string>[]> | undefined): boolean =>
  !isDeferred(list) && Array.isArray(list) && list.length === 0;
