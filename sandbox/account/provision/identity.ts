import { parsePolicy } from "../iam/policy.ts";
import { digitsOf, uuidOf } from "../random.ts";
import { arnOf, type Role } from "../state.ts";
import { found, type Made, physicalName, policyText, type Registration, type Site } from "./resource.ts";

export function makeRole(registration: Registration, site: Site): Made {
  const { inputs } = registration;
  if (inputs.inlinePolicies || inputs.managedPolicyArns || inputs.permissionsBoundary) {
    throw new Error(
      `Role "${registration.name}" has inlinePolicies, managedPolicyArns or permissionsBoundary, which are not emulated: use RolePolicy and RolePolicyAttachment.`,
    );
  }
  const name = physicalName(registration, site, 64);
  const arn = arnOf(site.state.place, "iam", `role${(inputs.path as string | undefined) ?? "/"}${name}`);
  site.state.roles.set(arn, {
    name,
    arn,
    trust: parsePolicy(inputs.assumeRolePolicy),
    inline: new Map(),
    attached: new Set(),
  });
  const uniqueId = `AROA${digitsOf(17, site.seed, arn).toUpperCase()}`;
  return { id: name, outputs: { name, arn, uniqueId, assumeRolePolicy: policyText(inputs.assumeRolePolicy) } };
}

export function makeRolePolicy(registration: Registration, site: Site): Made {
  const role = roleOf(registration, site);
  const name = physicalName(registration, site, 128);
  role.inline.set(name, parsePolicy(registration.inputs.policy));
  return { id: `${role.name}:${name}`, outputs: { name, policy: policyText(registration.inputs.policy) } };
}

export function makePolicy(registration: Registration, site: Site): Made {
  const name = physicalName(registration, site, 128);
  const arn = arnOf(site.state.place, "iam", `policy${(registration.inputs.path as string | undefined) ?? "/"}${name}`);
  site.state.policies.set(arn, parsePolicy(registration.inputs.policy));
  return { id: arn, outputs: { name, arn, policy: policyText(registration.inputs.policy) } };
}

export function attachPolicy(registration: Registration, site: Site): Made {
  const role = roleOf(registration, site);
  const arn = String(registration.inputs.policyArn);
  role.attached.add(arn);
  return { id: `${role.name}-${arn}` };
}

export function makeKey(registration: Registration, site: Site): Made {
  const id = uuidOf(site.seed, registration.type, registration.name);
  const arn = arnOf(site.state.place, "kms", `key/${id}`);
  const { policy } = registration.inputs;
  site.state.keys.set(arn, { id, arn, ...(policy !== undefined && { policy: parsePolicy(policy) }) });
  return { id, outputs: { keyId: id, arn, ...(policy !== undefined && { policy: policyText(policy) }) } };
}

export function makeKeyAlias(registration: Registration, site: Site): Made {
  const name = physicalName(registration, site, 256);
  const key = [...site.state.keys.values()].find(({ id, arn }) =>
    [id, arn].includes(String(registration.inputs.targetKeyId)),
  );
  const targetKeyArn = found(key, registration, `key ${registration.inputs.targetKeyId}`).arn;
  return { id: name, outputs: { name, arn: arnOf(site.state.place, "kms", name), targetKeyArn } };
}

/** A role is named by its name, or by its ARN where the program passes the role itself. */
function roleOf(registration: Registration, { state }: Site): Role {
  const named = String(registration.inputs.role);
  const role = [...state.roles.values()].find(({ name, arn }) => name === named || arn === named);
  return found(role, registration, `role ${named}`);
}
