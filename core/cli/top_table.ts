/** The table of `sluice top`. Pure. @module */
import type { Colours } from "./colour.ts";
import { type Cell, type Column, cut, fittedTable } from "./fitted_table.ts";
import { type By, type Move, type Movement, MOVES, type Subject } from "./top_rates.ts";

export interface Shown {
  readonly by: By;
  readonly node?: string | undefined;
  /** Whether there are several bridges. */
  readonly isSeveral: boolean;
  /** Milliseconds between the two readings. */
  readonly interval: number;
  readonly movements: readonly Movement[];
  /** What could not be read, and why. */
  readonly troubles: readonly string[];
}

/** How it is shown. */
export interface Look {
  readonly width: number | undefined;
  readonly colours: Colours;
}

/** Columns before the rates. */
const NAMES: Readonly<Record<By, readonly Column[]>> = {
  tc: [{ head: "TRAFFICCONTROL" }],
  pod: [{ head: "POD" }],
  port: [{ head: "PORT" }, { head: "OFPORT", isNumber: true }, { head: "TRAFFICCONTROLS" }],
};
const BRIDGE: Column = { head: "BRIDGE" };

const namesOf: Readonly<Record<By, (subject: Subject) => string[]>> = {
  tc: ({ trafficControl }) => [`${trafficControl}`],
  pod: ({ namespace, pod }) => [`${namespace}/${pod}`],
  port: ({ port, ofport, trafficControls }) => [
    `${port}`,
    `${ofport}`,
    (trafficControls as readonly string[]).join(","),
  ],
};

const NOTHING: Readonly<Record<By, string>> = {
  tc: "No TrafficControl copies, redirects or drops packets on this node.",
  pod: "No TrafficControl does anything to packets of a Pod on this node.",
  port: "No target or return port is there on this node.",
};

const [KILO, SMALL, ROUND] = [1000, 10, 10_000] as const;
const UNITS = ["", "k", "M", "G", "T"] as const;

/** A number as people read it: `0`, `3.2`, `1234`, `56.7k`. */
export function shortNumber(value: number): string {
  if (value === 0) return "0";
  if (value < SMALL) return value.toFixed(1);
  if (Math.round(value) < ROUND) return value.toFixed(0);
  let [shown, unit] = [value, 0];
  while (Math.round(shown) >= KILO && unit < UNITS.length - 1) {
    shown /= KILO;
    unit++;
  }
  return shown.toFixed(1) + UNITS[unit]!;
}

/** @returns Lines, each with its end. */
export function topText(shown: Shown, { width, colours }: Look): string {
  const { by, node, isSeveral, interval, movements, troubles } = shown;
  const title = [
    ...(node === undefined ? [] : [`Node ${node}`]),
    `per second, over ${(interval / KILO).toFixed(1)} s`,
  ].join(", ");
  const fit = (line: string) => width === undefined ? line : cut(line, width);
  const head = [
    colours.quiet(fit(title)),
    ...troubles.map((trouble) => colours.doubtful(fit(trouble))),
  ].map((line) => `${line}\n`).join("");
  if (movements.length === 0) return `${head}\n${NOTHING[by]}\n`;
  const moves = MOVES.filter((what) => movements.some((each) => each[what]));
  const withBridge = by === "port" && isSeveral;
  const columns = [
    ...(withBridge ? [BRIDGE] : []),
    ...NAMES[by],
    ...moves.flatMap((what): Column[] => [
      { head: `${what.toUpperCase()}/S`, isNumber: true },
      { head: "BYTES/S", isNumber: true },
    ]),
  ];
  const rows = movements.map((movement) => [
    ...(withBridge ? [`${movement.subject.bridge}`] : []),
    ...namesOf[by](movement.subject),
    ...moves.flatMap((what) => rateCells(movement, what, colours)),
  ]);
  return `${head}\n${fittedTable(columns, rows, { width, head: colours.head })}`;
}

function rateCells(movement: Movement, what: Move, { quiet, bad }: Colours): Cell[] {
  const rate = movement[what];
  if (!rate) return ["-", "-"];
  return [rate.packetsPerSecond, rate.bytesPerSecond].map((value) => {
    const text = shortNumber(value);
    if (value === 0) return { text, paint: quiet };
    return what === "dropped" ? { text, paint: bad } : text;
  });
}
