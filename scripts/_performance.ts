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

/** The most that TrafficControls which an event does not concern may multiply its time by. */
const FLAT = 1.2;

/** What each event takes beside TrafficControls, as a multiple of what it takes beside none. */
function flatness(rows: readonly Result[]): string {
  const events = rows.filter(({ point }) => point?.plot === "events");
  const body = events.flatMap(({ ours, point }) => {
    const { line, controls } = point!;
    const alone = events.find((each) => each.point!.line === line && each.point!.controls === 0);
    if (controls === 0 || !alone) return [];
    const times = ours.median / alone.ours.median;
    const reached = times <= FLAT ? "yes" : "**no**";
    return [[line, `${controls}`, `${times.toFixed(2)} x`, `${FLAT} x`, reached]];
  });
  return table([["event", "TrafficControls", "time beside none", "goal", "reached"], ...body]);
}

/** The machine, and one line a row: median, with the range of the middle 80 %. */
export function performanceTable({ machine, rows }: Results): string {
  const { cores, processor, openVSwitch, deno, program } = machine;
  const said =
    `Measured with ${cores} cores (${processor}), Open vSwitch ${openVSwitch} and Deno ${deno}. ` +
    `The agent was ${program}. ` +
    "Numbers are medians, with the range of the middle 80 % in brackets.";
  const flat = paragraph(
    "An event beside TrafficControls that it does not concern, compared with one beside none:",
  );
  return `${paragraph(said)}\n${table([HEAD, ...rows.map(rowOf)])}\n${flat}\n${flatness(rows)}`;
}
