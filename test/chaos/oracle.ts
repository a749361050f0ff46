/** What the agent says that it does, against what the TrafficControls ask for. Pure. @module */
import assert from "node:assert/strict";
import type { ControlState, PodState, State } from "../../core/report/state.ts";
import { type ControlObject, type Expected, type ExpectedPod, namedPort } from "./expected.ts";

type Way = "egress" | "ingress";
const DIRECTIONS: Readonly<Record<Way, string>> = { egress: "Egress", ingress: "Ingress" };

/** @throws {AssertionError} If a TrafficControl is not realized without a reason, or a Pod is treated in another way. */
export function assertTreatments(state: State, expected: Expected): void {
  const named = new Map(state.trafficControls.map((each) => [each.name, each]));
  const effective = [...expected.controls.values()].filter((object) =>
    isEffective(named.get(object.metadata.name)!, object, expected)
  );
  for (const pod of state.pods) {
    for (const way of ["egress", "ingress"] as const) {
      assert.deepEqual(
        said(pod, way),
        wanted(pod.name, way, { effective, expected, named }),
        `${pod.name} ${way}`,
      );
    }
  }
}

interface Cause {
  /** Whether it can be true. */
  readonly canBe: (object: ControlObject, expected: Expected) => boolean;
  /** It concerns some Pods only, or says nothing of what is done. */
  readonly partial?: true;
}

/** Conditions that a TrafficControl of a run may have. Any other one is a fault. */
const CAUSES: Readonly<Record<string, Cause>> = {
  Conflict: { canBe: sharesPort },
  DeviceInUse: { canBe: isKeptFromIt },
  DeviceMissing: { canBe: lacksDevice },
  NoPort: { canBe: (_, { pods }) => [...pods.values()].some(isPortless), partial: true },
  Invalid: { canBe: ({ metadata }, { broken }) => broken.has(metadata.name), partial: true },
  Superseded: { canBe: ({ spec }) => spec.action === "Redirect", partial: true },
};

const isPortless = ({ ofport, labels }: ExpectedPod) =>
  labels !== undefined && ofport === undefined;

function lacksDevice(object: ControlObject, { devices, lent }: Expected): boolean {
  const isMissing = (name: string) =>
    name.startsWith("dev") ? !devices.has(name) : name.startsWith("own") && !lent.has(name);
  return ports(object).some((name) => name !== undefined && isMissing(name));
}

/** Whether it names a port that the owner has marked as its own. */
function isKeptFromIt(object: ControlObject, { lent }: Expected): boolean {
  return ports(object).some((name) => name !== undefined && lent.get(name)?.marked === true);
}

/** Whether it is done for the Pods that it selects. */
function isEffective(said: ControlState, object: ControlObject, expected: Expected): boolean {
  const failures = said.conditions.filter(({ warning }) => !warning);
  for (const { reason, message } of failures) {
    const text = `${object.metadata.name}: ${reason}: ${message}`;
    assert.ok(CAUSES[reason]?.canBe(object, expected), text);
  }
  const whole = failures.filter(({ reason }) => !CAUSES[reason]!.partial);
  const lacksPort = lacksDevice(object, expected) || isKeptFromIt(object, expected);
  if (expected.podsOf(object).length > 0 && lacksPort) {
    assert.ok(
      whole.length > 0,
      `${object.metadata.name} has no condition: it cannot have its port`,
    );
  }
  return whole.length === 0;
}

const ports = ({ spec }: ControlObject) => [namedPort(spec.targetPort), namedPort(spec.returnPort)];

/** Whether another TrafficControl uses one of its ports. */
function sharesPort(object: ControlObject, { controls }: Expected): boolean {
  const own = ports(object).filter((name) => name !== undefined);
  return [...controls.values()].some((other) =>
    other !== object && ports(other).some((name) => name !== undefined && own.includes(name))
  );
}

function said(pod: PodState, way: Way): object {
  const treatment = pod.ports[0]?.[way];
  return {
    mirrors: [...treatment?.mirrors ?? []].sort(),
    redirect: treatment?.redirect && [treatment.redirect.target, treatment.redirect.return],
  };
}

interface Wanted {
  readonly effective: readonly ControlObject[];
  readonly expected: Expected;
  readonly named: ReadonlyMap<string, ControlState>;
}

function wanted(pod: string, way: Way, { effective, expected, named }: Wanted): object {
  const applied = effective.filter((object) =>
    [DIRECTIONS[way], "Both"].includes(object.spec.direction) &&
    expected.podsOf(object).includes(pod)
  );
  const mirrors = applied.filter(({ spec }) => spec.action === "Mirror")
    .map((object) => targetOf(object, { expected, named }));
  const [redirect] = applied.filter(({ spec }) => spec.action === "Redirect").sort(byAge);
  return {
    mirrors: [...new Set(mirrors)].sort(),
    redirect: redirect && ports(redirect).map((name) => portNamed(name!, redirect, expected)),
  };
}

/** The name of a tunnel's port is Sluice's own. */
function targetOf(object: ControlObject, { expected, named }: Pick<Wanted, "expected" | "named">) {
  const name = namedPort(object.spec.targetPort);
  return name === undefined
    ? named.get(object.metadata.name)!.target!
    : portNamed(name, object, expected);
}

/** A port of a plugin file has the name that its present version gives it. */
const portNamed = (name: string, { spec }: ControlObject, { prefix }: Expected) =>
  spec.targetPort.wire ? `${prefix}${name}` : name;

function byAge({ metadata: one }: ControlObject, { metadata: other }: ControlObject): number {
  const key = ({ creationTimestamp = "", name }: ControlObject["metadata"]) =>
    `${creationTimestamp} ${name}`;
  return key(one) < key(other) ? -1 : 1;
}
