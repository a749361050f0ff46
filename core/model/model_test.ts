import assert from "node:assert/strict";
import { ALONE } from "./testing/fixtures.ts";
import { actions, options, resolvers } from "../../plugins/mod.ts";
import { targets } from "../../targets/mod.ts";
import type { BridgePort } from "./ports/bridge_ports.ts";
import { compileControl } from "../objects/compile.ts";
import { DRAIN_TIME } from "./flows/parts_in_use.ts";
import { Model } from "./model.ts";
import type { NamespaceObject, PodObject, TargetSpec, TrafficControl } from "../objects/types.ts";
import { podKey } from "../objects/types.ts";
import { formatFlow } from "../openflow/mod.ts";
import { index } from "../contracts/registry.ts";
import fc from "fast-check";
import interpose from "../../plugins/pipelines/interpose.ts";
import { usedPipeline } from "./flows/used_pipeline.ts";

const registries = {
  targets: index("target", targets, ({ kind }) => kind),
  actions: index("action", actions, ({ name }) => name),
  options: index("option", options, ({ field }) => field),
};

function newModel(): Model {
  return new Model({
    resolvers,
    pipeline: usedPipeline(interpose, 200),
    node: "node1",
    surroundings: { ...ALONE, device: () => ({ index: 1, addresses: [] }) },
  });
}

/** A number for every name, the same in every model. */
const OFPORTS = new Map<string, number>();
function ofportOf(name: string): number {
  const known = OFPORTS.get(name) ?? OFPORTS.size + 1;
  OFPORTS.set(name, known);
  return known;
}

const ACCESS = { mode: "access", own: 5, trunks: [] } as const;
function bridgePort(name: string, more: Partial<BridgePort> = {}): BridgePort {
  return {
    name,
    type: "",
    options: {},
    external_ids: {},
    ours: false,
    ofport: ofportOf(name),
    interfaceUUID: name,
    portUUID: name,
    ...more,
  };
}

let clock = 0;
/** One round as the reconciler does it, with an Open vSwitch that does everything at once. */
function round(model: Model): void {
  for (const [name, { claim, verdict }] of model.judgePorts()) {
    if (verdict.state !== "add" && verdict.state !== "change") continue;
    const { type, options } = claim.spec;
    model.setPort(name, bridgePort(name, { type, options, ours: true, outOfForwarding: true }));
  }
  model.judgePorts();
  model.updateFlows(clock);
  clock += DRAIN_TIME;
  model.datapath.expire(clock);
  model.updateFlows(clock);
  for (const name of model.leftovers()) model.setPort(name, undefined);
  model.flows.applied(model.flows.changes());
}

const texts = (model: Model) => model.flows.desired().map(formatFlow).sort();

// --- There are few names, so that random objects often have the same ones ---
const among = <T>(...values: T[]) => fc.constantFrom(...values);
const labels = fc.dictionary(among("app", "tier"), among("a", "b"), { maxKeys: 1 });
const selector = fc.record({ matchLabels: labels });
const portPair = among(["tap0", "tap1"], ["tap2", "tap3"], ["tap0", "tap3"], ["tap4", "tap4"]);
const internal = (name: string): TargetSpec => ({ kind: "ovsInternal", spec: { name } });

const object = fc.record({
  name: among("t1", "t2", "t3", "t4"),
  creationTimestamp: among("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"),
  appliedTo: among<() => fc.Arbitrary<TrafficControl["appliedTo"]>>(
    () => fc.constant({}),
    () => fc.record({ podSelector: selector }),
    () => fc.record({ namespaceSelector: selector }),
    () => fc.record({ podSelector: selector, namespaceSelector: selector }),
  ).chain((make) => make()),
  direction: among("Ingress", "Egress", "Both") as fc.Arbitrary<TrafficControl["direction"]>,
  redirect: fc.boolean(),
  mirrorTo: among<TargetSpec>(internal("ids0"), internal("ids1"), internal("tap0"), {
    kind: "vxlan",
    spec: { remoteIP: "192.0.2.1", vni: 7 },
  }),
  pair: portPair,
}).map(({ redirect, mirrorTo, pair, ...rest }): TrafficControl =>
  redirect
    ? {
      ...rest,
      action: "Redirect",
      targetPort: internal(pair[0]!),
      returnPort: internal(pair[1]!),
    }
    : { ...rest, action: "Mirror", targetPort: mirrorTo }
);

const pod = fc.record({
  namespace: among("n1", "n2"),
  name: among("p1", "p2", "p3"),
  labels,
  port: among("v1", "v2", "v3", "none"),
  mac: among("02:00:00:00:00:01", "02:00:00:00:00:02", "02:00:00:00:00:03", ""),
  match: among("mac", "ip"),
  phase: among("Running", "Succeeded"),
}).map(({ port, mac, match, namespace, name, ...rest }): PodObject => ({
  ...rest,
  namespace,
  name,
  // One Pod names one port: a Pod that names another one later may keep its last place, so its history counts.
  uid: `${namespace}/${name}/${port}`,
  annotations: {
    "sluice.dev/ovs-port": port,
    "sluice.dev/match": match,
    ...(mac && { "sluice.dev/mac": mac }),
  },
  hostNetwork: false,
  ips: [`10.0.0.${name.slice(1)}`],
}));

const namespace = fc.record({ name: among("n1", "n2"), labels });

type Step =
  | { readonly do: "control"; readonly object: TrafficControl }
  | { readonly do: "no control"; readonly name: string }
  | { readonly do: "pod"; readonly object: PodObject }
  | { readonly do: "no pod"; readonly object: PodObject }
  | { readonly do: "namespace"; readonly object: NamespaceObject }
  | { readonly do: "no namespace"; readonly name: string }
  | { readonly do: "port"; readonly name: string; readonly tag: boolean }
  | { readonly do: "no port"; readonly name: string };

const step: fc.Arbitrary<Step> = fc.oneof(
  object.map((each): Step => ({ do: "control", object: each })),
  object.map(({ name }): Step => ({ do: "no control", name })),
  pod.map((each): Step => ({ do: "pod", object: each })),
  pod.map((each): Step => ({ do: "no pod", object: each })),
  namespace.map((each): Step => ({ do: "namespace", object: each })),
  namespace.map(({ name }): Step => ({ do: "no namespace", name })),
  fc.record({ name: among("v1", "v2", "v3"), tag: fc.boolean() })
    .map((each): Step => ({ do: "port", ...each })),
  among("v1", "v2", "v3").map((name): Step => ({ do: "no port", name })),
);

/** The objects and ports that are there at last, whatever events led to them. */
class World {
  readonly controls = new Map<string, TrafficControl>();
  readonly pods = new Map<string, PodObject>();
  readonly namespaces = new Map<string, NamespaceObject>();
  readonly ports = new Map<string, BridgePort>();

  take(step: Step): void {
    if (step.do === "control") this.controls.set(step.object.name, step.object);
    if (step.do === "no control") this.controls.delete(step.name);
    if (step.do === "pod") this.pods.set(podKey(step.object), step.object);
    if (step.do === "no pod") this.pods.delete(podKey(step.object));
    if (step.do === "namespace") this.namespaces.set(step.object.name, step.object);
    if (step.do === "no namespace") this.namespaces.delete(step.name);
    const vlans = "tag" in step && step.tag ? { vlans: ACCESS } : {};
    if (step.do === "port") this.ports.set(step.name, bridgePort(step.name, vlans));
    if (step.do === "no port") this.ports.delete(step.name);
  }

  /** A model that is told only these objects and ports. */
  model(): Model {
    const model = newModel();
    for (const [name, port] of this.ports) model.setPort(name, port);
    for (const each of this.namespaces.values()) model.setNamespace(each);
    for (const each of this.pods.values()) model.setPod(each);
    for (const each of this.controls.values()) model.setControl(compileControl(each, registries));
    return model;
  }
}

function tell(model: Model, step: Step, world: World): void {
  if (step.do === "control") model.setControl(compileControl(step.object, registries));
  if (step.do === "no control") model.deleteControl(step.name);
  if (step.do === "pod") model.setPod(step.object);
  if (step.do === "no pod") model.deletePod(podKey(step.object));
  if (step.do === "namespace") model.setNamespace(step.object);
  if (step.do === "no namespace") model.deleteNamespace(step.name);
  if (step.do === "port" || step.do === "no port") {
    model.setPort(step.name, world.ports.get(step.name));
  }
}

Deno.test("property: the flows after any history of events are those of a model built from the last state", () => {
  fc.assert(
    fc.property(fc.array(fc.array(step, { maxLength: 4 }), { maxLength: 12 }), (rounds) => {
      const world = new World();
      const model = newModel();
      for (const steps of rounds) {
        for (const each of steps) {
          world.take(each);
          tell(model, each, world);
        }
        round(model);
      }
      round(model);
      const fresh = world.model();
      round(fresh);
      assert.deepEqual(texts(model), texts(fresh));
      assert.deepEqual(model.flows.changes(), [], "what was applied is what is desired");
    }),
    { numRuns: 4000 },
  );
});

Deno.test("property: when every TrafficControl is gone, no flow and no port is left", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const world = new World();
      const model = newModel();
      for (const each of steps) {
        world.take(each);
        tell(model, each, world);
        round(model);
      }
      for (const name of world.controls.keys()) model.deleteControl(name);
      round(model);
      round(model);
      assert.deepEqual(texts(model), []);
      assert.deepEqual([...model.ports].filter(({ ours }) => ours), []);
    }),
    { numRuns: 200 },
  );
});

Deno.test("property: the flows do not depend on the order of events", () => {
  const objects = fc.array(step, { maxLength: 12 });
  fc.assert(
    fc.property(objects, fc.nat(), (steps, seed) => {
      const world = new World();
      for (const each of steps) world.take(each);
      const one = world.model();
      round(one);
      const reversed = newModel();
      const inOrder = [
        ...[...world.controls.values()].map((each) => () =>
          reversed.setControl(compileControl(each, registries))
        ),
        ...[...world.pods.values()].map((each) => () => reversed.setPod(each)),
        ...[...world.namespaces.values()].map((each) => () => reversed.setNamespace(each)),
        ...[...world.ports].map(([name, port]) => () => reversed.setPort(name, port)),
      ];
      const shuffled = inOrder.map((tellIt, at) => ({ tellIt, key: (at * 7919 + seed) % 101 }))
        .sort((a, b) => a.key - b.key);
      for (const { tellIt } of shuffled) {
        tellIt();
        round(reversed);
      }
      round(reversed);
      assert.deepEqual(texts(reversed), texts(one));
    }),
    { numRuns: 200 },
  );
});

Deno.test("a Pod whose flows cannot be written does not stop the others", () => {
  const model = newModel();
  const podOf = (name: string, ip: string): PodObject => ({
    namespace: "n1",
    name,
    uid: name,
    labels: {},
    annotations: {
      "sluice.dev/ovs-port": name,
      "sluice.dev/mac": name === "v1" ? "02:00:00:00:00:01" : "02:00:00:00:00:02",
    },
    hostNetwork: false,
    ips: [ip],
  });
  for (const name of ["v1", "v2"]) model.setPort(name, bridgePort(name));
  model.setPod(podOf("v1", "nonsense"));
  model.setPod(podOf("v2", "10.0.0.2"));
  const everybody: TrafficControl = {
    name: "m",
    appliedTo: { podSelector: {} },
    direction: "Both",
    action: "Mirror",
    targetPort: internal("ids0"),
  };
  model.setControl(compileControl(everybody, registries));
  round(model);
  assert.deepEqual([...model.datapath.broken.keys()], ["pod n1/v1 v1"]);
  assert.ok(texts(model).some((flow) => flow.includes("nw_dst=10.0.0.2")));
  model.setPod(podOf("v1", "10.0.0.1"));
  round(model);
  assert.equal(model.datapath.broken.size, 0);
});
