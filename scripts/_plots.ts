/** Plots of the bench's figures as SVG, which pages show. @module */
import { compile, type TopLevelSpec } from "vega-lite";
import { parse, View } from "vega";
import type { Result } from "../bench/results.ts";
import type { Point } from "../bench/row.ts";

/** Pixels. */
const WIDTH = 520;
const HEIGHT = 220;
/** Bars longer than this many goals are cut: they would make all others too short to be compared. */
const LONGEST_BAR = 3;

/** The plot as SVG, whatever the machine: no fonts are read. */
async function svg(spec: object): Promise<string> {
  const whole = { $schema: "https://vega.github.io/schema/vega-lite/v6.json", ...spec };
  const { spec: lower } = compile(whole as TopLevelSpec);
  return `${await new View(parse(lower), { renderer: "none" }).toSVG()}\n`;
}

/** Each row's median as a multiple of its goal: all goals are reached if no bar passes 1. */
function goalsPlot(rows: readonly Result[]): Promise<string> {
  const values = rows.map(({ name, ours, goal }) => ({
    row: name,
    ratio: Math.min(LONGEST_BAR, ours.median / goal),
    reached: ours.median <= goal ? "reached" : "not reached",
  }));
  return svg({
    width: WIDTH,
    data: { values },
    layer: [
      {
        mark: { type: "bar" },
        encoding: {
          x: { field: "ratio", type: "quantitative", title: "median, as a multiple of the goal" },
          y: { field: "row", type: "nominal", sort: null, title: null, axis: { labelLimit: 0 } },
          color: {
            field: "reached",
            type: "nominal",
            scale: { domain: ["reached", "not reached"], range: ["#4c9f70", "#d1603d"] },
            legend: { title: null, orient: "top" },
          },
        },
      },
      { mark: { type: "rule", strokeDash: [4, 2] }, encoding: { x: { datum: 1 } } },
    ],
  });
}

interface LinePoint {
  readonly x: number;
  readonly y: number;
  readonly line: string;
}

/** One line for each name in `line`. */
export function linesPlot(
  points: readonly LinePoint[],
  { x, y }: { readonly x: string; readonly y: string },
): Promise<string> {
  return svg({
    width: WIDTH,
    height: HEIGHT,
    data: { values: points },
    mark: { type: "line", point: true },
    encoding: {
      x: { field: "x", type: "quantitative", title: x },
      y: { field: "y", type: "quantitative", title: y },
      color: {
        field: "line",
        type: "nominal",
        legend: { title: null, orient: "top", labelLimit: 0 },
      },
    },
  });
}

function pointsOf(rows: readonly Result[], plot: Point["plot"]): LinePoint[] {
  return rows.flatMap(({ point, ours, peer, goal }) => {
    if (point?.plot !== plot) return [];
    const { controls: x, line } = point;
    const others = peer
      ? [{ x, y: peer.median, line: `${line}: ${peer.name}` }]
      : [{ x, y: goal, line: `${line}: goal` }];
    return [{ x, y: ours.median, line: `${line}: Sluice` }, ...others];
  });
}

/** @returns The text of each file, by its path from the root of the repository. */
export async function plots(rows: readonly Result[]): Promise<Readonly<Record<string, string>>> {
  const x = "TrafficControls on the node";
  return {
    "docs/plots/goals.svg": await goalsPlot(rows),
    "docs/plots/events.svg": await linesPlot(pointsOf(rows, "events"), { x, y: "ms (median)" }),
    "docs/plots/memory.svg": await linesPlot(pointsOf(rows, "memory"), { x, y: "MB (RSS)" }),
  };
}
