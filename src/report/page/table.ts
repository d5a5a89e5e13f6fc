import { countOf, grouped } from "../cells.ts";
import type { Markup } from "../markup.ts";
import { NO_TEXT, type Packed, type Row, rowAt } from "../packed.ts";
import { type Column, PAGE_ROWS } from "../rows.ts";
import { element, elements } from "./dom.ts";
import { type Filter, type Sort, select, valuesOf } from "./select.ts";

/** How many rows go on paper: what was filtered out stays away, but what is on other pages of the screen does not. */
const PRINTED_ROWS = 1000;

/** Makes the table of a section live: its controls filter, its headings sort, its pager turns pages; printed, it is in one piece. */
export function liveTable(section: Element, packed: Packed, renderRow: (row: Row, index: number) => Markup): void {
  const table = element(section, "table");
  const status = element(section, ".status");
  const pager = element(section, ".pager");
  const one = status.getAttribute("data-one") ?? "row";
  let sort: Sort | undefined;
  let rows = select(packed, [], undefined);
  let page = 0;

  fillSelects(section, packed);
  const controls = element(section, ".filters");
  controls.hidden = false;
  controls.addEventListener("input", refresh);
  element(controls, "button").addEventListener("click", () => {
    for (const control of elements(controls, "select, input")) clear(control);
    refresh();
  });
  for (const heading of elements(table, "th[data-column]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => {
      sort = nextSort(sort, heading);
      for (const each of elements(table, "th[aria-sort]")) each.removeAttribute("aria-sort");
      if (sort) heading.setAttribute("aria-sort", sort.descending ? "descending" : "ascending");
      refresh();
    });
  }
  pager.addEventListener("click", ({ target }) => {
    const turn = target instanceof Element && target.getAttribute("data-page");
    if (!turn) return;
    const last = lastPage();
    page =
      turn === "first"
        ? 0
        : turn === "last"
          ? last
          : turn === "next"
            ? Math.min(page + 1, last)
            : Math.max(page - 1, 0);
    show(page * PAGE_ROWS, PAGE_ROWS);
    section.scrollIntoView();
  });
  addEventListener("beforeprint", () => show(0, PRINTED_ROWS));
  addEventListener("afterprint", () => show(page * PAGE_ROWS, PAGE_ROWS));
  refresh();

  function refresh(): void {
    rows = select(packed, filtersOf(controls), sort);
    page = 0;
    show(0, PAGE_ROWS);
  }

  function show(from: number, count: number): void {
    const shown = rows.slice(from, from + count);
    for (const body of elements(table, "tbody")) body.remove();
    table.insertAdjacentHTML("beforeend", shown.map((row) => renderRow(rowAt(packed, row), row).text).join(""));
    status.textContent = statusText(from, shown.length);
    pager.hidden = rows.length <= PAGE_ROWS;
    element(pager, "span").textContent = `Page ${grouped(page + 1)} of ${grouped(lastPage() + 1)}`;
    for (const button of elements(pager, "button")) {
      const end = /first|previous/.test(button.getAttribute("data-page") ?? "") ? 0 : lastPage();
      // Not `disabled`, which would take the focus from whoever turns the pages by keyboard.
      button.setAttribute("aria-disabled", String(page === end));
    }
  }

  function lastPage(): number {
    return Math.max(Math.ceil(rows.length / PAGE_ROWS) - 1, 0);
  }

  function statusText(from: number, count: number): string {
    const all = rows.length === packed.length ? "" : ` (of ${grouped(packed.length)})`;
    if (rows.length === 0) return `No ${one} is like that${all}.`;
    const found = `${countOf(rows.length, one)}${all}`;
    return rows.length <= count ? `${found}.` : `${grouped(from + 1)} to ${grouped(from + count)} of ${found}.`;
  }
}

/** From no order to ascending, descending and none again. */
function nextSort(sort: Sort | undefined, heading: Element): Sort | undefined {
  const column = heading.getAttribute("data-column") as string;
  if (sort?.column !== column)
    return { column, by: heading.getAttribute("data-sort") as Column["sort"], descending: false };
  return sort.descending ? undefined : { ...sort, descending: true };
}

/** Gives every select the texts of its column to choose from; one with nothing to choose goes. */
function fillSelects(section: Element, packed: Packed): void {
  for (const control of elements(section, "select[name]") as HTMLSelectElement[]) {
    const sort = element(section, `th[data-column="${control.name}"]`).getAttribute("data-sort") as Column["sort"];
    const values = valuesOf(packed, control.name, sort);
    for (const [place, count] of values) {
      const text = place === NO_TEXT ? "–" : packed.texts[place];
      control.add(new Option(`${text} (${grouped(count)})`, String(place)));
    }
    if (values.length < 2) control.closest("label")?.remove();
  }
  for (const box of elements(section, "input[type=checkbox]") as HTMLInputElement[]) {
    const chosen = packed.columns[box.name]?.filter((place) => place !== NO_TEXT).length ?? 0;
    if (chosen === 0 || chosen === packed.length) box.closest("label")?.remove();
  }
}

const filtersOf = (controls: Element): Filter[] =>
  elements(controls, "select, input").flatMap((control): Filter[] => {
    const { name: column, value } = control as HTMLInputElement | HTMLSelectElement;
    if (control instanceof HTMLSelectElement) return value === "" ? [] : [{ column, equals: Number(value) }];
    const input = control as HTMLInputElement;
    if (input.type === "checkbox") return input.checked ? [{ column, isThere: true }] : [];
    return value.trim() === "" ? [] : [{ column, contains: value.trim() }];
  });

function clear(control: Element): void {
  if (control instanceof HTMLInputElement && control.type === "checkbox") control.checked = false;
  else (control as HTMLInputElement | HTMLSelectElement).value = "";
}
