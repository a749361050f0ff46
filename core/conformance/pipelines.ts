/**
 * The properties that every pipeline must have: its rows are those that it declares, and packets that pass them are
 * treated as asked.
 * @module
 */
import Type from "typebox";
import type { Pipeline, PipelineType } from "../contracts/mod.ts";
import { describe, schemaProblems } from "../objects/validate.ts";
import { cannotProblems, type CaseName, CASES, possible } from "./pipeline/cases.ts";
import { declarationProblems, rowProblems, turnProblems } from "./pipeline/declared.ts";
import { deliveryOf } from "./pipeline/owner.ts";
import { growthProblems } from "./pipeline/growth.ts";
import { caseProblems } from "./pipeline/journeys.ts";
import {
  BRIDGES,
  type Direction,
  DIRECTIONS,
  type Parts,
  partsOf,
  rowsOf,
  type World,
} from "./pipeline/world.ts";
import {
  conformance,
  kebabCase,
  type Properties,
  pure,
  sentence,
  type Shape,
  shapeProblems,
} from "./properties.ts";

export const pipelineShape: Shape = {
  name: "string",
  docs: "string",
  tables: "list",
  fits: "function?",
  deliveryRows: "list?",
  marks: "object?",
  floodNeedsFew: "boolean?",
  create: "function",
};

/** The shape of what `create` returns. */
const createdShape: Shape & Readonly<Record<keyof Pipeline, string>> = {
  tables: "object",
  cannot: "function",
  bridge: "function",
  copyPort: "function",
  pair: "function",
  choice: "function?",
  counter: "function?",
  leg: "function?",
  filter: "function?",
  treatment: "function",
  podPort: "function",
  flood: "function?",
  vlans: "function?",
  refresh: "function?",
  learnedPort: "function?",
};

const closed = { additionalProperties: false } as const;
const words = Type.String({ minLength: 1 });
const TABLES = Type.Array(Type.Object({
  name: words,
  rows: Type.Array(Type.Object({
    name: words,
    priority: Type.Integer(),
    lowestPriority: Type.Optional(Type.Integer()),
    matches: words,
    does: words,
    fields: Type.Array(words),
    leadsTo: Type.Array(words),
    counts: Type.Optional(Type.Enum(["copied", "redirected", "dropped"])),
  }, closed)),
}, closed));

const ANY_BRIDGE = {
  name: "br-suite",
  external_ids: {},
  ovsExternalIDs: {},
  datapathType: "",
} as const;

/** What is wrong with the value that `create` returned. */
export function createdProblems(type: PipelineType, tableBase: number, created: unknown): string[] {
  const wrong = shapeProblems(created, createdShape);
  if (wrong.length > 0) return wrong.map((each) => `returns a pipeline of which ${each}`);
  const { first, count } = (created as Pipeline).tables;
  const own = type.tables.length - 1; // the first declared table is the bridge's table 0
  if (first === tableBase && count === own) return [];
  return [
    `must have tables { first: ${tableBase}, count: ${own} }: has ${
      describe((created as Pipeline).tables)
    }`,
  ];
}

/** What is wrong with the rows that a method returned. */
export function rowsProblems(type: PipelineType, tableBase: number, found: unknown): string[] {
  if (!Array.isArray(found)) return [`must return a list of rows: returns ${describe(found)}`];
  return rowProblems(type, tableBase, found);
}

/** Every test world whose treatment the pipeline can do: in each direction, on each bridge. */
function worlds(pipeline: Pipeline): World[] {
  return possible(pipeline).flatMap((name) =>
    (Object.keys(DIRECTIONS) as Direction[]).flatMap((direction) =>
      BRIDGES.map((numbers) => ({ numbers, direction, treatment: CASES[name] }))
    )
  );
}

function eachWorld(type: PipelineType, look: (pipeline: Pipeline, world: World) => string[]) {
  const [{ tableBase }] = BRIDGES as [World["numbers"]];
  const owner = type.deliveryRows && { deliveryOf };
  const found = worlds(type.create({ tableBase })).map((world) => ({ ...world, ...owner }))
    .flatMap((world) => look(type.create({ tableBase: world.numbers.tableBase }), world));
  return [...new Set(found)];
}

/** A message for each other method whose rows count packets: only these three are given counters. */
function otherCounts(
  { treatment: _treatment, counter: _counter, podPort: _podPort, ...others }: Parts,
): string[] {
  return Object.entries(others).filter(([, rows]) =>
    rows.some(({ counts }) => counts !== undefined)
  )
    .map(([method]) =>
      `${method} must return rows that count nothing: those of counter, treatment and podPort do`
    );
}

function learnsWithoutPort(pipeline: Pipeline, parts: Parts): string[] {
  const learns = rowsOf(parts).some(({ actions }) => actions.some(({ type }) => type === "learn"));
  return learns && !pipeline.learnedPort
    ? ["must have learnedPort: its rows learn flows, which go when their port goes"]
    : [];
}

function writtenProblems(type: PipelineType, pipeline: Pipeline, world: World): string[] {
  const parts = partsOf(pipeline, world);
  const rows = rowsOf(parts);
  if (rows.length === 0) return ["writes nothing at all"];
  const wrong = rowProblems(type, world.numbers.tableBase, rows);
  if (wrong.length > 0) return wrong;
  return [
    ...otherCounts(parts),
    ...learnsWithoutPort(pipeline, parts),
    ...turnProblems(pipeline),
  ];
}

/** Properties of the type of pipeline itself. */
const PROPERTIES: Properties<PipelineType> = {
  docs: ({ docs }) => sentence(docs),
  name: ({ name }) => kebabCase(name),
  tables: ({ tables }) => {
    const wrong = schemaProblems(TABLES, tables).map(({ path, message }) => `${path} ${message}`);
    return wrong.length > 0 ? wrong : declarationProblems(tables);
  },
  fits: (type) =>
    !type.fits || typeof type.fits(ANY_BRIDGE) === "boolean"
      ? []
      : [`must return true or false: returns ${describe(type.fits(ANY_BRIDGE))}`],
  create: (type) =>
    BRIDGES.flatMap(({ tableBase }) =>
      createdProblems(type, tableBase, type.create({ tableBase }))
    ),
};

/** Properties of the rows that it writes. */
const WRITTEN: Properties<PipelineType> = {
  cannot: (type) => cannotProblems(type.create({ tableBase: 200 })),
  pure: (type) =>
    eachWorld(
      type,
      (pipeline, world) => pure("it", () => Deno.inspect(partsOf(pipeline, world), { depth: 20 })),
    ).slice(0, 1),
  rows: (type) => eachWorld(type, (pipeline, world) => writtenProblems(type, pipeline, world)),
};

/** What the rows do with packets, and how their number grows. */
const PACKETS: Properties<PipelineType> = {
  packets: (type) => {
    const names: readonly CaseName[] = possible(type.create({ tableBase: 200 }));
    return names.flatMap((name) => caseProblems(type, name));
  },
  number: (type) => growthProblems((tableBase) => type.create({ tableBase })),
};

/**
 * The stages are tested in order, up to the first with a fault: each stage relies on what the stages before it have
 * shown.
 */
const STAGES = [PROPERTIES, WRITTEN, PACKETS];

/** What is wrong with a pipeline that has the right shape: one line for each fault, none if it conforms. */
export function pipelineProblems(type: PipelineType): string[] {
  for (const properties of STAGES) {
    const wrong = conformance(type, properties);
    if (wrong.length > 0) return wrong;
  }
  return [];
}
