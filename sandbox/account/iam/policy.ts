// IAM's decision: what policies say about one request. Pure; an operator or element it does not know is an error, never a guess.

export interface PolicyDocument {
  Version?: string;
  Statement: Statement | Statement[];
}

export interface Statement {
  Sid?: string;
  Effect: "Allow" | "Deny";
  Principal?: "*" | { AWS?: string | string[]; Service?: string | string[] };
  Action?: string | string[];
  NotAction?: string | string[];
  Resource?: string | string[];
  NotResource?: string | string[];
  Condition?: Record<string, Record<string, Values>>;
}

type Values = string | string[] | boolean | number;

/** Who asks: a role of the account, or an AWS service. */
export type Principal = { roleArn: string } | { service: string };

export interface AccessRequest {
  principal: Principal;
  /** `service:Action`. */
  action: string;
  resource: string;
  /** Condition keys and their values; a key that is not there is absent from the request. */
  context: Record<string, string>;
}

export interface Policies {
  /** Of the role that asks. */
  identity: PolicyDocument[];
  /** Of the resource asked for. */
  resource: PolicyDocument[];
  /** Whether the role's own policies count only where the resource's policy leaves it to the account, as for KMS keys. Default: no. */
  resourceDecides?: boolean;
}

export type Verdict = "allowed" | "explicitly denied" | "not allowed";

/** Identity and resource policies of one account together: an explicit deny wins, any allow of either kind suffices. */
export function decide(request: AccessRequest, { identity, resource, resourceDecides = false }: Policies): Verdict {
  const own = identity.flatMap(statementsOf).filter((statement) => applies(statement, request));
  const theirs = resource
    .flatMap(statementsOf)
    .filter((statement) => applies(statement, request))
    .map((statement) => ({ Effect: statement.Effect, names: namesPrincipal(statement, request.principal) }))
    .filter(({ names }) => names !== "nobody");
  if (own.some(isDeny) || theirs.some(isDeny)) return "explicitly denied";
  if (theirs.some(({ names }) => names === "itself")) return "allowed";
  const leftToAccount = !resourceDecides || theirs.some(({ names }) => names === "account");
  return own.length > 0 && leftToAccount ? "allowed" : "not allowed";
}

/** Reads a policy as programs give it: an object, or JSON. */
export function parsePolicy(policy: unknown): PolicyDocument {
  const document = (typeof policy === "string" ? JSON.parse(policy) : policy) as PolicyDocument;
  for (const statement of statementsOf(document)) {
    const unknown = Object.keys(statement).filter((element) => !elements.has(element));
    if (unknown.length > 0) {
      throw new Error(
        `Policy element ${unknown.join(", ")} in ${JSON.stringify(statement)} is not one of ${[...elements].join(", ")}.`,
      );
    }
  }
  return document;
}

const elements = new Set(["Sid", "Effect", "Principal", "Action", "NotAction", "Resource", "NotResource", "Condition"]);

const isDeny = ({ Effect }: { Effect: string }) => Effect === "Deny";
const listOf = <T>(value: T | T[] | undefined): T[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value];
const statementsOf = ({ Statement }: PolicyDocument): Statement[] => listOf(Statement);

function applies(statement: Statement, { action, resource, context }: AccessRequest): boolean {
  const isAction = (pattern: string) => matches(pattern.toLowerCase(), action.toLowerCase());
  const isResource = (pattern: string) => matches(substitute(pattern, context), resource);
  return (
    (statement.Action === undefined || listOf(statement.Action).some(isAction)) &&
    !listOf(statement.NotAction).some(isAction) &&
    (statement.Resource === undefined || listOf(statement.Resource).some(isResource)) &&
    !listOf(statement.NotResource).some(isResource) &&
    Object.entries(statement.Condition ?? {}).every(([operator, keys]) =>
      Object.entries(keys).every(([key, expected]) => holds(operator, contextValue(context, key), expected, context)),
    )
  );
}

/** `itself`: the statement names the principal. `account`: it names the account, whose own policies then decide. */
function namesPrincipal({ Principal }: Statement, principal: Principal): "itself" | "account" | "nobody" {
  if (Principal === undefined) return "nobody";
  if (Principal === "*") return "itself";
  if ("service" in principal) return listOf(Principal.Service).includes(principal.service) ? "itself" : "nobody";
  const named = listOf(Principal.AWS);
  if (named.includes("*") || named.includes(principal.roleArn)) return "itself";
  const [, partition, , , accountId] = principal.roleArn.split(":");
  return named.some((arn) => arn === accountId || arn === `arn:${partition}:iam::${accountId}:root`)
    ? "account"
    : "nobody";
}

function contextValue(context: Record<string, string>, key: string): string | undefined {
  return Object.entries(context).find(([name]) => name.toLowerCase() === key.toLowerCase())?.[1];
}

/** One condition of a request that has at most one value for each key. */
function holds(
  operator: string,
  actual: string | undefined,
  expected: Values,
  context: Record<string, string>,
): boolean {
  const values = listOf<string | number | boolean>(expected).map((value) => substitute(String(value), context));
  if (operator === "Null") return values.includes(String(actual === undefined));
  const ifExists = operator.endsWith("IfExists");
  const name = ifExists ? operator.slice(0, -"IfExists".length) : operator;
  const test = tests[name.replace("Not", "")];
  if (test === undefined)
    throw new Error(
      `Condition operator ${operator} is not emulated: use one of ${Object.keys(tests).join(", ")}, their Not forms, IfExists or Null.`,
    );
  const negated = name.includes("Not");
  // An absent key fails a condition, but for the negated ones, which it satisfies.
  if (actual === undefined) return ifExists || negated;
  return values.some((value) => test(value, actual)) !== negated;
}

const tests: Record<string, (expected: string, actual: string) => boolean> = {
  StringEquals: (expected, actual) => expected === actual,
  StringEqualsIgnoreCase: (expected, actual) => expected.toLowerCase() === actual.toLowerCase(),
  StringLike: matches,
  ArnEquals: matches,
  ArnLike: matches,
  Bool: (expected, actual) => expected.toLowerCase() === actual.toLowerCase(),
};

/** Policy variables such as `${aws:PrincipalAccount}`; an absent one matches nothing. */
function substitute(pattern: string, context: Record<string, string>): string {
  return pattern.replace(/\$\{([^}]+)\}/g, (_, key: string) => contextValue(context, key) ?? "\u0000");
}

/** `*` stands for any text, `?` for one character. */
function matches(pattern: string, text: string): boolean {
  let expression = expressions.get(pattern);
  if (expression === undefined) {
    const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&");
    expression = new RegExp(`^${escaped.replaceAll("*", ".*").replaceAll("?", ".")}$`, "s");
    expressions.set(pattern, expression);
  }
  return expression.test(text);
}

// Every call of every function asks the same few patterns: compiling them anew took a twentieth of a run.
const expressions = new Map<string, RegExp>();
