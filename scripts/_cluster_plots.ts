/** What status costs by the number of nodes, by the formula in `docs/performance.md`. @module */
import { NODES, Pace } from "../plugins/sources/kubernetes/pace.ts";
import { linesPlot } from "./_plots.ts";

/** Bytes of the object of a node without TrafficControls, and for each with a name of 31 characters: measured. */
const OBJECT = 620;
const FORMS = [
  { name: "one entry for each, as before", bytes: 247 },
  { name: "only names of what is as wanted", bytes: 36 },
] as const;
const CONTROLS = [500, 1000] as const;
const MOST_NODES = 5000;
const STEP = 500;
const SECOND = 1000;
const MEGABYTE = 1e6;

const nodes = Array.from({ length: MOST_NODES / STEP }, (_, index) => (index + 1) * STEP);

function paceOf(count: number): Pace {
  const pace = new Pace();
  pace.hear({ holder: "agent", annotations: { [NODES]: `${count}` } });
  return pace;
}

/** @returns The text of each file, by its path from the root of the repository. */
export async function clusterPlots(): Promise<Readonly<Record<string, string>>> {
  const x = "nodes";
  const times = nodes.flatMap((count) => {
    const pace = paceOf(count);
    return [
      { x: count, y: pace.settleTime / SECOND, line: "READY is complete" },
      { x: count, y: pace.pause / SECOND, line: "the last node has written" },
    ];
  });
  const written = nodes.flatMap((count) =>
    CONTROLS.flatMap((controls) =>
      FORMS.map(({ name, bytes }) => ({
        x: count,
        y: count * (OBJECT + controls * bytes) / MEGABYTE,
        line: `${controls} TrafficControls, ${name}`,
      }))
    )
  );
  return {
    "docs/plots/cluster_time.svg": await linesPlot(times, { x, y: "s after a change" }),
    "docs/plots/cluster_bytes.svg": await linesPlot(written, { x, y: "MB written for one change" }),
  };
}
