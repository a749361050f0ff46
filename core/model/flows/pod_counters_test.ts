/** Counters of single Pods: their flows follow from content, and only they grow with the Pods. */
import assert from "node:assert/strict";
import interpose from "../../../plugins/pipelines/interpose.ts";
import { OWN_COOKIE } from "../../base/marks.ts";
import { ALL_VLANS } from "../../contracts/mod.ts";
import type { Control } from "../../objects/types.ts";
import { formatFlow } from "../../openflow/mod.ts";
import { combine } from "../pods/treatments.ts";
import { mirror, redirect } from "../testing/fixtures.ts";
import { Datapath } from "./datapath.ts";
import { FlowSet } from "./flow_set.ts";
import { podCounterID } from "./pod_counters.ts";
import { usedPipeline } from "./used_pipeline.ts";

const NUMBERS: Readonly<Record<string, number>> = { tap0: 1000, t: 1001, u: 1002 };
/** The table PodCount, if the pipeline's first one is 200. */
const POD_COUNT = 214;

/** As if it was compiled again. */
const byPod = (control: Control): Control => ({
  ...control,
  treatment: { ...control.treatment },
  countsByPod: true,
});

/** A node where every TrafficControl selects these Pods, each at the port of its number. */
class Node {
  readonly flows = new FlowSet();
  readonly datapath: Datapath;

  constructor() {
    this.datapath = new Datapath(usedPipeline(interpose, 200), {
      flows: this.flows,
      ports: {
        named: (name) => ({ ofport: NUMBERS[name] ?? Number(name), type: "", options: {} }),
        local: () => undefined,
        withVLANs: () => [],
        flooded: () => undefined,
      },
      isReady: () => true,
      loops: () => false,
    });
  }

  set(pods: readonly number[], controls: readonly Control[]): this {
    const [egress, ingress] = [combine(controls, "egress"), combine(controls, "ingress")];
    for (const number of pods) {
      this.datapath.setPod(`ns/p${number}`, [{
        port: String(number),
        macs: [`02:00:00:00:00:${number.toString(16).padStart(2, "0")}`],
        ips: [`192.0.2.${number}`],
        match: "mac",
        vlans: ALL_VLANS,
        ambiguous: false,
        ...(egress && { egress }),
        ...(ingress && { ingress }),
      }], 0);
    }
    this.datapath.render();
    this.flows.applied(this.flows.changes());
    return this;
  }

  get texts(): string[] {
    return this.flows.desired().map(formatFlow).sort();
  }
  /** The flows that count for Pods. */
  get counting() {
    return this.flows.desired().filter(({ table }) => table === POD_COUNT);
  }
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
const M = mirror("m", "1", "tap0");
const R = redirect("r", "2", ["t", "u"]);

Deno.test("each Pod has a flow for each direction and each thing that is done, with an id from its names", () => {
  const { counting, flows } = new Node().set([1, 2], [byPod(M), R]);
  const ids = [1, 2].flatMap((number) =>
    (["egress", "ingress"] as const).map((direction) =>
      podCounterID({ control: "m", direction, counts: "copied", pod: `ns/p${number}` })
    )
  );
  assert.deepEqual(
    counting.map(({ cookie }) => cookie).sort(),
    ids.map((id) => OWN_COOKIE | BigInt(id)).sort(),
  );
  const reads = flows.desired().flatMap(({ actions }) => actions)
    .filter((action) => action.type === "resubmit" && action.table === POD_COUNT);
  assert.equal(reads.length, 2, "one for each direction of m, none for r");
});

Deno.test("flows are the same as without the option but for those that count for Pods and note who receives", () => {
  const pods = upTo(20);
  const without = new Node().set(pods, [M, R]);
  const all = new Node().set(pods, [byPod(M), R]);
  assert.equal(without.counting.length, 0);
  assert.ok(without.texts.every((text) => !text.includes("reg2")));
  // 20 Pods with two directions, and the flow that clears what was noted
  assert.equal(all.flows.size, without.flows.size + 2 * 20 + 1);
});

Deno.test("other TrafficControls of a Pod leave its counters as they are", () => {
  const node = new Node().set([1, 2], [byPod(M)]);
  const before = node.counting.map(formatFlow).sort();
  node.set([1, 2], [byPod(M), R]);
  assert.deepEqual(node.counting.map(formatFlow).sort(), before);
  node.set([1, 2], [byPod(M), byPod(R)]);
  const after = node.counting.map(formatFlow);
  assert.ok(before.every((text) => after.includes(text)));
  assert.equal(after.length, 2 * before.length);
  node.set([1, 2], [M]);
  assert.deepEqual([node.counting, node.datapath.podCountersInUse()], [[], []]);
});

Deno.test("a TrafficControl that begins to count by Pod keeps its own flow, with other actions", () => {
  const node = new Node().set([1], [M]);
  const ofControl = node.flows.desired().filter(({ table }) => table === POD_COUNT - 1);
  assert.equal(ofControl.length, 2);
  node.set([1], [byPod(M)]);
  for (const flow of ofControl) {
    const now = node.flows.observed(flow)!;
    assert.equal(now.cookie, flow.cookie);
    assert.deepEqual(now.actions, [{ type: "resubmit", table: POD_COUNT }]);
  }
});
