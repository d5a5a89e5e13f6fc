import { InputError } from "./input-error.ts";

/** Does work that asks AWS about `name`, such as `--logs s3://bucket/`; what AWS or the way to it refuses is an InputError that names it. */
export async function naming<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const reason = reasonOf(error);
    if (reason === undefined) throw error;
    throw new InputError(`${name}: ${reason}.`);
  }
}

function reasonOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || error instanceof InputError) return undefined;
  if (error.message === "Region is missing") return "no AWS Region is set; set AWS_REGION";
  const said = `${error.name}: ${error.message.replace(/\.$/, "")}`;
  if (error.name === "CredentialsProviderError") return `${said}; sign in as for the AWS CLI`;
  // The SDK puts this on every answer that is an error, and on every request that came to no answer.
  return "$metadata" in error ? `AWS did not answer it (${said})` : undefined;
}
