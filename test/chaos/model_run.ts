/**
 * Chaos without a switch: a model that has seen all operations so far must want the flows of a model that is told only
 * what is left. It prints the size of the heap, so it needs `--v8-flags=--expose-gc`.
 * @module
 */
import assert from "node:assert/strict";
import { index } from "../../core/contracts/registry.ts";
import { DRAIN_TIME } from "../../core/model/flows/parts_in_use.ts";
import { usedPipeline } from "../../core/model/flows/used_pipeline.ts";
import { Model } from "../../core/model/model.ts";
import type { BridgePort } from "../../core/model/ports/bridge_ports.ts";
import { ALONE } from "../../core/model/testing/fixtures.ts";
import { parseObject } from "../../core/objects/parse.ts";
import { formatFlow } from "../../core/openflow/mod.ts";
import { actions, options, resolvers } from "../../plugins/mod.ts";
import interpose from "../../plugins/pipelines/interpose.ts";
import { targets } from "../../targets/mod.ts";
import { podObject } from "../lab/agent.ts";
import { Random } from "../ownership/random.ts";
import { Expected, type PortVLAN } from "./expected.ts";
import { podAddresses, podMac } from "./furniture.ts";
import { LENT_PORTS } from "./lent.ts";
import { furnish, OBJECTS } from "./objects.ts";
import { drawKind } from "./operations.ts";
import { PORTS } from "./ports.ts";
import { VLANS } from "./vlans.ts";

const KINDS = [...OBJECTS, ...PORTS, ...VLANS, ...LENT_PORTS];

const registries = {
  targets: index("target", targets, ({ kind }) => kind),
  actions: index("action", actions, ({ name }) => name),
  options: index("option", options, ({ field }) => field),
};
/** The number of the first of Sluice's tables. */
const TABLE_BASE = 200;
/** Operations between two rounds, and between two comparisons. */
const [ROUND, COMPARED] = [3, 50];
/** Operations between two looks at the heap. */
const LOOK = 2000;

/** A model with an Open vSwitch that does everything at once. */
class Told {
  readonly model: Model;
  readonly #expected: Expected;
  readonly #known = {
    controls: new Map<string, string>(),
    pods: new Map<string, string>(),
    ports: new Map<string, string>(),
  };
  #namespace = "";
  #clock = 0;

  constructor(expected: Expected) {
    this.#expected = expected;
    this.model = new Model({
      resolvers,
      pipeline: usedPipeline(interpose, TABLE_BASE),
      node: "node1",
      surroundings: {
        ...ALONE,
        device: (name) =>
          expected.devices.has(name) || expected.lent.has(name) || !/^(dev|own)/.test(name)
            ? { index: 1, addresses: [] }
            : undefined,
      },
    });
  }

  /** Tells the model what has changed since the last call. */
  tell(): void {
    const { controls, pods, namespace } = this.#expected;
    this.#tellEach(this.#known.controls, controls, (object) => {
      const parsed = parseObject("TrafficControl", object, registries);
      if ("control" in parsed) this.model.setControl(parsed.control);
      else this.model.deleteControl(object.metadata.name); // it is of a plugin file
    }, (name) => this.model.deleteControl(name));
    const objects = new Map(
      [...pods].filter(([, { labels }]) => labels).map(([name, { labels }]) =>
        [name, podObject({ name, mac: podMac(name), ips: podAddresses(name) }, labels!)] as const
      ),
    );
    this.#tellEach(this.#known.pods, objects, (object) => {
      const parsed = parseObject("Pod", object, registries);
      if (parsed && "object" in parsed && parsed.kind === "Pod") this.model.setPod(parsed.object);
    }, (name) => this.model.deletePod(`default/${name}`));
    const labels = { ...namespace, "kubernetes.io/metadata.name": "default" };
    if (JSON.stringify(labels) !== this.#namespace) {
      this.model.setNamespace({ name: "default", labels });
    }
    this.#namespace = JSON.stringify(labels);
    this.#tellEach(this.#known.ports, this.#ports(), (port) => {
      this.model.setPort(port.name, port);
    }, (name) => this.model.setPort(name, undefined));
  }

  /** The ports that are not Sluice's. */
  #ports(): Map<string, BridgePort> {
    const { pods, lent } = this.#expected;
    const ofPods = [...pods].flatMap(([name, { ofport, vlan }]) =>
      ofport === undefined ? [] : [bridgePort(name, { ofport, ...toVLANs(vlan) })]
    );
    const ofOwner = [...lent].map(([name, { ofport, marked }]) =>
      bridgePort(name, { ofport, type: "internal", external_ids: marked ? { owner: "x" } : {} })
    );
    return new Map([...ofPods, ...ofOwner].map((port) => [port.name, port]));
  }

  #tellEach<T>(
    known: Map<string, string>,
    now: ReadonlyMap<string, T>,
    set: (value: T) => void,
    remove: (name: string) => void,
  ): void {
    for (const name of [...known.keys()].filter((each) => !now.has(each))) {
      known.delete(name);
      remove(name);
    }
    for (const [name, value] of now) {
      const text = JSON.stringify(value);
      if (known.get(name) === text) continue;
      known.set(name, text);
      set(value);
    }
  }

  /** One round as the reconciler does it. */
  round(): void {
    const { model } = this;
    for (const [name, { claim, verdict }] of model.judgePorts()) {
      const { type, options } = claim.spec;
      if (verdict.state === "remove") model.setPort(name, undefined);
      if (verdict.state !== "add" && verdict.state !== "change") continue;
      model.setPort(name, bridgePort(name, { type, options, ours: true, outOfForwarding: true }));
    }
    model.judgePorts();
    model.updateFlows(this.#clock);
    this.#clock += DRAIN_TIME;
    model.datapath.expire(this.#clock);
    model.updateFlows(this.#clock);
    for (const name of model.leftovers()) model.setPort(name, undefined);
    model.flows.applied(model.flows.changes());
  }

  get flows(): string[] {
    return this.model.flows.desired().map(formatFlow).sort();
  }
}

/** The model's view of the settings. */
function toVLANs({ mode, tag = 0, trunks = [] }: PortVLAN = {}): Pick<BridgePort, "vlans"> {
  if (mode === undefined && tag === 0) return {};
  return { vlans: { mode: mode ?? "access", own: tag, trunks } };
}

/** A number for each name, the same in every model. */
const OFPORTS = new Map<string, number>();
function bridgePort(name: string, more: Partial<BridgePort>): BridgePort {
  if (!OFPORTS.has(name)) OFPORTS.set(name, OFPORTS.size + 1);
  return {
    name,
    type: "",
    options: {},
    external_ids: {},
    ours: false,
    ofport: OFPORTS.get(name)!,
    interfaceUUID: name,
    portUUID: name,
    ...more,
  };
}

function fresh(expected: Expected): Told {
  const told = new Told(expected);
  told.tell();
  for (let round = 0; round < 3; round++) told.round();
  return told;
}

declare const gc: () => void;

/** @returns MiB of the heap after each so many operations. */
export function modelChaos(seed: number, operations: number): number[] {
  const [random, expected] = [new Random(seed), new Expected()];
  furnish(expected);
  const told = new Told(expected);
  const heap: number[] = [];
  for (let count = 1; count <= operations; count++) {
    drawKind(KINDS, random, { expected });
    if (count % ROUND === 0) {
      told.tell();
      told.round();
    }
    if (count % COMPARED === 0) {
      told.tell();
      for (let round = 0; round < 3; round++) told.round();
      assert.deepEqual(
        told.flows,
        fresh(expected).flows,
        `seed ${seed}, after ${count} operations`,
      );
      expected.fresh.clear();
    }
    if (count % LOOK !== 0) continue;
    gc();
    heap.push(Deno.memoryUsage().heapUsed / 1024 / 1024);
  }
  return heap;
}

if (import.meta.main) {
  const [seed, operations] = Deno.args.map(Number) as [number, number];
  console.log(JSON.stringify(modelChaos(seed, operations)));
}
