import { grouped, instant } from "./cells.ts";
import { buyerText } from "./kinds.ts";
import { html, type Markup } from "./markup.ts";
import type { ReportMoved } from "./report.ts";
import { PAGE_ROWS } from "./rows.ts";

/** Where units went that are not billed where their usage was, as sentences. */
const WHERE: Readonly<Record<ReportMoved["kind"], string>> = {
  late: "came too late for their own hours, and are counted in this one",
  carried: "are more than this hour can hold, and were carried to the meter's next one",
  folded: "lost their tags: AWS has no room for so many tag sets or keys, and holds them without",
};

/** Units that are not billed where their usage was: the first of them, since there may be as many as records. */
export function movedSection(moved: readonly ReportMoved[]): Markup | null {
  if (moved.length === 0) return null;
  const shown = moved.slice(0, PAGE_ROWS);
  return html`<section id="moved"><h2>Where units went</h2>
<p class="soft">Units that are not billed in the hour, or under the tags, of their usage. Fractions of a unit wait in their meter.</p>
${moved.length > shown.length ? html`<p>The first ${grouped(shown.length)} of ${grouped(moved.length)}. All are in report.json.</p>` : null}
<div class="scroll"><table><caption class="hidden">Units that are not billed where their usage was</caption>
<thead><tr><th scope="col">Hour (UTC)</th><th scope="col">Product</th><th scope="col">Dimension</th><th scope="col">Buyer</th>
<th scope="col" class="number">Units</th><th scope="col">Where they went</th></tr></thead>
<tbody>${shown.map(
    ({ kind, product, buyer, dimension, hour, quantity }) =>
      html`<tr><td>${instant(hour)}</td><td>${product}</td><td>${dimension}</td><td class="name">${buyerText(buyer)}</td><td class="number">${quantity}</td><td>${WHERE[kind]}</td></tr>\n`,
  )}</tbody></table></div></section>`;
}
