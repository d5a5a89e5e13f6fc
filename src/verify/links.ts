import type { NamedBuyer } from "../evidence/record.ts";
import type { Key } from "./identity.ts";
import type { Submission } from "./submissions.ts";

/** What records of any hour say of those of others. */
export interface Links {
  /** Finds the account behind a customer identifier; undefined where no record names both. The first by its digits if they name several. */
  accountOf(key: Key): string | undefined;
  /** Finds the product that a licence is of; undefined where that is not known, or not certain. */
  productOf(licenseArn: string): string | undefined;
}

/** Links as they are learned: in any order. */
export interface LinkBook extends Links {
  addBuyer(buyer: NamedBuyer): void;
  addSubmission(submission: Pick<Submission, "buyer" | "product" | "unsendable">): void;
}

export function linkBook(submissions: Iterable<Submission> = []): LinkBook {
  const accounts = new Map<string, string>();
  const products = new Map<string, string | null>();
  const addBuyer = ({ customerIdentifier, accountId }: NamedBuyer) => {
    if (customerIdentifier === undefined || accountId === undefined) return;
    const known = accounts.get(customerIdentifier);
    if (known === undefined || accountId < known) accounts.set(customerIdentifier, accountId);
  };
  const addSubmission = ({ buyer, product, unsendable }: Pick<Submission, "buyer" | "product" | "unsendable">) => {
    if (!unsendable) addBuyer(buyer);
    if (buyer.licenseArn === undefined || product === null) return;
    const known = products.get(buyer.licenseArn);
    products.set(buyer.licenseArn, known === undefined || known === product ? product : null);
  };
  for (const each of submissions) addSubmission(each);
  return {
    addBuyer,
    addSubmission,
    accountOf: ({ buyer }) => buyer.accountId ?? accounts.get(buyer.customerIdentifier ?? ""),
    productOf: (licenseArn) => products.get(licenseArn) ?? undefined,
  };
}
