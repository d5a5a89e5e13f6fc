import { html, type Markup } from "./markup.ts";

/** An amount with its sign before the currency, which no line may part from it. */
export const dollars = (money: string): string =>
  money.startsWith("-") ? `\u2212\u2060$${money.slice(1)}` : `$${money}`;

/** An instant as day and time, parted only between the two; seconds only where there are any. */
export function instant(text: string): Markup {
  const [day = "", time = ""] = text.replace(/(:00)?Z$/, "").split("T");
  return html`<time datetime="${text}"><span>${day}</span> <span>${time}</span></time>`;
}

/** What a cell shows of a text that may not be there. */
export const optional = (
  text: string | null | undefined,
  show: (text: string) => Markup = (given) => html`${given}`,
): Markup => (text === null || text === undefined ? html`<span class="none">–</span>` : show(text));

/** How many of a thing, with its name in the right number. */
export const countOf = (count: number, one: string, many = `${one}s`): string =>
  `${grouped(count)} ${count === 1 ? one : many}`;

/** A count with its thousands parted. */
export const grouped = (count: number): string => count.toLocaleString("en-US");
