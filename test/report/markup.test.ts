import assert from "node:assert/strict";
import { html } from "../../src/report/markup.ts";

describe("markup", () => {
  it("escapes every value put into it, in text and in attributes", () => {
    assert.equal(
      html`<a title="${`"'\`<&>`}">${"<b>"}</a>`.text,
      '<a title="&#34;&#39;&#96;&#60;&#38;&#62;">&#60;b&#62;</a>',
    );
  });

  it("keeps markup as it is, joins lists, and writes nothing for what is not there", () => {
    assert.equal(html`${[html`<i>`, "&", [1]]}${null}${undefined}`.text, "<i>&#38;1");
  });
});
