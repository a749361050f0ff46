/** Checks that the number of a pipeline's rows grows at most in proportion to Pods, addresses and copies. @module */
import {
  ALL_VLANS,
  type Pipeline,
  type PodPort,
  type RealizedTreatment,
  type Row,
} from "../../contracts/mod.ts";
import { flowKey } from "../../openflow/mod.ts";
import { type CaseName, CASES, possible } from "./cases.ts";
import { realized } from "./world.ts";

const SIZES = [4, 8, 16] as const;
const TABLE_BASE = 200;
/** The first number of the ports whose count is varied. */
const FIRST_PORT = 100;
const DIRECTIONS = ["egress", "ingress"] as const;

const upTo = (size: number) => Array.from({ length: size }, (_, index) => index);
const hex = (index: number) => index.toString(16).padStart(2, "0");

/** The smallest treatment that the pipeline can do. */
function someTreatment(pipeline: Pipeline, id: number): RealizedTreatment {
  const name: CaseName = possible(pipeline)[0]!;
  return realized(CASES[name], { tableBase: TABLE_BASE, firstPort: 1, id });
}

function podPort(index: number, addresses: number, treatment: RealizedTreatment): PodPort {
  return {
    name: `pod${index}`,
    ofport: FIRST_PORT + index,
    macs: upTo(addresses).map((each) => `02:00:00:00:${hex(index)}:${hex(each)}`),
    ips: upTo(addresses).map((each) => `192.0.${index}.${each}`),
    match: "mac",
    vlans: ALL_VLANS,
    ambiguous: false,
    egress: treatment,
    ingress: treatment,
  };
}

/** For each thing that is counted: the rows for `size` of it. */
const GROWING: Readonly<Record<string, (pipeline: Pipeline, size: number) => readonly Row[]>> = {
  "Pods with a treatment each": (pipeline, size) =>
    upTo(size).flatMap((index) => {
      const treatment = someTreatment(pipeline, index + 1);
      return [
        ...pipeline.podPort(podPort(index, 1, treatment)),
        ...DIRECTIONS.flatMap((direction) => pipeline.treatment(direction, treatment)),
      ];
    }),
  "MACs and as many IPs of a Pod": (pipeline, size) =>
    pipeline.podPort(podPort(0, size, someTreatment(pipeline, 1))),
  "copies of a treatment": (pipeline, size) => {
    if (!possible(pipeline).includes("two copies")) return [];
    const ports = upTo(size).map((index) => ({
      name: `copy${index}`,
      ofport: FIRST_PORT + index,
    }));
    const treatment = {
      id: 1,
      copies: ports.map((port) => ({ to: [port], counter: port.ofport })),
      hops: [],
    };
    return [
      ...ports.flatMap((port) => pipeline.copyPort(port)),
      ...ports.flatMap(({ ofport: id }) => pipeline.counter?.({ id, counts: "copied" }) ?? []),
      ...DIRECTIONS.flatMap((direction) => pipeline.treatment(direction, treatment)),
    ];
  },
};

/** What grows too fast. @param create Makes a new pipeline for each size. */
export function growthProblems(create: (tableBase: number) => Pipeline): string[] {
  return Object.entries(GROWING).flatMap(([what, rows]) => {
    const [small, middle, large] = SIZES.map((size) =>
      new Set(rows(create(TABLE_BASE), size).map((row) => flowKey(row))).size
    ) as [number, number, number];
    // In proportion means: the second step is twice the first one, and may add twice as many rows.
    if (large - middle <= 2 * (middle - small)) return [];
    return [
      `must grow in proportion: ${SIZES.join(", ")} ${what} have ${small}, ${middle}, ${large}`,
    ];
  });
}
