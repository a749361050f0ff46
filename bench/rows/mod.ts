/** The rows of the bench, in the order in which they are measured. @module */
import type { Row } from "../row.ts";
import { BULK } from "./bulk.ts";
import { BURST_ROWS } from "./bursts.ts";
import { CLUSTER } from "./cluster.ts";
import { EVENTS } from "./events.ts";
import { IDLE } from "./idle.ts";
import { PROBES } from "./probes.ts";
import { STARTS } from "./starts.ts";
import { THROUGHPUT } from "./throughput.ts";
import { WATCH } from "./watch.ts";

export const ROWS: readonly Row[] = [
  ...EVENTS,
  ...WATCH,
  ...BURST_ROWS,
  ...STARTS,
  ...IDLE,
  ...BULK,
  ...PROBES,
  ...THROUGHPUT,
  ...CLUSTER,
];
