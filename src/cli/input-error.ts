/** Arguments that are wrong, or input that cannot be read: a sentence for the person at the terminal, exit code 2. */
export class InputError extends Error {}
