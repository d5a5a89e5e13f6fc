import type { Subject } from "../evidence/packed-records.ts";
import type { NamedBuyer } from "../evidence/record.ts";
import type { Interned } from "./interned.ts";

/** Subjects are found by their buyer first: one text of all of it would have to be made for every record. */
export function subjects(): Interned<Subject> {
  const all: Subject[] = [];
  const byBuyer = new Map<string, number[]>();
  // Records of one buyer mostly follow one another.
  let last: { readonly buyer: NamedBuyer; readonly numbers: number[] } | undefined;

  function push({ region, productCode, buyer, dimension }: Subject): void {
    numbersOf(buyer).push(all.length);
    all.push({ region, productCode, buyer, dimension });
  }

  function numbersOf(buyer: NamedBuyer): number[] {
    if (last?.buyer === buyer) return last.numbers;
    const name = buyer.accountId ?? buyer.customerIdentifier ?? buyer.licenseArn ?? "";
    const numbers = byBuyer.get(name) ?? [];
    if (numbers.length === 0) byBuyer.set(name, numbers);
    last = { buyer, numbers };
    return numbers;
  }

  return {
    all,
    push,
    numberOf(subject) {
      for (const number of numbersOf(subject.buyer)) if (isSame(all[number] as Subject, subject)) return number;
      push(subject);
      return all.length - 1;
    },
  };
}

const isSame = (a: Subject, b: Subject): boolean =>
  a.region === b.region &&
  a.dimension === b.dimension &&
  a.productCode === b.productCode &&
  (a.buyer === b.buyer ||
    (a.buyer.licenseArn === b.buyer.licenseArn &&
      a.buyer.accountId === b.buyer.accountId &&
      a.buyer.customerIdentifier === b.buyer.customerIdentifier));
