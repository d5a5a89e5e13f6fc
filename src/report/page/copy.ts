import { listAt, type PageData, rowAt } from "../packed.ts";
import { copyText } from "./copy-text.ts";

/** How long a button says that its row was copied, in milliseconds. */
const SAID = 2000;

/** Lets each row's button copy its row. Where the browser does not let a page copy, the row is selected for the reader to do it. */
export function copyRows(section: Element, { findings, objects }: PageData): void {
  section.addEventListener("click", async ({ target }) => {
    if (!(target instanceof HTMLButtonElement) || target.dataset.row === undefined) return;
    const index = Number(target.dataset.row);
    const text = copyText(rowAt(findings, index), listAt(objects, index));
    try {
      await navigator.clipboard.writeText(text);
      say(target, "Copied");
    } catch {
      getSelection()?.selectAllChildren(target.closest("tbody") as Element);
      say(target, "Selected");
    }
  });
}

function say(button: HTMLButtonElement, what: string): void {
  button.textContent = what;
  setTimeout(() => {
    button.textContent = "Copy";
  }, SAID);
}
