/**
 * What AWS takes in one BatchMeterUsage request and one usage record. Source: API reference of AWS Marketplace Metering (BatchMeterUsage,
 * UsageRecord, UsageAllocation, Tag) and the quotas of the seller guide.
 */
export const limits = {
  /** Records in one request. */
  records: 25,
  /** Bytes of one request's JSON: AWS takes less than 1 MB. */
  requestBytes: 1_000_000,
  /** Bytes above which CloudTrail leaves a request out of its event (100 KB), less a margin for what it writes around the records. */
  evidenceBytes: 90_000,
  /** Tags of one allocation, and distinct tag keys in one record. */
  tagKeys: 5,
  /** Allocations of one record. */
  allocations: 2_500,
  /** Bytes of one record's allocations, as JSON: a bound of our own, so that a record fits a request beside others. */
  allocationBytes: 256 * 1024,
  /** Characters of a dimension, a tag's key and a tag's value. */
  dimension: 255,
  tagKey: 100,
  tagValue: 256,
} as const;

/**
 * The characters that AWS takes in a tag's key and value (`Tag`): the pattern taken at its word, with all that lies from the blank to `=`. It
 * may or may not mean the backslash too; that one is left out, since a tag that AWS refuses costs its whole record.
 */
export const TAG_TEXT = /^[a-zA-Z0-9+ -=._:/@]+$/;
