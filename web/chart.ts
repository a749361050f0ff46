/** The rates of the last minutes as lines: uPlot. @module */
import type { View } from "./dom.ts";
import { h } from "preact";
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { type History, SERIES, type Series } from "./rates.ts";
import { rate } from "./words.ts";

const HEIGHT = 150;
/** Seconds that are shown at least. */
const SPAN = 120;
const [AXIS_WIDTH, AXIS_HEIGHT, TIME_WIDTH] = [56, 28, 90];

/** The value of a colour of page.css in the present scheme. */
function colour(name: string): string {
  const probe = document.createElement("span");
  probe.style.setProperty("color", `var(--${name})`);
  document.body.append(probe);
  const value = getComputedStyle(probe).getPropertyValue("color");
  probe.remove();
  return value;
}

const dataOf = ({ times, rates }: History): uPlot.AlignedData =>
  [times, ...SERIES.map((series) => rates[series])] as uPlot.AlignedData;

function make(into: HTMLElement, history: History): uPlot {
  const axis = {
    stroke: colour("quiet"),
    grid: { stroke: colour("line"), width: 1 },
    ticks: { stroke: colour("line"), width: 1 },
  };
  return new uPlot(
    {
      width: into.clientWidth,
      height: HEIGHT,
      legend: { show: false },
      cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
      scales: {
        x: { range: (_, least, most) => [Math.min(least, most - SPAN), most] },
        y: { range: (_, __, most) => [0, Math.max(1, most * 1.1)] },
      },
      axes: [
        { ...axis, size: AXIS_HEIGHT, space: TIME_WIDTH, values: (_, times) => times.map(clock) },
        { ...axis, size: AXIS_WIDTH, values: (_, values) => values.map((value) => rate(value)) },
      ],
      series: [
        {},
        ...SERIES.map((series) => ({
          label: series,
          stroke: colour(series),
          width: 2,
          points: { show: false },
        })),
      ],
    },
    dataOf(history),
    into,
  );
}

const clock = (seconds: number) => new Date(seconds * 1000).toTimeString().slice(0, 8);

interface ChartOptions {
  readonly label: string;
  readonly history: History;
  /** When the last point was added: a chart is drawn again when it changes. */
  readonly at: number;
  /** Of colours. */
  readonly scheme: string;
}

export function Chart({ label, history, at, scheme }: ChartOptions): View {
  const into = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  useEffect(() => {
    const { current } = into;
    if (!current) return;
    const made = plot.current = make(current, history);
    const observer = new ResizeObserver(() =>
      made.setSize({ width: current.clientWidth, height: HEIGHT })
    );
    observer.observe(current);
    return () => {
      observer.disconnect();
      made.destroy();
    };
  }, [label, scheme, history]);
  useEffect(() => plot.current?.setData(dataOf(history)), [at, history]);
  const last = (series: Series) => rate(history.rates[series].at(-1) ?? 0);
  const said = SERIES.map((series) => `${series} ${last(series)}`).join(", ");
  return h(
    "figure",
    { class: "chart" },
    h(
      "figcaption",
      null,
      h("span", null, label),
      SERIES.map((series) => h("span", { class: `key ${series}` }, `${series} ${last(series)}`)),
      h("span", { class: "quiet" }, "packets/s"),
    ),
    h("div", {
      class: "plot",
      ref: into,
      role: "img",
      "aria-label": `${label}: ${said} packets/s`,
    }),
  );
}
