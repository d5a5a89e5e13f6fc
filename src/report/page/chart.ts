import uPlot from "uplot";
import { type HoursView, hoursSummary, hoursTable } from "../hours.ts";
import { element } from "./dom.ts";

const HEIGHT = 260;
/** About the width of A4 across, less its margins, in CSS pixels; and a height that leaves the totals room on the first page. */
const PAPER = { width: 1000, height: 190 };
const HOUR_SECONDS = 3600;
const DAY_SECONDS = 24 * HOUR_SECONDS;

/** Draws used against billed of the product and dimension chosen, anew whenever the width or the colours change. */
export function liveChart(section: Element, views: readonly HoursView[]): void {
  const figure = element(section, "figure");
  const place = element(section, ".chart");
  const chosen = element(section, "select") as HTMLSelectElement;
  const view = () => views[Number(chosen.value)] as HoursView;
  let chart: uPlot | undefined;

  element(section, ".filters").hidden = views.length < 2;
  place.hidden = false;
  place.setAttribute("role", "img");
  draw();
  chosen.addEventListener("input", () => {
    element(section, "figcaption").textContent = hoursSummary(view());
    element(section, "[data-table]").innerHTML = hoursTable(view()).text;
    draw();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => draw());
  addEventListener("resize", () => chart?.setSize({ width: place.clientWidth, height: HEIGHT }));
  // Paper is white whatever the screen is.
  addEventListener("beforeprint", () => {
    figure.classList.add("paper");
    draw(PAPER);
  });
  addEventListener("afterprint", () => {
    figure.classList.remove("paper");
    draw();
  });

  function draw(size = { width: place.clientWidth, height: HEIGHT }): void {
    chart?.destroy();
    place.setAttribute("aria-label", `Chart. ${hoursSummary(view())}`);
    chart = new uPlot(options(view(), size, coloursOf(figure)), series(view()), place);
  }
}

type Size = Pick<uPlot.Options, "width" | "height">;

interface Colours {
  readonly ink: string;
  readonly line: string;
  readonly counted: string;
  readonly billed: string;
}

function coloursOf(figure: Element): Colours {
  const style = getComputedStyle(figure);
  const colour = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return { ink: colour("soft"), line: colour("line"), counted: colour("counted"), billed: colour("billed") };
}

/** Hours in seconds, what was counted, what was billed. The end of the window comes last, so that its last hour has a width too. */
function series({ from, counted, billed }: HoursView): uPlot.AlignedData {
  const hours = Array.from({ length: counted.length + 1 }, (_, index) => from / 1000 + index * HOUR_SECONDS);
  return [hours, [...counted.map(Number), null], [...billed.map(Number), Number(billed.at(-1) ?? 0)]];
}

function options(view: HoursView, size: Size, { ink, line, counted, billed }: Colours): uPlot.Options {
  const { stepped, bars } = uPlot.paths as Required<uPlot.Series.PathBuilderFactories>;
  const axis = {
    stroke: ink,
    grid: { stroke: line, width: 1 },
    ticks: { stroke: line, width: 1 },
    font: "12px system-ui, sans-serif",
  };
  // The exact quantities, not the numbers that are near enough to draw.
  const exact = (quantities: readonly string[]) => (_: uPlot, _value: number, _series: number, index: number | null) =>
    index === null ? "" : (quantities[index] ?? "");
  const hourText = (_: uPlot, seconds: number | null) =>
    seconds === null ? "" : new Date(seconds * 1000).toISOString().slice(0, 16).replace("T", " ");
  return {
    ...size,
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
    cursor: { y: false, points: { show: false } },
    scales: { y: { range: (_, _least, most) => [0, most > 0 ? most * 1.08 : 1] } },
    axes: [
      { ...axis, values: (_, splits) => splits.map(axisText) },
      { ...axis, size: 64, values: (_, splits) => splits.map((value) => COMPACT.format(value)) },
    ],
    series: [
      { label: "Hour (UTC)", value: hourText },
      {
        label: view.countedAs,
        value: exact(view.counted),
        fill: counted,
        stroke: counted,
        width: 0,
        points: { show: false },
        paths: bars({ align: 1, size: [1, Number.POSITIVE_INFINITY] }),
      },
      {
        label: "Billed",
        value: exact(view.billed),
        stroke: billed,
        width: 2,
        points: { show: false },
        paths: stepped({ align: 1 }),
      },
    ],
  };
}

const COMPACT = new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 2 });
const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });

/** A tick of the time axis: its hour, and the day where it is the first or a new one. */
function axisText(seconds: number, index: number, splits: readonly number[]): string {
  const day = DAY.format(seconds * 1000);
  const wholeDays = splits.every((split) => split % DAY_SECONDS === 0);
  if (wholeDays) return day;
  const time = new Date(seconds * 1000).toISOString().slice(11, 16);
  const before = splits[index - 1];
  const isNewDay = before === undefined || Math.floor(before / DAY_SECONDS) !== Math.floor(seconds / DAY_SECONDS);
  return isNewDay ? `${time}\n${day}` : time;
}
