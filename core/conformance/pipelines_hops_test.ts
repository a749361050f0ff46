/** Pipelines with one fault each in hops, drops or declarations, and the line that the conformance suite prints. */
import assert from "node:assert/strict";
import interpose from "../../plugins/pipelines/interpose.ts";
import type { PipelineType } from "../api.ts";
import { pipelineProblems } from "./mod.ts";
import { type Change, changed, mapped, mirrorOnly, none } from "./testing/wrong_pipelines.ts";

/** Each case is the interpose pipeline with one fault. */
const REDIRECTS: readonly (readonly [string, Change, RegExp])[] = [
  [
    "ignores hops",
    ({ treatment }) => ({
      treatment: (direction, { hops: _, ...given }) => treatment(direction, { ...given, hops: [] }),
    }),
    /^packets: a hop, egress: an IPv4 packet from pod to uplink comes 0 times to the hop's port "targetA", must once$/m,
  ],
  [
    "ends a chain behind its first hop",
    ({ treatment }) => ({
      treatment: (direction, given) =>
        treatment(direction, { ...given, hops: given.hops.slice(0, 1) }),
    }),
    /^packets: two hops in a chain, egress: an IPv4 packet from pod to uplink comes 0 times to the hop's port "targetB", must once$/m,
  ],
  [
    "lets nothing home",
    () => ({ pair: none }),
    /^packets: a hop, egress: an IPv4 packet from pod to uplink .*comes 2 times|is handed back/m,
  ],
  [
    "ignores drops",
    ({ treatment }) => ({
      treatment: (direction, { drop: _, ...given }) => treatment(direction, given),
    }),
    /^packets: a drop, egress: an IPv4 packet from pod to uplink is handed back to table 0, must be dropped$/m,
  ],
  [
    "drops the evidence, too",
    ({ treatment }) => ({
      treatment: (direction, given) =>
        treatment(direction, given.drop ? { ...given, copies: [] } : given),
    }),
    /^packets: a copy and a drop, egress: an IPv4 packet from pod to uplink comes 0 times to the copy's port "copyA", must once$/m,
  ],
  [
    "says nothing of what it learns",
    ({ learnedPort: _, ...others }) => ({ ...others, learnedPort: undefined as never }),
    /^rows: must have learnedPort: its rows learn flows, which go when their port goes$/,
  ],
  [
    "learns with a cookie",
    ({ bridge }) => ({
      bridge: () =>
        mapped(bridge(), ({ actions }) => ({
          actions: actions.map((each) => each.type === "learn" ? { ...each, cookie: 7n } : each),
        })),
    }),
    /^rows: must write no cookie: Sluice puts its own mark on each flow$/,
  ],
  [
    "brings packets home by another port",
    ({ bridge }) => ({
      bridge: () =>
        mapped(bridge(), ({ actions }) => ({
          actions: actions.map((each) =>
            each.type === "move" && each.to.field === "in_port"
              ? { type: "load", value: 3n, to: each.to }
              : each
          ),
        })),
    }),
    /^packets: a hop, egress: an IPv4 packet from pod to uplink is handed back with in_port 3, came by 1$/m,
  ],
];

Deno.test.each(REDIRECTS)("a pipeline that %s", (_, change, said) => {
  assert.match(pipelineProblems(changed(interpose, change)).join("\n"), said);
});

/** Faults in declarations, and in what a pipeline says besides them. */
const DECLARATIONS: readonly (readonly [string, Partial<PipelineType>, RegExp])[] = [
  ["has a name like a class", { name: "MyPipeline" }, /^name: must be in kebab-case/],
  ["has no tables", { tables: [] }, /^tables: must begin with the bridge's own table$/m],
  [
    "stands below the owner's flows",
    { tables: [{ name: "Bridge", rows: [{ ...mirrorOnly.tables[0]!.rows[0]!, priority: 100 }] }] },
    /^tables: row "Bridge.closed" must have a priority from 65000 to 65535: has 100$/m,
  ],
  [
    "declares a range of priorities upside down",
    {
      tables: [{
        name: "Bridge",
        rows: [{ ...mirrorOnly.tables[0]!.rows[0]!, priority: 65010, lowestPriority: 65020 }],
      }],
    },
    /^tables: row "Bridge.closed" must have a lowestPriority from 65000 to below its priority, or none: has 65020$/m,
  ],
  [
    "declares a range of priorities that reaches below",
    {
      tables: [{
        name: "Bridge",
        rows: [{ ...mirrorOnly.tables[0]!.rows[0]!, priority: 65010, lowestPriority: 64999 }],
      }],
    },
    /^tables: row "Bridge.closed" must have a lowestPriority from 65000 to below its priority, or none: has 64999$/m,
  ],
  [
    "declares a priority inside a range",
    {
      tables: [{
        name: "Bridge",
        rows: [
          {
            ...mirrorOnly.tables[0]!.rows[0]!,
            name: "range",
            priority: 65010,
            lowestPriority: 65001,
          },
          { ...mirrorOnly.tables[0]!.rows[0]!, name: "inside", priority: 65005 },
        ],
      }],
    },
    /^tables: table "Bridge" has priority 65005 twice$/m,
  ],
  [
    "leads to nowhere",
    {
      tables: [{
        name: "Bridge",
        rows: [{ ...mirrorOnly.tables[0]!.rows[0]!, leadsTo: ["Attic"] }],
      }],
    },
    /^tables: row "Bridge.closed" leads to table "Attic", which is not declared$/m,
  ],
  [
    "has too many tables",
    { tables: Array.from({ length: 18 }, (_, index) => ({ name: `T${index}`, rows: [] })) },
    /^tables: must be 16 at most, without the bridge's own: are 17$/m,
  ],
  [
    "describes nothing",
    { tables: [{ name: "Bridge", rows: [{ ...mirrorOnly.tables[0]!.rows[0]!, does: "" }] }] },
    /^tables: \/0\/rows\/0\/does /m,
  ],
  [
    "fits perhaps",
    { fits: () => "yes" as never },
    /^fits: must return true or false: returns "yes"$/,
  ],
  [
    "has other tables than it says",
    { tables: mirrorOnly.tables.slice(0, -1) },
    /^(tables|create): /,
  ],
];

Deno.test.each(DECLARATIONS)("a pipeline that %s", (_, fault, said) => {
  assert.match(pipelineProblems({ ...mirrorOnly, ...fault }).join("\n"), said);
});

Deno.test("the pipeline without the faults conforms", () => {
  assert.deepEqual(pipelineProblems(changed(interpose, () => ({}))), []);
});
