/** The figures of the bench as `docs/performance.md` shows them. @module */
import type { Result, Results, Spread } from "../bench/results.ts";
import { paragraph, table } from "./_markdown.ts";

const formatted = ({ low, median, high }: Spread) =>
  low === high ? `${median}` : `${median} (${low} to ${high})`;

function peerOf({ ours, peer }: Result): string {
  if (!peer) return "-";
  return `${formatted(peer)}, ${peer.name}: ${(ours.median / peer.median).toFixed(2)} x`;
}

const HEAD = ["what", "Sluice", "peer, and the ratio", "goal", "reached"];

const rowOf = (row: Result) => [
  row.name,
  `${formatted(row.ours)} ${row.unit}`,
  peerOf(row),
  row.goalText,
  row.ours.median <= row.goal ? "yes" : "**no**",
];

/** The machine, and one line a row: median, with the range of the middle 80 %. */
export function performanceTable({ machine, rows }: Results): string {
  const { cores, processor, openVSwitch, deno, program } = machine;
  const said =
    `Measured with ${cores} cores (${processor}), Open vSwitch ${openVSwitch} and Deno ${deno}. ` +
    `The agent was ${program}. ` +
    "Numbers are medians, with the range of the middle 80 % in brackets.";
  return `${paragraph(said)}\n${table([HEAD, ...rows.map(rowOf)])}`;
}
