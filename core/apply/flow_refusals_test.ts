/** Which TrafficControls are left out if the switch refuses a flow. Those of the model select one Pod each, or two. */
import assert from "node:assert/strict";
import interpose from "../../plugins/pipelines/interpose.ts";
import { NO_LOG } from "../base/log.ts";
import { usedPipeline } from "../model/flows/used_pipeline.ts";
import { ALONE, internal, mirror } from "../model/testing/fixtures.ts";
import { treatmentPart } from "../model/flows/parts_in_use.ts";
import { Model } from "../model/model.ts";
import { BundleError } from "../openflow/mod.ts";
import { FlowRefusals } from "./flow_refusals.ts";
import { RETRY } from "./pauses.ts";

const MIRROR_OUT = 202;
const [FULL, WRONG] = ["OFPFMFC_TABLE_FULL", "OFPBAC_BAD_OUT_PORT"];

/** A node with Pods `a` and `b`, and the TrafficControl `works` of Pod `a`, whose flows are in the switch. */
class Scene {
  readonly #attachments = ["a", "b"].map((port, index) => ({
    port,
    macs: [`02:00:00:00:00:0${index}`],
    ips: [],
    match: "mac" as const,
  }));
  readonly model = new Model({
    resolvers: [{
      name: "test",
      docs: "",
      resolve: ({ name }) => this.#attachments.filter(({ port }) => port === name),
    }],
    pipeline: usedPipeline(interpose, 200),
    surroundings: ALONE,
  });
  now = 0;
  readonly refusals = new FlowRefusals({ model: this.model, log: NO_LOG, now: () => this.now });

  constructor() {
    for (const name of ["a", "b"]) {
      const pod = { namespace: "default", name, uid: name, labels: { name }, annotations: {} };
      this.model.setPod({ ...pod, hostNetwork: false, ips: [] });
      this.#port(name, false);
    }
    this.wants("works", "0", "a");
    this.model.flows.applied(this.model.flows.changes());
    this.model.pending.applied();
  }

  #port(name: string, ours: boolean): void {
    const row = { ...internal(name), external_ids: {}, interfaceUUID: name, portUUID: name, ours };
    const ofport = [...this.model.ports].length + 1;
    this.model.setPort(name, { ...row, outOfForwarding: ours, ofport });
  }

  /** Adds a mirror of the Pod. */
  wants(name: string, age: string, pod: string): void {
    this.#port(`to-${name}`, true);
    const made = mirror(name, age, `to-${name}`);
    const appliedTo = { podSelector: { matchLabels: { name: pod } } };
    this.model.setControl({ ...made, object: { ...made.object, appliedTo } });
    this.model.judgePorts();
    this.model.updateFlows(0);
  }

  /** The switch refuses the copies of the Pod. @returns All that are left out by now. */
  refuses(errorName: string, pod: string, count = 1): string[] {
    const index = this.model.flows.changes().findIndex(({ flow }) =>
      flow.table === MIRROR_OUT &&
      this.model.flows.partsWith(flow).some((part) => part === this.#treatmentOf(pod))
    );
    assert.ok(index >= 0);
    this.refusals.refuse(new BundleError(errorName, { index, text: "" }), count);
    this.model.updateFlows(0);
    return [...this.model.refusedFlows.keys()].sort();
  }

  #treatmentOf(pod: string): string {
    const [port] = this.model.datapath.portsOf(`default/${pod}`);
    return treatmentPart("egress", port!.egress!);
  }
}

Deno.test("a table is full: however many are left out at once, what works is not among them while others have changed", () => {
  const scene = new Scene();
  for (const [age, name] of ["new1", "new2", "new3"].entries()) {
    scene.wants(name, `${age + 1}`, "a");
  }
  assert.deepEqual(scene.refuses(FULL!, "a"), ["new3"]);
  assert.deepEqual(scene.refuses(FULL!, "a", 8), ["new1", "new2", "new3"]);
});

Deno.test("a table is full: what has changed is left out, though the refused flow is of what works", () => {
  const scene = new Scene();
  scene.model.flows.observe([]); // another program has deleted all flows
  scene.wants("new", "1", "b");
  assert.deepEqual(scene.refuses(FULL!, "a"), ["new"]);
  assert.deepEqual(scene.refuses(FULL!, "a"), ["new", "works"]);
});

Deno.test("a flow itself is wrong: only who wants it is left out, not what has changed elsewhere", () => {
  const scene = new Scene();
  scene.model.flows.observe([]);
  scene.wants("elsewhere", "1", "b");
  assert.deepEqual(scene.refuses(WRONG!, "a"), ["works"]);
});

Deno.test("a flow itself is wrong: of those who want it, what has changed is left out", () => {
  const scene = new Scene();
  scene.wants("old", "00", "a"); // older than what works
  assert.deepEqual(scene.refuses(WRONG!, "a"), ["old"]);
});

Deno.test("the flow is that of a Pod which no TrafficControl selects: the Pod's flows are left out, and tried again", () => {
  const scene = new Scene();
  const { flows } = scene.model;
  flows.setPart("pod default/c c", [{
    table: 200,
    priority: 1,
    cookie: 0n,
    match: {},
    actions: [],
  }]);
  const index = flows.changes().findIndex(({ flow }) => flow.priority === 1);
  const refuse = () => scene.refusals.refuse(new BundleError(FULL!, { index, text: "" }), 1);
  assert.equal(refuse(), true);
  assert.deepEqual(flows.changes(), []);
  scene.now = scene.refusals.dueAt();
  scene.refusals.retry();
  assert.equal(flows.changes().length, 1);
  assert.equal(refuse(), true);
  const pause = scene.refusals.dueAt() - scene.now;
  assert.ok(pause >= RETRY.minimum && pause <= 2 * RETRY.minimum, `${pause}`); // twice, half of it is left to chance
  flows.setPart("pod default/c c", []); // the Pod is gone
  scene.now = scene.refusals.dueAt();
  scene.refusals.retry();
  assert.deepEqual([flows.changes(), scene.refusals.dueAt()], [[], Infinity]);
});
