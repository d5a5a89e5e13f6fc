// Where in the report bucket it is kept what runs read of a trail's bucket.
import { formatInstant, type Instant } from "../usage/instants.ts";

/** Changes with the form of what is kept and with how log files are read: then all are read again. */
const FORM = "evidence/v1/";

/** Below which keys it is kept what was read of a bucket. */
export const rootFor = (bucket: string): string => `${FORM}${bucket}/`;

/** The name of an object that says that all log files of its folder are read, and that the folder is to be listed no more. */
export const COMPLETE = "complete";

/** The folder that an object lies in, with a slash at its end. */
export const folderOf = (key: string): string => key.slice(0, key.lastIndexOf("/") + 1);

/** Whether a folder of the trail's bucket is of digests, and not of log files. */
export const isOfDigests = (prefix: string): boolean => prefix.includes("/CloudTrail-Digest/");

/** The day of delivery that a folder is of: it ends with `2026/11/23/`. */
export const deliveryDay = (prefix: string): Instant => Date.parse(prefix.slice(-11, -1).replaceAll("/", "-"));

/** Where calls with a record of a day are kept. */
export const callsFolder = (day: Instant): string => `calls/${formatInstant(day).slice(0, 10)}`;

/** Where calls that may concern any day are kept, by the folder of the log files that they are from. */
export const looseFolder = (prefix: string): string => `loose/${prefix.slice(-11, -1).replaceAll("/", "-")}`;
