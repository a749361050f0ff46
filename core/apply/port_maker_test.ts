import assert from "node:assert/strict";
import interpose from "../../plugins/pipelines/interpose.ts";
import { usedPipeline } from "../model/flows/used_pipeline.ts";
import { ALONE, control, internal, tunnelTo } from "../model/testing/fixtures.ts";
import type { PortSpec } from "../contracts/mod.ts";
import type { BridgePort } from "../model/ports/bridge_ports.ts";
import type { Control } from "../objects/types.ts";
import { LIMITS } from "../base/limits.ts";
import { NO_LOG } from "../base/log.ts";
import { Model } from "../model/model.ts";
import { ConstraintViolationError, type Operation } from "../ovsdb/mod.ts";
import { DEVICE_POLL_INTERVAL } from "../observe/devices.ts";
import { PortMaker } from "./port_maker.ts";

/** A model with one selected Pod, an OVSDB that accepts every transaction unless it has to fail, and a clock. */
class Scene {
  now = 1000;
  sameTunnel: string | undefined;
  fail = false;
  /** Name of a port that OVSDB refuses to write. */
  refuses: string | undefined;
  /** Whether ovs-vswitchd has not applied an earlier change. */
  lagging = false;
  onCommit = () => {};
  readonly commits: Operation[][] = [];
  readonly model = new Model({
    resolvers: [],
    pipeline: usedPipeline(interpose, 200),
    surroundings: { ...ALONE, sameTunnel: () => this.sameTunnel },
  });
  readonly maker = new PortMaker({
    bridge: "br0",
    model: this.model,
    log: NO_LOG,
    now: () => this.now,
    ovsdb: {
      applied: () => this.lagging ? Promise.reject(new Error("not applied")) : Promise.resolve(),
      commit: (operations) => this.#commit(operations),
    },
  });

  constructor() {
    const pod = { namespace: "default", name: "p1", uid: "1", labels: {}, annotations: {} };
    this.model.setPod({ ...pod, hostNetwork: false, ips: [] });
  }

  #commit(operations: readonly Operation[]) {
    if (this.fail) return Promise.reject(new Error("Cannot commit: no"));
    if (this.refuses !== undefined && JSON.stringify(operations).includes(this.refuses)) {
      return Promise.reject(new ConstraintViolationError({ error: "constraint violation" }));
    }
    this.commits.push([...operations]);
    this.onCommit();
    return Promise.resolve([]);
  }

  /** Adds a TrafficControl that mirrors every Pod to the port. */
  wants(spec: PortSpec, name = "m"): Control {
    const wanted = control(name, "1", {
      treatment: { copies: [{ to: [spec.name] }] },
      specs: [spec],
    });
    const everybody = { ...wanted.object, appliedTo: { podSelector: {} } };
    this.model.setControl({ ...wanted, object: everybody });
    return wanted;
  }

  /** Adds a port that Sluice has made to the bridge. */
  has(spec: PortSpec, more: Partial<BridgePort> = {}): void {
    const row = { ...spec, external_ids: {}, interfaceUUID: "i", portUUID: "p" };
    this.model.setPort(spec.name, { ...row, ours: true, outOfForwarding: true, ...more });
  }
}

const insertsOf = (operations: readonly Operation[] = []) =>
  operations.filter(({ op }) => op === "insert").map(({ table }) => table);

Deno.test("a port is made in one transaction that marks it and keeps it out of forwarding", async () => {
  const scene = new Scene();
  scene.wants(internal("tap0"));
  await scene.maker.realize();
  assert.deepEqual(insertsOf(scene.commits[0]), ["Interface", "Port"]);
  const port = scene.commits[0]!.find(({ op, table }) => op === "insert" && table === "Port");
  assert.partialDeepStrictEqual(port?.row, { vlan_mode: "trunk", trunks: 4095, protected: true });
  assert.match(JSON.stringify(port), /\["sluice","1"\].*\["antrea-type","sluice"\]/);
});

Deno.test("a transaction that fails is tried again", async () => {
  const scene = new Scene();
  scene.wants(internal("tap0"));
  scene.fail = true;
  await assert.rejects(scene.maker.realize());
  scene.fail = false;
  await scene.maker.realize();
  assert.deepEqual(insertsOf(scene.commits[0]), ["Interface", "Port"]);
});

Deno.test("no port is added before ovs-vswitchd has applied that it was removed", async () => {
  const scene = new Scene();
  scene.wants(internal("tap0"));
  scene.lagging = true;
  await assert.rejects(scene.maker.realize(), /not applied/);
  assert.deepEqual(scene.commits, []);
  scene.lagging = false;
  scene.model.wanted.touch("tap0");
  await scene.maker.realize();
  assert.deepEqual(insertsOf(scene.commits[0]), ["Interface", "Port"]);
});

Deno.test("a port that Open vSwitch cannot make is removed, and tried again after a pause", async () => {
  const scene = new Scene();
  const spec = internal("tap0");
  scene.wants(spec);
  scene.has(spec, { error: "File exists" });
  await scene.maker.realize();
  assert.deepEqual(scene.commits[0]![0]!.mutations, [["ports", "delete", ["uuid", "p"]]]);
  scene.model.setPort("tap0", undefined);
  await scene.maker.realize();
  const verdict = scene.model.wanted.verdict("tap0");
  assert.equal(verdict && "condition" in verdict && verdict.condition.reason, "PortFailed");
  const due = scene.maker.dueAt();
  assert.ok(due > scene.now && due <= scene.now + 60_000);
  const before = scene.commits.length;
  await scene.maker.realize();
  assert.equal(scene.commits.length, before, "not before it is due");
  scene.now = due;
  await scene.maker.realize();
  assert.deepEqual(insertsOf(scene.commits[before]), ["Interface", "Port"]);
});

Deno.test("nothing is due for ports that no TrafficControl wants any more", async () => {
  const scene = new Scene();
  const failing = internal("tap0");
  scene.wants(failing);
  scene.has(failing, { error: "File exists" });
  await scene.maker.realize();
  scene.model.setPort("tap0", undefined);
  scene.model.deleteControl("m");
  await scene.maker.realize();
  scene.now += 100_000;
  assert.equal(scene.maker.dueAt(), Infinity);
  scene.wants({ name: "eno9", type: "", options: {}, identity: "eno9" });
  await scene.maker.realize();
  assert.equal(scene.maker.dueAt(), scene.now + DEVICE_POLL_INTERVAL);
  scene.model.deleteControl("m");
  await scene.maker.realize();
  assert.equal(scene.maker.dueAt(), Infinity);
});

Deno.test("a tunnel that the owner has, too, is made when the owner's is gone", async () => {
  const scene = new Scene();
  scene.sameTunnel = "vx0";
  scene.wants(tunnelTo("erspan-1"));
  await scene.maker.realize();
  assert.equal(scene.model.wanted.verdict("erspan-1")?.state, "refused");
  assert.deepEqual(scene.commits, []);
  scene.sameTunnel = undefined;
  scene.now += 1000; // the model gets no message about it, so refused ports are judged once a second
  await scene.maker.realize();
  assert.deepEqual(insertsOf(scene.commits[0]), ["Interface", "Port"]);
});

Deno.test("a port that OVSDB refuses hinders no other port, and is tried again after a pause", async () => {
  const scene = new Scene();
  scene.refuses = "bad0";
  scene.wants(internal("bad0"));
  scene.wants(internal("tap0"), "n");
  await scene.maker.realize();
  assert.deepEqual(scene.commits.map(insertsOf), [["Interface", "Port"]]);
  assert.match(JSON.stringify(scene.commits), /tap0/);
  const verdict = scene.model.wanted.verdict("bad0");
  assert.ok(verdict && "condition" in verdict);
  assert.equal(verdict.condition.reason, "PortFailed");
  assert.match(verdict.condition.message, /^OVSDB refuses port "bad0": .*constraint violation/);
  scene.has(internal("tap0"));
  scene.refuses = undefined;
  await scene.maker.realize();
  assert.equal(scene.commits.length, 1, "not before it is due");
  scene.now = scene.maker.dueAt();
  await scene.maker.realize();
  assert.match(JSON.stringify(scene.commits[1]), /bad0/);
});

Deno.test("a port that has to be judged again and again ends the round, and the next one goes on", async () => {
  const scene = new Scene();
  scene.wants(internal("tap0"));
  scene.onCommit = () => scene.model.wanted.touch("tap0"); // somebody takes it away each time
  await scene.maker.realize();
  assert.equal(scene.commits.length, LIMITS.portPasses);
  await scene.maker.realize();
  assert.equal(scene.commits.length, 2 * LIMITS.portPasses);
});
