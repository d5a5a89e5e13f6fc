// The rules of usage allocations: how a record's quantity may be split by tags.
import { ServiceError } from "./errors.ts";
import type { UsageAllocation, UsageRecord } from "./request.ts";

/**
 * @throws {ServiceError} `InvalidTagException` for a tag AWS does not take, or more than five keys;
 * `InvalidUsageAllocationsException` for a wrong number of allocations, a tag set that stands twice, or a wrong sum.
 */
export function checkAllocations(record: UsageRecord): void {
  const allocations = record.UsageAllocations ?? undefined;
  if (allocations === undefined) return;
  if (allocations.length < 1 || allocations.length > 2500) {
    throw new ServiceError(
      "InvalidUsageAllocationsException",
      `${allocations.length} usage allocations: must be 1 to 2500`,
    );
  }
  for (const allocation of allocations) checkTags(allocation);
  const keys = new Set(allocations.flatMap((allocation) => (allocation.Tags ?? []).map((tag) => tag.Key)));
  if (keys.size > 5) {
    throw new ServiceError("InvalidTagException", `${keys.size} tag keys in one usage record: must be 5 at most`);
  }
  if (new Set(allocations.map(tagSet)).size < allocations.length) {
    throw new ServiceError("InvalidUsageAllocationsException", "Each usage allocation must have a unique set of tags");
  }
  const sum = allocations.reduce((total, allocation) => total + BigInt(allocation.AllocatedUsageQuantity), 0n);
  if (sum !== BigInt(record.Quantity ?? 0)) {
    throw new ServiceError(
      "InvalidUsageAllocationsException",
      `Usage allocations sum to ${sum}: must equal the usage quantity ${record.Quantity ?? 0}`,
    );
  }
}

/** One text per tag set, whatever the order of its tags. */
export function tagSet(allocation: UsageAllocation): string {
  return JSON.stringify(
    (allocation.Tags ?? []).map((tag) => [tag.Key, tag.Value]).sort(([a = ""], [b = ""]) => (a < b ? -1 : 1)),
  );
}

// Taken literally, as a regular expression engine would: " -=" is the range from the blank to the equals sign.
const tagText = /^[a-zA-Z0-9+ -=._:/@]+$/;

function checkTags({ Tags: tags }: UsageAllocation): void {
  if (tags === undefined || tags === null) return;
  if (tags.length < 1 || tags.length > 5) {
    throw new ServiceError("InvalidTagException", `${tags.length} tags in one usage allocation: must be 1 to 5`);
  }
  for (const { Key: key, Value: value } of tags) {
    if (key.length > 100 || !tagText.test(key)) {
      throw new ServiceError("InvalidTagException", `Tag key '${key}' is invalid`);
    }
    if (value.length > 256 || !tagText.test(value)) {
      throw new ServiceError("InvalidTagException", `Tag value '${value}' of key '${key}' is invalid`);
    }
  }
  if (new Set(tags.map((tag) => tag.Key)).size < tags.length) {
    throw new ServiceError("InvalidTagException", "A tag key stands twice in one usage allocation");
  }
}
