/** Operations of Sluice's users: on TrafficControls, and on the objects of Pods and Namespaces. @module */
import type { Random } from "../ownership/random.ts";
import { app, internal, trafficControl } from "../lab/agent.ts";
import { type ControlObject, type Expected, LENT, PODS } from "./expected.ts";
import { COLLECTOR, DEVICES } from "./furniture.ts";
import { defineKind, type Kind, type Need } from "./operations.ts";
import { WIRES } from "./plugin_files.ts";

const CONTROLS = Array.from({ length: 8 }, (_, index) => `t${index}`);
const LABELS = ["a", "b"];
/** Some share a port, so that TrafficControls conflict; the last one has a single port for both directions. */
const PAIRS = [["tap0", "tap1"], ["tap2", "tap3"], ["tap0", "tap3"], ["tap4", "tap4"]] as const;
const DEVICE_PAIR = ["dev1", "dev2"] as const;
const MIRRORS = ["ids0", "ids1", "ids2"];
/** Days of creation: the oldest TrafficControl wins. */
const DAYS = 4;

/** Ports of the owner that are always there: Sluice would make an internal port that is not. */
const STAYING = [LENT[0], LENT[1]] as const;

type Spec = Readonly<Record<string, unknown>>;

const mirrorTo = (targetPort: Spec): Spec => ({ action: "Mirror", targetPort });
const tunnel = (kind: string, spec: Spec): Spec =>
  mirrorTo({ [kind]: { remoteIP: COLLECTOR, ...spec } });

const device = (name: string): Spec => ({ device: { name } });
/** The target of a plugin file. */
const wire = (name: string): Spec => ({ wire: { name } });

/** What a TrafficControl can do, with weights. */
const TREATMENTS: readonly (readonly [number, (random: Random) => Spec])[] = [
  [6, (random) => mirrorTo(internal(random.pick(MIRRORS)))],
  [3, () => mirrorTo({ device: { name: "dev0" } })],
  [2, (random) => mirrorTo(internal(random.pick(STAYING)))],
  [3, (random) => mirrorTo(device(random.pick(LENT)))],
  [1, (random) => tunnel("vxlan", { vni: random.below(3) })],
  [1, (random) => tunnel("geneve", { vni: random.below(3) })],
  [1, (random) => tunnel("gre", { key: random.below(3) })],
  [1, (random) => tunnel("erspan", { version: 1, sessionID: random.below(3) })],
  [7, (random) => redirectTo(random.pick(PAIRS), internal)],
  [3, () => redirectTo(DEVICE_PAIR, device)],
  [2, (random) => mirrorTo(wire(random.pick(WIRES)))],
  [1, () => redirectTo(WIRES, wire)],
  [3, (random) => redirectTo(STAYING, random.pick([internal, device]))],
];

function redirectTo([target, back]: readonly [string, string], port: (name: string) => Spec): Spec {
  return { action: "Redirect", targetPort: port(target), returnPort: port(back) };
}

const SELECTORS: readonly ((random: Random) => Spec)[] = [
  () => ({ podSelector: {} }),
  (random) => app(random.pick(LABELS)),
  () => ({ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "default" } } }),
  (random) => ({ namespaceSelector: { matchLabels: { team: random.pick(LABELS) } } }),
  (random) => ({ ...app(random.pick(LABELS)), namespaceSelector: {} }),
  (random) => ({
    podSelector: {
      matchExpressions: [{
        key: "app",
        operator: random.pick(["In", "NotIn"]),
        values: [random.pick(LABELS)],
      }],
    },
  }),
  () => ({}),
];

function randomControl(random: Random, name: string): ControlObject {
  const day = `2026-01-0${1 + random.below(DAYS)}T00:00:00Z`;
  const spec = {
    appliedTo: random.pick(SELECTORS)(random),
    direction: random.pick(["Ingress", "Egress", "Both", "Both"]),
    ...random.weighted(TREATMENTS)(random),
  };
  return trafficControl(name, spec, { creationTimestamp: day }) as ControlObject;
}

/** Ways to break the text of a manifest: what is cut is not JSON any more, the others are refused. */
const BREAKS: readonly ((text: string, random: Random) => string)[] = [
  (text, random) => text.slice(0, 1 + random.below(text.length - 2)),
  () => "",
  (text) => text.replace('"direction"', '"directoin"'),
  (text) => text.replace(/"(Mirror|Redirect)"/, '"Teleport"'),
  (text) => text.replace(/"targetPort":\{"\w+"/, '"targetPort":{"nowhere"'),
  () => "\u0000\u0001\u0002: [",
];

const FILES: readonly Need[] = ["manifests"];

export const OBJECTS: readonly Kind[] = [
  defineKind<ControlObject>({
    name: "write a TrafficControl",
    needs: FILES,
    weight: 30,
    draw: (random) => randomControl(random, random.pick(CONTROLS)),
    expect: (object, expected) => {
      const { name } = object.metadata;
      expected.controls.set(name, object);
      expected.broken.delete(name);
      expected.fresh.add(name);
    },
    run: (object, world) => world.writeObject(object.metadata.name, object),
  }),
  defineKind<string>({
    name: "delete a TrafficControl",
    needs: FILES,
    weight: 12,
    draw: (random, { controls }) =>
      controls.size > 0 ? random.pick([...controls.keys()]) : undefined,
    expect: (name, expected) => {
      expected.controls.delete(name);
      expected.broken.delete(name);
    },
    run: (name, world) => world.deleteFile(name),
  }),
  defineKind<{ readonly name: string; readonly text: string }>({
    name: "break a TrafficControl",
    needs: FILES,
    weight: 8,
    // Only what the agent has surely seen: else nobody can say which version is the last good one.
    draw: (random, { controls, fresh }) => {
      const names = [...controls.keys()].filter((name) => !fresh.has(name));
      if (names.length === 0) return undefined;
      const name = random.pick(names);
      return { name, text: random.pick(BREAKS)(JSON.stringify(controls.get(name)), random) };
    },
    expect: ({ name }, { broken }) => void broken.add(name),
    run: ({ name, text }, world) => world.writeInPlace(name, text),
  }),
  defineKind<string>({
    name: "write a file that is refused",
    needs: FILES,
    weight: 4,
    draw: (random) => random.pick(BREAKS)(JSON.stringify(randomControl(random, "refused")), random),
    expect: () => {},
    run: (text, world) => world.writeInPlace("refused", text),
  }),
  defineKind<{ readonly name: string; readonly labels: Readonly<Record<string, string>> }>({
    name: "write a Pod",
    needs: FILES,
    weight: 10,
    draw: (random) => ({
      name: random.pick(PODS),
      labels: random.chance(80) ? { app: random.pick(LABELS) } : {},
    }),
    expect: ({ name, labels }, { pods }) => void (pods.get(name)!.labels = labels),
    run: ({ name, labels }, world) => world.writePod(name, labels),
  }),
  defineKind<string>({
    name: "delete a Pod",
    needs: FILES,
    weight: 3,
    draw: (random, { pods }) => pick(random, [...pods].filter(([, { labels }]) => labels)),
    expect: (name, { pods }) => void delete pods.get(name)!.labels,
    run: (name, world) => world.deleteFile(name),
  }),
  defineKind<Readonly<Record<string, string>>>({
    name: "write the Namespace",
    needs: FILES,
    weight: 4,
    draw: (random) => random.chance(70) ? { team: random.pick(LABELS) } : {},
    expect: (labels, expected) => void (expected.namespace = labels),
    run: (labels, world) =>
      world.writeObject("namespace", {
        apiVersion: "v1",
        kind: "Namespace",
        metadata: { name: "default", labels },
      }),
  }),
];

function pick(random: Random, found: readonly (readonly [string, unknown])[]): string | undefined {
  return found.length > 0 ? random.pick(found)[0] : undefined;
}

/** The Pods and the Namespace of the beginning. */
export function furnish(expected: Expected): void {
  for (const [index, name] of PODS.entries()) {
    expected.pods.set(name, {
      ofport: expected.nextOfport(),
      labels: { app: LABELS[index % LABELS.length]! },
    });
  }
  for (const name of DEVICES) expected.devices.add(name);
  for (const name of LENT) expected.lent.set(name, { ofport: expected.nextOfport() });
}
