import type { Interned } from "./interned.ts";
import type { Subject } from "./packed-records.ts";

/** Subjects are found by their buyer first: one text of all of it would have to be made for every record. */
export function subjectTable(): Interned<Subject> {
  const all: Subject[] = [];
  const byBuyer = new Map<string, number[]>();
  // Hour after hour the same are mostly named in the same order.
  let last = -1;

  function push({ region, productCode, buyer, dimension }: Subject): void {
    numbersOf(buyer).push(all.length);
    all.push({ region, productCode, buyer, dimension });
  }

  function numbersOf({ accountId, customerIdentifier, licenseArn }: Subject["buyer"]): number[] {
    const name = accountId ?? customerIdentifier ?? licenseArn ?? "";
    const numbers = byBuyer.get(name) ?? [];
    if (numbers.length === 0) byBuyer.set(name, numbers);
    return numbers;
  }

  function find(subject: Subject): number {
    for (const number of numbersOf(subject.buyer)) if (isSame(all[number] as Subject, subject)) return number;
    push(subject);
    return all.length - 1;
  }

  return {
    all,
    push,
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
