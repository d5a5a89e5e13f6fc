/** Why a log file cannot be read, as the end of a sentence about it. */
export class UnreadableError extends Error {}
