import assert from "node:assert/strict";
import fc from "fast-check";
import { canonicalContent, contentHash, parseEvent } from "../../src/usage/events.ts";
import { eventBody, license, usageEvent } from "../support/usage.ts";

const refusalOf = (body: string) => {
  const parsed = parseEvent(body);
  return "refusal" in parsed ? parsed.refusal : undefined;
};
const refused = (changes: Record<string, unknown>) => {
  const refusal = refusalOf(eventBody(changes));
  return refusal && [refusal.reason, refusal.field, refusal.message];
};

describe("a usage event", () => {
  it("is read with its exact quantity, its instant and its tags", () => {
    assert.deepEqual(usageEvent({ quantity: "0.1", time: "2026-11-23T11:05:00.5+01:00", tags: { Team: "blue" } }), {
      id: "evt-1",
      product: "analytics",
      buyer: license(),
      dimension: "ApiCalls",
      quantity: 100_000_000n,
      time: { instant: Date.UTC(2026, 10, 23, 10, 5, 0, 500), text: "2026-11-23T10:05:00.5Z" },
      tags: { Team: "blue" },
    });
  });

  it("keeps the digits of a JSON number that a double would lose", () => {
    const body = eventBody({ quantity: "Q" }).replace('"Q"', "0.300000000000000");
    assert.equal(refusalOf(body)?.message, '"quantity" is 0.300000000000000: it has more than 9 decimals.');
    assert.equal(usageEvent({ quantity: 0.3 }).quantity, 300_000_000n);
  });

  it("without a valid id, buyer, dimension, quantity or time is refused, and the field and its rule are named", () => {
    const cases: [Record<string, unknown>, string, string][] = [
      [{ id: "" }, "id", '"id" is "": it must have 1 to 128 characters.'],
      [{ id: "x".repeat(129) }, "id", `"id" is "${"x".repeat(76)}...: it must have 1 to 128 characters.`],
      [{ id: 7 }, "id", '"id" is 7: it must be a string.'],
      [{ id: "a\ud800" }, "id", '"id" is "a\\ud800": it must be well-formed Unicode.'],
      [{ id: undefined }, "id", '"id" is missing.'],
      [{ product: "é" }, "product", '"product" is "é": it must be printable ASCII.'],
      [{ buyer: undefined }, "buyer", '"buyer" is missing.'],
      [{ buyer: "x" }, "buyer", '"buyer" is "x": it must be { accountId, licenseArn }.'],
      [{ buyer: { accountId: "111122223333" } }, "buyer.licenseArn", '"buyer.licenseArn" is missing.'],
      [
        { buyer: { ...license(), accountId: "12345" } },
        "buyer.accountId",
        '"buyer.accountId" is "12345": it must be an AWS account id of 12 digits.',
      ],
      [
        { buyer: { ...license(), licenseArn: "l-1" } },
        "buyer.licenseArn",
        '"buyer.licenseArn" is "l-1": it must be a licence ARN, starting with arn:.',
      ],
      [
        { buyer: { ...license(), licenseArn: "arn:a|b" } },
        "buyer.licenseArn",
        '"buyer.licenseArn" is "arn:a|b": it must be a licence ARN, starting with arn:.',
      ],
      [
        { buyer: { customerIdentifier: "" } },
        "buyer.customerIdentifier",
        '"buyer.customerIdentifier" is "": it must have 1 to 255 characters.',
      ],
      [{ dimension: 1 }, "dimension", '"dimension" is 1: it must be a string.'],
      [{ quantity: -1 }, "quantity", '"quantity" is -1: it must be a decimal number, zero or more, such as 5 or 0.25.'],
      [
        { quantity: "NaN" },
        "quantity",
        '"quantity" is "NaN": it must be a decimal number, zero or more, such as 5 or 0.25.',
      ],
      [{ quantity: null }, "quantity", '"quantity" is null: it must be a decimal string or a number.'],
      [{ quantity: "0.0000000001" }, "quantity", '"quantity" is "0.0000000001": it has more than 9 decimals.'],
      [{ quantity: 2147483648 }, "quantity", '"quantity" is 2147483648: it is above 2147483647.'],
      [
        { time: "2026-11-23T10:05:00" },
        "time",
        '"time" is "2026-11-23T10:05:00": it must be ISO 8601 with a zone, such as 2026-11-23T10:05:00Z.',
      ],
      [
        { time: "0000-01-01T00:00:00+01:00" },
        "time",
        '"time" is "0000-01-01T00:00:00+01:00": it must be ISO 8601 with a zone, such as 2026-11-23T10:05:00Z.',
      ],
      [{ time: 1 }, "time", '"time" is 1: it must be a string.'],
    ];
    assert.deepEqual(
      cases.map(([changes]) => refused(changes)),
      cases.map(([, field, message]) => ["invalid", field, message]),
    );
  });

  it("with tags that AWS would refuse is refused", () => {
    const rule = "it must have only the characters AWS takes in tags: letters, digits, spaces and + - = . _ : / @.";
    const six = Object.fromEntries(["a", "b", "c", "d", "e", "f"].map((key) => [key, "1"]));
    const cases: [unknown, string, string][] = [
      [six, "tags", `"tags" is ${JSON.stringify(six)}: it must have at most 5 tags.`],
      [{ Team: "bl\u00fce" }, "tags.Team", `"tags.Team" is "bl\u00fce": ${rule}`],
      [{ "T\\": "x" }, "tags.T\\", `"tags.T\\" is "T\\\\": ${rule}`],
      [{ Team: "" }, "tags.Team", '"tags.Team" is "": it must have 1 to 256 characters.'],
      [
        { Team: "x".repeat(257) },
        "tags.Team",
        `"tags.Team" is "${"x".repeat(76)}...: it must have 1 to 256 characters.`,
      ],
      [{ [`${"k".repeat(101)}`]: "x" }, `tags.${"k".repeat(101)}`, ""],
      [{ Team: 5 }, "tags.Team", '"tags.Team" is 5: it must be a string.'],
      [["a"], "tags", '"tags" is ["a"]: it must be an object of strings.'],
      [5, "tags", '"tags" is 5: it must be an object of strings.'],
      [null, "tags", '"tags" is null: it must be an object of strings.'],
    ];
    for (const [tags, field, message] of cases) {
      const [reason, named, said] = refused({ tags }) ?? [];
      assert.deepEqual([reason, named], ["invalid", field]);
      if (message !== "") assert.equal(said, message);
    }
  });

  it("keeps every tag, also those named like what every object inherits", () => {
    for (const key of ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty"]) {
      const body = eventBody({}).replace(/}$/, `,"tags":{${JSON.stringify(key)}:"x"}}`);
      const parsed = parseEvent(body);
      assert.ok("event" in parsed);
      assert.deepEqual(Object.entries(parsed.event.tags), [[key, "x"]]);
      assert.notEqual(canonicalContent(parsed.event), canonicalContent(usageEvent()));
    }
  });

  it("with a field that no usage event has is refused by that field's name, also names every object inherits", () => {
    for (const key of ["price", "Quantity", "__proto__", "constructor", "toString"]) {
      const body = eventBody({}).replace(/}$/, `,${JSON.stringify(key)}:1}`);
      assert.deepEqual(refusalOf(body), {
        reason: "unknown-field",
        field: key,
        message: `"${key}" is not a field of a usage event; remove it.`,
      });
    }
    const both = { buyer: { ...license(), customerIdentifier: "c" } };
    assert.deepEqual(refused(both)?.slice(0, 2), ["unknown-field", "buyer.accountId"]);
    assert.deepEqual(refused({ buyer: { ...license(), name: "c" } })?.slice(0, 2), ["unknown-field", "buyer.name"]);
  });

  it("whose names are as long as a message still makes a refusal that fits a ledger item", () => {
    const refusal = refusalOf(eventBody({ [`${"é".repeat(500_000)}`]: 1 }));
    assert.equal(refusal?.field, `${"é".repeat(197)}...`);
    assert.ok(Buffer.byteLength(JSON.stringify(refusal)) < 2_000);
    // A character of two code units at the place of the cut, and one that is only half there.
    assert.ok(refusalOf(eventBody({ id: `${"x".repeat(75)}😀${"x".repeat(99)}` }))?.message.isWellFormed());
    assert.ok(refusalOf(eventBody({ "\ud800": 1 }))?.field.isWellFormed());
  });

  it("that is not one JSON object is refused as such", () => {
    const notJson = {
      reason: "not-json",
      field: "body",
      message: '"body" is not JSON; send one JSON object a message.',
    };
    for (const body of ["", "{", "a,b", `${eventBody()}\n${eventBody()}`, "{'id':1}", "NaN"])
      assert.deepEqual(refusalOf(body), notJson);
    assert.equal(refusalOf("null")?.message, '"body" is null: it must be a JSON object.');
    assert.equal(refusalOf('"x"')?.message, '"body" is "x": it must be a JSON object.');
    for (const body of ["[]", "5", "{}"]) assert.equal(refusalOf(body)?.message, '"id" is missing.');
  });

  it("never throws, however deep its body is nested", () => {
    for (let depth = 100; depth < 50_000; depth = Math.ceil(depth * 1.02)) {
      assert.ok(refusalOf(`{"id":${"[".repeat(depth)}${"]".repeat(depth)}}`));
    }
  });

  it("never throws, whatever text it is", () => {
    const bodies = fc.oneof(fc.string({ unit: "binary" }), fc.json({ maxDepth: 3 }));
    fc.assert(fc.property(bodies, (body) => refusalOf(body) !== undefined));
  });
});

describe("the content of a usage event", () => {
  it("is the same however its quantity, its time and the order of its tags are written", () => {
    const one = usageEvent({ quantity: 5, tags: { a: "1", b: "2" } });
    const other = usageEvent({ quantity: "5.0", time: "2026-11-23T11:05:00.000+01:00", tags: { b: "2", a: "1" } });
    assert.equal(canonicalContent(one), canonicalContent(other));
    assert.equal(contentHash(canonicalContent(one)), contentHash(canonicalContent(other)));
    assert.match(contentHash("x"), /^[\w-]{43}$/);
  });

  it("differs where anything else differs, to the billionth and the microsecond", () => {
    const contents = [
      {},
      { id: "evt-2" },
      { quantity: "5.000000001" },
      { time: "2026-11-23T10:05:00.000001Z" },
      { dimension: "GbHours" },
      { buyer: license(2) },
      { product: "archive" },
      { tags: { a: "1" } },
      { tags: { a: "2" } },
      { tags: { b: "1" } },
    ].map((changes) => canonicalContent(usageEvent(changes)));
    assert.equal(new Set(contents).size, contents.length);
  });
});
