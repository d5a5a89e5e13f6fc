import fc from "fast-check";

const HOUR = 3_600_000;

const buyer = (product: number, n: number) =>
  product === 0
    ? {
        accountId: String(111122223333 + n),
        licenseArn: `arn:aws:license-manager:us-east-1:294406891311:license:l-${n}`,
      }
    : { customerIdentifier: `customer ${n}|#%` };

const quantity = fc.oneof(
  fc.constantFrom("0", "0.000000001", "0.999999999", "2147483647"),
  fc.nat(1000),
  fc.nat(99_999).map((n) => (n / 1000).toFixed(3)),
);

const line = fc.record({
  product: fc.nat(1),
  buyer: fc.nat(3),
  dimension: fc.nat(1),
  quantity,
  gap: fc.oneof({ weight: 8, arbitrary: fc.nat(40 * 60_000) }, { weight: 1, arbitrary: fc.nat(60 * HOUR) }),
  late: fc.oneof(
    { weight: 6, arbitrary: fc.constant(0) },
    { weight: 2, arbitrary: fc.nat(5 * HOUR) },
    { weight: 1, arbitrary: fc.nat(23 * HOUR) },
  ),
  twice: fc.boolean(),
  tags: fc.option(fc.dictionary(fc.constantFrom("Team", "Env"), fc.constantFrom("a", "b"), { minKeys: 1 }), {
    nil: undefined,
  }),
});

/** The last moment at which AWS takes a record of this time. */
function deadlineOf(time: number): number {
  const date = new Date(time);
  return Math.min(time + 24 * HOUR, Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1, 6));
}

/** Usage files over a few days around a month's end, whose lines all arrive in time. */
export const usageFile = fc.array(line, { minLength: 10, maxLength: 60 }).map((drawn) => {
  let now = Date.parse("2026-11-29T12:00:00Z");
  const texts = drawn.flatMap((each, index) => {
    now += each.gap;
    const wanted = now - each.late;
    // Half an hour is left for the sending; what would come later comes at once instead.
    const time = deadlineOf(wanted) > now + HOUR / 2 ? wanted : now;
    const event = {
      id: `e${index}`,
      product: `product-${each.product}`,
      buyer: buyer(each.product, each.buyer),
      dimension: `Dimension${each.dimension}`,
      quantity: each.quantity,
      time: new Date(time).toISOString(),
      ...(each.tags ? { tags: each.tags } : {}),
    };
    return each.twice ? [JSON.stringify(event), JSON.stringify(event)] : [JSON.stringify(event)];
  });
  return `${texts.join("\n")}\n`;
});
