/** Whether a pipeline's rows are no more than in proportion to what there is. @module */
import type { Pipeline, PodPort, RealizedTreatment, Row } from "../../contracts/mod.ts";
import { flowKey } from "../../openflow/mod.ts";
import { type CaseName, CASES, possible } from "./cases.ts";
import { realized } from "./world.ts";

const SIZES = [4, 8, 16] as const;
const TABLE_BASE = 200;
/** Numbers of the ports that there are many of begin here. */
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
    access: false,
    ambiguous: false,
    egress: treatment,
    ingress: treatment,
  };
}

/** Rows of so many. */
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
    const treatment = { id: 1, copies: ports.map((port) => ({ to: [port] })), hops: [] };
    return [
      ...ports.flatMap((port) => pipeline.copyPort(port)),
      ...DIRECTIONS.flatMap((direction) => pipeline.treatment(direction, treatment)),
    ];
  },
};

/** @param create A new one for each size. */
export function growthProblems(create: (tableBase: number) => Pipeline): string[] {
  return Object.entries(GROWING).flatMap(([what, rows]) => {
    const [small, middle, large] = SIZES.map((size) =>
      new Set(rows(create(TABLE_BASE), size).map((row) => flowKey(row))).size
    ) as [number, number, number];
    // Twice the step adds twice the rows where they are in proportion.
    if (large - middle <= 2 * (middle - small)) return [];
    return [
      `must grow in proportion: ${SIZES.join(", ")} ${what} have ${small}, ${middle}, ${large}`,
    ];
  });
}
