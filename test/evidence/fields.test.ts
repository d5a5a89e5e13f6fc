import assert from "node:assert/strict";
import fc from "fast-check";
import { fieldReader } from "../../src/evidence/fields.ts";

const NAMES = ["licenseArn", "quantity", "customerAWSAccountId"] as const;

/** The first field of each name, however it is spelled. */
const slowly = (object: Record<string, unknown>) =>
  NAMES.map((name) => Object.entries(object).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1]);

describe("the fields of a JSON object", () => {
  it("are found however they are spelled, whatever objects were read before", () => {
    const spelled = fc
      .constantFrom(...NAMES)
      .chain((name) => fc.constantFrom(name, name.toLowerCase(), name.toUpperCase(), `${name}s`));
    const objects = fc.array(fc.dictionary(fc.oneof(spelled, fc.string({ maxLength: 2 })), fc.nat(), { maxKeys: 5 }));
    fc.assert(
      fc.property(objects, (each) => {
        const read = fieldReader(...NAMES);
        for (const object of each) {
          const fields = read(object);
          assert.deepEqual(
            NAMES.map((name) => fields[name]),
            slowly(object),
          );
        }
      }),
    );
  });

  it("are none where there is no object", () => {
    const read = fieldReader("length");
    for (const value of [undefined, null, "text", 5, [1, 2]]) assert.equal(read(value).length, undefined);
  });
});
