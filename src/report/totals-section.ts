import { grouped, optional } from "./cells.ts";
import { html, type Markup } from "./markup.ts";
import type { ReportMeter } from "./report.ts";
import { METER_COLUMNS, quantityCells } from "./rows.ts";
import { QUANTITIES, totals } from "./totals.ts";

/** The quantities of each product and dimension, with the sum that they keep; null where there are no meters. */
export const totalsSection = (meters: readonly ReportMeter[]): Markup | null =>
  meters.length === 0
    ? null
    : html`<section><h2>Totals</h2><div class="scroll"><table><caption class="hidden">The quantities of each product and dimension</caption>
<thead><tr><th scope="col">Product</th><th scope="col">Dimension</th><th scope="col" class="number">Meters</th>${METER_COLUMNS.slice(-QUANTITIES.length).map(({ label }) => html`<th scope="col" class="number">${label}</th>`)}</tr></thead>
<tbody>${totals(meters).map(
        ({ meters, ...total }) =>
          html`<tr><td>${optional(total.product)}</td><th scope="row">${total.dimension}</th><td class="number">${grouped(meters)}</td>${quantityCells({ ...total })}</tr>`,
      )}</tbody></table></div>
${meters.some(({ opening }) => opening !== null) ? html`<p class="soft">Opening + used = accepted + refused + expired + disputed + waiting.</p>` : null}</section>`;
