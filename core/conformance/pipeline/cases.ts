/** The treatments that pipelines are tested with. @module */
import type { Pipeline, Treatment } from "../../contracts/mod.ts";
import { describe } from "../../objects/validate.ts";
import { asTreatment, type NamedTreatment } from "./world.ts";

const COPY = { to: ["copyA"] } as const;
const TWO_COPIES = [COPY, { to: ["copyB"] }] as const;
const PAIR = { target: "targetA", return: "returnA" } as const;
const OTHER_PAIR = { target: "targetB", return: "returnB" } as const;
const HOP = { pairs: [PAIR] };

/** The scope of a redirect that fails open. In the cases that have it, the hop is open. */
const OPEN = { failureMode: "Open" };

/** The first hop of a chain, and the second one. */
const CHAIN = [
  { ...HOP, scope: { chainOrder: 1 } },
  { pairs: [OTHER_PAIR], scope: { chainOrder: 2 } },
] as const;

export const CASES = {
  "a copy": { copies: [COPY], hops: [] },
  "two copies": { copies: TWO_COPIES, hops: [] },
  "a hop": { copies: [], hops: [HOP] },
  "a copy and a hop": { copies: [COPY], hops: [HOP] },
  "two copies and a hop": { copies: TWO_COPIES, hops: [HOP] },
  "a drop": { copies: [], hops: [], drop: true },
  "a copy and a drop": { copies: [COPY], hops: [], drop: true },
  "a hop through one port": {
    copies: [],
    hops: [{ pairs: [{ target: "oneArmed", return: "oneArmed" }] }],
  },
  "a copy to one of two ports": { copies: [{ to: ["copyA", "copyB"] }], hops: [] },
  "a hop through one of two pairs": { copies: [], hops: [{ pairs: [PAIR, OTHER_PAIR] }] },
  "an open hop": { copies: [], hops: [{ ...HOP, scope: OPEN }] },
  "a copy and an open hop through one of two pairs": {
    copies: [COPY],
    hops: [{ pairs: [PAIR, OTHER_PAIR], scope: OPEN }],
  },
  "a hop in a chain": { copies: [], hops: [CHAIN[0]] },
  "two hops in a chain": { copies: [], hops: CHAIN },
  "a copy and two hops in a chain": { copies: [COPY], hops: CHAIN },
  "two hops": { copies: [], hops: [HOP, { pairs: [OTHER_PAIR] }] },
} as const satisfies Readonly<Record<string, NamedTreatment>>;
export type CaseName = keyof typeof CASES;

/** A pipeline that can do the parts must also do all of them together: the core combines several TrafficControls. */
const TOGETHER: readonly (readonly [all: CaseName, parts: readonly CaseName[]])[] = [
  ["two copies", ["a copy"]],
  ["a copy and a hop", ["a copy", "a hop"]],
  ["two copies and a hop", ["a copy", "a hop"]],
  ["a copy and a drop", ["a copy", "a drop"]],
  ["two hops in a chain", ["a hop in a chain"]],
  ["a copy and two hops in a chain", ["a copy", "a hop in a chain"]],
];
const BASIC: readonly CaseName[] = ["a copy", "a hop", "a drop"];

/** The scope of an option that no pipeline knows. */
const SCOPE = { ofTheConformanceSuite: true };
const SCOPED: readonly (readonly [what: CaseName, treatment: Treatment])[] = [
  ["a copy", asTreatment({ copies: [{ ...COPY, scope: SCOPE }], hops: [] })],
  ["a hop", asTreatment({ copies: [], hops: [{ ...HOP, scope: SCOPE }] })],
];

/** Names of the cases that the pipeline can do, by its own answers. */
export function possible(pipeline: Pipeline): CaseName[] {
  return (Object.keys(CASES) as CaseName[]).filter((name) => can(pipeline, name));
}

const can = (pipeline: Pipeline, name: CaseName) =>
  pipeline.cannot(asTreatment(CASES[name])).length === 0;

/** What is wrong with the answers of `cannot`. */
export function cannotProblems(pipeline: Pipeline): string[] {
  const answers = Object.values(CASES).map((each) => pipeline.cannot(asTreatment(each)));
  const wrong = answers.find((answer) => !isWords(answer));
  if (wrong !== undefined) {
    return [`must return a list of what it cannot do, in words: returns ${describe(wrong)}`];
  }
  if (!BASIC.some((name) => can(pipeline, name))) {
    return [`must leave something to do: refuses ${BASIC.join(", ")}`];
  }
  return [
    ...TOGETHER.filter(([all, parts]) =>
      !can(pipeline, all) && parts.every((part) => can(pipeline, part))
    ).map(([all, parts]) => `refuses ${all}, although it can do ${parts.join(" and ")}`),
    ...SCOPED.filter(([part, treatment]) =>
      can(pipeline, part) && pipeline.cannot(treatment).length === 0
    ).map(([part]) => `must refuse ${part} with a scope that it does not know`),
  ];
}

function isWords(answer: unknown): boolean {
  return Array.isArray(answer) && answer.every((each) => typeof each === "string" && each !== "");
}
