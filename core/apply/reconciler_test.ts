/** Rounds on a real switch: what a round writes, and what it reports. Tests with packets are in `test/`. */
import assert from "node:assert/strict";
import interpose from "../../plugins/pipelines/interpose.ts";
import { usedPipeline } from "../model/flows/used_pipeline.ts";
import { ofport } from "../../test/lab/lab.ts";
import { eventually, PrivateOvs } from "../../test/lab/ovs.ts";
import { LIMITS } from "../base/limits.ts";
import { NO_LOG } from "../base/log.ts";
import { type Condition, condition } from "../contracts/condition.ts";
import { ALONE, control, internal } from "../model/testing/fixtures.ts";
import { Model } from "../model/model.ts";
import { SwitchConnection } from "../observe/switch_connection.ts";
import { CHECK_INTERVAL, SwitchObserver } from "../observe/switch_observer.ts";
import type { BridgePort } from "../model/ports/bridge_ports.ts";
import type { Operation, OvsdbSession } from "../ovsdb/mod.ts";
import { Cache } from "../ovsdb/mod.ts";
import { Reconciler, type Round } from "./reconciler.ts";

/** Ports of Sluice's. The first is the mirror's target. */
const TARGETS = ["ids0", "ids1"];

/** A mirror to a port of a real switch, and an OVSDB that accepts or refuses every transaction. */
class Scene implements AsyncDisposable {
  complete = true;
  holds = true;
  blockers: Condition[] = [];
  refusing = false;
  /** While it is there, no removal ends before it resolves. */
  held: PromiseWithResolvers<never[]> | undefined;
  readonly rounds: Round[] = [];
  readonly #stop = new AbortController();
  #running: Promise<unknown> | undefined;

  private constructor(
    readonly ovs: PrivateOvs,
    readonly model: Model,
    readonly connection: SwitchConnection,
    readonly reconciler: Reconciler,
  ) {}

  static async start(): Promise<Scene> {
    const ovs = await PrivateOvs.start({ datapath: "dummy" });
    for (const port of ["p1", ...TARGETS]) {
      await ovs.vsctl("add-port", "br0", port, "--", "set", "interface", port, "type=internal");
    }
    const model = await mirrorOn(ovs);
    const connection: SwitchConnection = new SwitchConnection({
      address: ovs.mgmt(),
      bridge: "br0",
      log: NO_LOG,
      onUp: () => scene.reconciler.wake(),
      onDown: () => {},
      onMessage: (message) => void observer.hears(message),
    });
    const observer = new SwitchObserver({
      model,
      client: () => connection.client,
      wake: () => scene.reconciler.wake(),
    });
    const ovsdb = {
      connected: true,
      cache: new Cache(),
      applied: () => Promise.resolve(),
      commit: (operations: readonly Operation[]) => scene.#commit(operations),
    } as unknown as OvsdbSession;
    const reconciler = new Reconciler({
      bridge: "br0",
      model,
      ovsdb,
      observer,
      prepare: () => {},
      complete: () => scene.complete,
      isHolder: () => scene.holds,
      holder: undefined,
      blockers: () => [...scene.blockers, ...(observer.unusable ? [observer.unusable] : [])],
      log: NO_LOG,
    });
    const scene: Scene = new Scene(ovs, model, connection, reconciler);
    scene.#running = Promise.all([connection.run(scene.#stop.signal), scene.#follow()]);
    return scene;
  }

  async #commit(operations: readonly Operation[]): Promise<never[]> {
    if (this.refusing) throw new Error("Cannot commit: no");
    const added = operations.filter(({ op, table }) => op === "insert" && table === "Interface")
      .map(({ row }) => (row as { name: string }).name);
    const removed = TARGETS.filter((name) => JSON.stringify(operations).includes(uuidOf(name)));
    if (removed.length > 0) await this.held?.promise;
    for (const name of removed) this.model.setPort(name, undefined);
    for (const name of added) this.model.setPort(name, await rowOf(this.ovs, name));
    return [];
  }

  async #follow(): Promise<void> {
    for await (const round of this.reconciler.rounds(this.#stop.signal)) this.rounds.push(round);
  }

  /** Waits for a round that begins from now on. @param what Describes the round, for the message of a timeout. */
  async round(what: string, wanted: (round: Round) => boolean): Promise<Round> {
    const since = this.rounds.length;
    this.reconciler.wake();
    return await eventually(what, () => this.rounds.slice(since).find(wanted));
  }

  /** Number of Sluice's flows on the switch, without learned ones. */
  async flows(): Promise<number> {
    const dump = await this.ovs.ofctl(
      "dump-flows",
      "br0",
      "cookie=0x51ce000000000000/0xffffffff00000000",
    );
    return dump.split("\n").filter((line) => line.includes("table=")).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
    await this.ovs[Symbol.asyncDispose]();
  }
}

async function mirrorOn(ovs: PrivateOvs): Promise<Model> {
  const attachment = { port: "p1", macs: ["02:00:00:00:00:01"], ips: [], match: "mac" } as const;
  const model = new Model({
    resolvers: [{ name: "test", docs: "", resolve: () => [attachment] }],
    pipeline: usedPipeline(interpose, 200),
    surroundings: ALONE,
  });
  const pod = { namespace: "default", name: "a", uid: "1", labels: {}, annotations: {}, ips: [] };
  model.setPod({ ...pod, hostNetwork: false });
  model.setControl(mirrorTo("ids0"));
  for (const name of ["p1", ...TARGETS]) model.setPort(name, await rowOf(ovs, name));
  return model;
}

const uuidOf = (port: string) => `uuid of ${port}`;

async function rowOf(ovs: PrivateOvs, name: string): Promise<BridgePort> {
  const ours = TARGETS.includes(name);
  const row = { external_ids: {}, interfaceUUID: "i", portUUID: uuidOf(name), linkUp: true };
  const number = await ofport(ovs, name);
  return { ...internal(name), ...row, ours, outOfForwarding: ours, ofport: number };
}

function mirrorTo(port: string) {
  const treatment = { copies: [{ to: [port] }] };
  const wanted = control("m", "1", { treatment, specs: [internal(port)] });
  return { ...wanted, object: { ...wanted.object, appliedTo: { podSelector: {} } } };
}

const wrote = ({ flows }: Round) => flows.some(({ add }) => add > 0);

Deno.test("nothing is written before every source has given everything, nor while there is a blocker", async () => {
  await using scene = await Scene.start();
  scene.complete = false;
  await scene.round("a round that waits", ({ failure }) => !failure);
  scene.complete = true;
  scene.blockers = [condition("BridgeFailOpen", "it fails open")];
  await scene.round("a round that may not", ({ failure }) => !failure);
  assert.equal(scene.rounds.some(wrote), false);
  assert.equal(await scene.flows(), 0);
  scene.blockers = [];
  const round = await scene.round("a round that writes", wrote);
  assert.deepEqual([...round.applied], ["m"]);
  assert.equal(await scene.flows(), round.flows[0]!.add);
  await scene.round("a round with nothing to do", (next) => !wrote(next));
  assert.equal(scene.reconciler.settled, true);
});

Deno.test("while Sluice's tables have a foreign flow, the reconciler has no flows on the switch", async () => {
  await using scene = await Scene.start();
  await scene.round("a round that writes", wrote);
  await scene.ovs.ofctl("add-flow", "br0", "table=200,priority=77,actions=drop");
  await eventually("no flow of Sluice", async () => {
    scene.reconciler.wake();
    return await scene.flows() === 0;
  });
  await scene.ovs.ofctl("--strict", "del-flows", "br0", "table=200,priority=77");
  await scene.round("a round that writes again", wrote);
});

Deno.test("a round that fails says why, and the next one does what it has not done", async () => {
  await using scene = await Scene.start();
  await scene.round("a round that writes", wrote);
  scene.refusing = true;
  scene.model.setControl(mirrorTo("ids1")); // to add its port takes a commit
  const failed = await scene.round("a round that fails", ({ failure }) => failure !== undefined);
  assert.deepEqual([failed.failure!.reason, failed.failure!.message], [
    "RoundFailed",
    "Cannot commit: no",
  ]);
  assert.equal(scene.reconciler.settled, false);
  scene.refusing = false;
  await scene.round("a round that ends well", ({ failure }) => !failure);
  assert.equal(scene.reconciler.failure, undefined);
});

Deno.test("a removal that fails wakes a round, is told until it succeeds, and is tried again", async () => {
  await using scene = await Scene.start();
  const leftover = () => scene.reconciler.leftover;
  await scene.round("a round that writes", wrote);
  scene.held = Promise.withResolvers();
  scene.model.deleteControl("m"); // to remove its ports takes a commit
  await scene.round("a round that deletes", ({ flows }) => flows.length > 0);
  assert.equal(leftover(), undefined);
  scene.refusing = true;
  scene.held.reject(new Error("Cannot commit: no"));
  const [since, start] = [scene.rounds.length, performance.now()];
  await eventually("a round", () => scene.rounds[since]);
  assert.ok(performance.now() - start < CHECK_INTERVAL / 2, "nothing else wakes it");
  const told = leftover();
  assert.match(told!.message, /^Cannot remove ports "ids0": Cannot commit: no$/);
  assert.equal(scene.reconciler.settled, false);
  await scene.round("another round", () => true);
  assert.deepEqual(leftover(), told);
  assert.equal(scene.reconciler.failure, undefined, "no TrafficControl is hindered");
  scene.refusing = false;
  scene.held = undefined;
  await eventually("the removal", () => scene.reconciler.settled);
  assert.deepEqual([...scene.model.ports].map(({ name }) => name), ["p1"]);
  assert.equal(leftover(), undefined);
});

Deno.test("a round that stops early, as the lock of the bridge is not given yet, settles nothing", async () => {
  await using scene = await Scene.start();
  await scene.round("a round that writes", wrote);
  await eventually("the end of all changes", () => scene.reconciler.settled);
  scene.holds = false;
  await scene.round("a round that stops", () => true);
  assert.equal(scene.reconciler.settled, false);
  scene.holds = true;
  await scene.round("a round that ends", () => true);
  assert.equal(scene.reconciler.settled, true);
});

Deno.test("while a port is being removed, flows of other ports are written, and none of that port", async () => {
  await using scene = await Scene.start();
  await scene.round("a round that writes", wrote);
  scene.held = Promise.withResolvers();
  scene.model.setControl(mirrorTo("ids1")); // to remove the other port takes a commit
  await scene.round("a round that writes", wrote);
  scene.model.deleteControl("m");
  await scene.round("a round that deletes", ({ flows }) => flows.length > 0);
  scene.model.setControl(mirrorTo("ids1"));
  await scene.round("a round that writes again", wrote);
  assert.equal(scene.reconciler.settled, false); // the removal is under way
  const rounds = scene.rounds.length;
  scene.model.setControl(mirrorTo("ids0")); // it still looks as if it could be used
  scene.reconciler.wake();
  await scene.flows(); // another request to the switch has been answered meanwhile
  assert.equal(scene.rounds.length, rounds, "the round waits");
  scene.held.resolve([]);
  await eventually("the removal's end", () => scene.reconciler.settled);
});

Deno.test("a round whose look at the switch never ends is overdue", async () => {
  const model = new Model({
    resolvers: [],
    pipeline: usedPipeline(interpose, 200),
    surroundings: ALONE,
  });
  let now = 0;
  const looks = Promise.withResolvers<never>();
  const observer = { look: () => looks.promise, dueAt: () => 0, forget() {} };
  const stop = new AbortController();
  const reconciler = new Reconciler({
    bridge: "br0",
    model,
    ovsdb: { connected: true, cache: new Cache() } as unknown as OvsdbSession,
    observer: observer as unknown as SwitchObserver,
    prepare: () => {},
    complete: () => true,
    isHolder: () => true,
    holder: undefined,
    blockers: () => [],
    log: NO_LOG,
    now: () => now,
  });
  const rounds = reconciler.rounds(stop.signal);
  const first = rounds.next();
  now = LIMITS.roundStep;
  assert.equal(reconciler.overdue, undefined);
  now++;
  assert.deepEqual(reconciler.overdue, { since: now, step: "read the switch" });
  stop.abort();
  looks.reject(new Error("Cannot look: the test ends"));
  await first;
  await rounds.return(undefined);
  assert.equal(reconciler.overdue, undefined);
});
