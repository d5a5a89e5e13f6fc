import * as pulumi from "@pulumi/pulumi";

/** Tags as a user gives them. */
export type Tags = pulumi.Input<Record<string, pulumi.Input<string>>>;

/** A user's tags over the component's own, which says what a resource belongs to. */
export function tagsOf(component: string, tags: Tags | undefined): pulumi.Output<Record<string, string>> {
  const own: Record<string, string> = { "marketplace-metering": component };
  return pulumi.output(tags ?? {}).apply((given) => ({ ...own, ...given }));
}

/**
 * A name that no other stack in the account shares, made of the project, the stack and the component. For what must be named before it
 * exists: the trail (its bucket's policy holds its ARN) and the metrics (alarms of one stack must not see another's).
 */
export function uniqueName(component: string): string {
  return trailName(`${pulumi.getProject()}-${pulumi.getStack()}-${component}`);
}

/** A text as CloudTrail takes it for a name: no two of `. _ -` in a row, none at the ends, at most 128 characters. */
export function trailName(text: string): string {
  return text
    .replace(/[^A-Za-z0-9._-]/g, "-")
    .replace(/[._-]{2,}/g, "-")
    .slice(-128)
    .replace(/^[._-]+|[._-]+$/g, "");
}
