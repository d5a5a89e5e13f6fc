import type { Subject } from "./packed-records.ts";

/** Subjects, each kept once and known by its place among all. */
export interface SubjectTable {
  readonly all: readonly Subject[];
  numberOf(subject: Subject): number;
}

/** Subjects are found by their buyer first: one text of all of it would have to be made for every record. */
export function subjectTable(): SubjectTable {
  const all: Subject[] = [];
  const byBuyer = new Map<string, number[]>();
  // Hour after hour the same are mostly named in the same order.
  let last = -1;

  function find({ region, productCode, buyer, dimension }: Subject): number {
    const name = buyer.accountId ?? buyer.customerIdentifier ?? buyer.licenseArn ?? "";
    const numbers = byBuyer.get(name) ?? [];
    if (numbers.length === 0) byBuyer.set(name, numbers);
    const subject = { region, productCode, buyer, dimension };
    for (const number of numbers) if (isSame(all[number] as Subject, subject)) return number;
    numbers.push(all.length);
    all.push(subject);
    return all.length - 1;
  }

  return {
    all,
    numberOf(subject) {
      const next = all[last + 1];
      last = next && isSame(next, subject) ? last + 1 : find(subject);
      return last;
    },
  };
}

const isSame = (a: Subject, b: Subject): boolean =>
  a.dimension === b.dimension &&
  a.region === b.region &&
  a.productCode === b.productCode &&
  (a.buyer === b.buyer ||
    (a.buyer.licenseArn === b.buyer.licenseArn &&
      a.buyer.accountId === b.buyer.accountId &&
      a.buyer.customerIdentifier === b.buyer.customerIdentifier));
