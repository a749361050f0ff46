/** A datapath changes to another pipeline, deals with one that fails, and knows which rows count packets. */
import assert from "node:assert/strict";
import interpose from "../../../plugins/pipelines/interpose.ts";
import { ALL_VLANS, type PipelineType } from "../../contracts/mod.ts";
import { LEARNED_COOKIE, OWN_COOKIE } from "../../base/marks.ts";
import type { Control } from "../../objects/types.ts";
import { combine, type CombinedTreatment } from "../pods/treatments.ts";
import { control, mirror, redirect } from "../testing/fixtures.ts";
import { unsupported } from "../refusals/unsupported.ts";
import { counterID } from "./counters.ts";
import { Datapath } from "./datapath.ts";
import { BRIDGE_PART } from "./part_rows.ts";
import { FlowSet } from "./flow_set.ts";
import { usedPipeline } from "./used_pipeline.ts";

const NUMBERS: Readonly<Record<string, number>> = { p1: 1, tap0: 10, t: 20, u: 21 };
const CONTROLS = [mirror("m", "1", "tap0"), redirect("r", "2", ["t", "u"])];

interface Scene {
  readonly flows: FlowSet;
  readonly datapath: Datapath;
  readonly treatment: CombinedTreatment;
}

const TABLE_BASE = 200;

function scene(type: PipelineType, controls: readonly Control[] = CONTROLS): Scene {
  const flows = new FlowSet();
  const datapath = new Datapath(usedPipeline(type, TABLE_BASE), {
    flows,
    ports: {
      named: (name) =>
        name in NUMBERS ? { ofport: NUMBERS[name]!, type: "", options: {} } : undefined,
      local: () => undefined,
      withVLANs: () => [],
      flooded: () => undefined,
    },
    isReady: () => true,
    loops: () => false,
  });
  const treatment = combine(controls, "egress")!;
  datapath.setPod("p1", [{
    port: "p1",
    macs: ["02:00:00:00:00:01"],
    ips: ["192.0.2.1"],
    match: "mac",
    vlans: ALL_VLANS,
    ambiguous: false,
    egress: treatment,
    ingress: treatment,
  }], 0);
  datapath.render();
  flows.applied(flows.changes());
  return { flows, datapath, treatment };
}

const numberOf = (table: string) =>
  interpose.tables.findIndex(({ name }) => name === table) - 1 + 200;

const tablesOf = (flows: FlowSet) =>
  [...new Set(flows.desired().map(({ table }) => table))].sort((a, b) => a - b);

Deno.test("another pipeline writes every part again, and learned flows are deleted with the first changes", () => {
  const { flows, datapath } = scene(interpose);
  const count = flows.size;
  assert.equal(flows.learnedIsStale, false);
  datapath.usePipeline(usedPipeline(interpose, 100));
  datapath.render();
  assert.equal(flows.size, count);
  assert.deepEqual(tablesOf(flows), [0, 100, 101, 102, 103, 104, 105, 106, 107, 108, 113]);
  assert.equal(flows.learnedIsStale, true);
  const changes = flows.changes();
  assert.ok(changes.some(({ command }) => command === "delete"));
  flows.applied(changes);
  assert.deepEqual(flows.changes(), []);
  assert.equal(flows.learnedIsStale, false);
});

Deno.test("another pipeline with the same rows changes nothing, and learned flows stay", () => {
  const { flows, datapath } = scene(interpose);
  datapath.usePipeline(usedPipeline({ ...interpose }, TABLE_BASE));
  datapath.render();
  assert.deepEqual([flows.changes(), flows.learnedIsStale], [[], false]);
});

Deno.test("flows have Sluice's cookie, and flows that they learn have the cookie of learned flows", () => {
  const { flows } = scene(interpose);
  const ofCounter = 0xffffffffn;
  const cookies = flows.desired().map(({ cookie }) => cookie & ~ofCounter);
  assert.deepEqual([...new Set(cookies)], [OWN_COOKIE]);
  const learned = flows.desired().flatMap(({ actions }) => actions)
    .flatMap((action) => action.type === "learn" ? [action.cookie] : []);
  const share = 0xffffffffn;
  assert.deepEqual([...new Set(learned.map((cookie) => cookie & ~share))], [LEARNED_COOKIE]);
  assert.ok(new Set(learned).size > 1, "not all count together");
});

Deno.test("each TrafficControl has a counter for each direction and each thing that it does", () => {
  const counters = (...controls: Control[]) => {
    const { flows, datapath } = scene(interpose, controls);
    const found = datapath.countersInUse();
    const cookies = flows.desired().map(({ cookie }) => cookie);
    for (const counter of found) {
      const cookie = OWN_COOKIE | BigInt(counterID(counter));
      assert.equal(cookies.filter((each) => each === cookie).length, 1, "one flow for a counter");
    }
    assert.deepEqual([...datapath.countingTables.ofControls], [numberOf("Count")]);
    assert.deepEqual([...datapath.countingTables.ofPods], []);
    return found.map(({ control, direction, counts }) => `${control} ${direction} ${counts}`)
      .sort();
  };
  assert.deepEqual(counters(mirror("m", "1", "tap0"), redirect("r", "2", ["t", "u"])), [
    "m egress copied",
    "m ingress copied",
    "r egress redirected",
    "r ingress redirected",
  ]);
  const drop = control("d", "1", { treatment: { drop: true } });
  assert.deepEqual(counters(drop, redirect("r", "2", ["t", "u"])), [
    "d egress dropped",
    "d ingress dropped",
  ]);
  // Two that ask for the same copy get one: it counts for the first of them.
  assert.deepEqual(counters(mirror("b", "1", "tap0"), mirror("a", "2", "tap0")), [
    "b egress copied",
    "b ingress copied",
  ]);
});

function failing(method: "bridge" | "podPort" | "cannot"): PipelineType {
  return {
    ...interpose,
    create: (options) => ({
      ...interpose.create(options),
      [method]: () => {
        throw new Error(`${method} fails`);
      },
    }),
  };
}

Deno.test.each([["bridge", BRIDGE_PART], ["podPort", "pod p1 p1"]] as const)(
  "if method %s of a pipeline fails, that part has no flows and is in `broken`",
  (method, part) => {
    const { flows, datapath } = scene(failing(method));
    assert.deepEqual([...datapath.broken].map(([part, { message }]) => [part, message]), [
      [part, `${method} fails`],
    ]);
    assert.ok(flows.size > 0);
  },
);

Deno.test("a treatment that the pipeline cannot do has a condition, also if `cannot` fails", () => {
  const refusal = (type: PipelineType, treatment: unknown) =>
    unsupported(treatment as Control["treatment"], usedPipeline(type, TABLE_BASE));
  const scoped = { copies: [{ to: ["tap0"], scope: { onePacketIn: 16 } }] };
  assert.deepEqual(refusal(interpose, scoped), {
    reason: "UnsupportedTreatment",
    message: 'Pipeline "interpose" cannot do copies with "onePacketIn"',
    cure: "choose another pipeline with --pipeline, or another treatment",
  });
  const pairs = [{ target: "t", return: "u" }, { target: "v", return: "w" }];
  assert.match(
    refusal(interpose, { copies: [{ to: ["a", "b"] }], hops: [{ pairs }, { pairs }] })!.message,
    /cannot do several hops without chainOrder$/,
  );
  assert.equal(refusal(interpose, CONTROLS[0]!.treatment), undefined);
  assert.deepEqual(refusal(failing("cannot"), {}), {
    reason: "PluginFailed",
    message: "cannot fails",
  });
});

Deno.test("a part with a flow that is too large for the switch has no flows, and the other parts are written", () => {
  const type: PipelineType = {
    ...interpose,
    create: (options) => {
      const pipeline = interpose.create(options);
      const [row] = pipeline.bridge();
      const actions = Array.from({ length: 5000 }, () => ({ type: "output", port: 1 }) as const);
      return { ...pipeline, bridge: () => [{ ...row!, actions }] };
    },
  };
  const { datapath, flows } = scene(type);
  const [[part, { message }], ...more] = [...datapath.broken] as [[string, Error]];
  assert.deepEqual([part, more], ["bridge", []]);
  assert.match(message, /^Cannot write a flow with 5000 actions: its \d+ bytes/);
  assert.ok(flows.desired().length > 0);
});
