/**
 * Causes each condition in the code that reports it, by a bridge, a node or another TrafficControl made for the test.
 * @module
 */
import { control, internal, redirect, tunnelTo } from "../../model/testing/fixtures.ts";
import { PortConflicts } from "../../model/refusals/conflicts.ts";
import { RedirectRefusals } from "../../model/refusals/redirects.ts";
import { type BridgePort, BridgePorts } from "../../model/ports/bridge_ports.ts";
import { judgePort } from "../../model/ports/verdict.ts";
import type { Surroundings } from "../../model/ports/surroundings.ts";
import { LocalPods } from "../../model/pods/local_pods.ts";
import { findPlaces } from "../../model/pods/places.ts";
import { treatPod } from "../../model/pods/treated_pod.ts";
import { bridgeConditions } from "../../observe/bridge_conditions.ts";
import type { Control, PodObject } from "../../objects/types.ts";
import { Cache } from "../../ovsdb/mod.ts";
import { parseFlow } from "../../openflow/mod.ts";
import type { Attachment, PortSpec } from "../../contracts/mod.ts";
import type { Condition } from "../../contracts/condition.ts";
import annotation from "../../../plugins/cni/annotation.ts";
import interpose from "../../../plugins/pipelines/interpose.ts";

export const DEVICE: PortSpec = { name: "eno2", type: "", options: {}, identity: "eno2" };
export const TAP = internal("tap0");
export const TUNNEL = tunnelTo("erspan-1", { key: "1" });
export const FAR_END = { bridge: "br1", name: "b", type: "patch", options: { peer: "a" } };
export const PATCH: PortSpec = { ...internal("a"), type: "patch", farEnd: FAR_END };

export function row(of: PortSpec, more: Partial<BridgePort> = {}): BridgePort {
  const ids = { interfaceUUID: "i", portUUID: "p", external_ids: {}, ofport: 7 };
  return { ...of, ...ids, ours: true, outOfForwarding: true, ...more };
}

/** The conditions of the verdict on a port. @param port The port of the spec's name that is on the bridge. */
export function judge(
  spec: PortSpec,
  more: Partial<Surroundings> = {},
  port?: BridgePort,
): Condition[] {
  const verdict = judgePort(spec, {
    onBridge: () => port,
    bridge: "br0",
    bridgeOf: () => undefined,
    farEnd: () => undefined,
    isBridge: () => false,
    isOurs: () => false,
    isPodPort: () => false,
    sameTunnel: () => undefined,
    isReceivedFrom: () => undefined,
    isOwnAddress: () => false,
    isStopped: () => false,
    flowTunnel: () => undefined,
    device: () => ({ index: 2, addresses: [] }),
    mtuOf: () => undefined,
    bridgeMTUs: () => undefined,
    collidingFlow: () => undefined,
    ...more,
  });
  if (verdict.state === "ready") return [...verdict.conditions];
  return "condition" in verdict ? [verdict.condition] : [];
}
export const addressed = { device: () => ({ index: 2, addresses: ["192.0.2.7"] }) };
export const foreign = (of: PortSpec, more: Partial<BridgePort> = {}) =>
  row(of, { ours: false, ...more });

export function clash(older: Control, younger: Control): Condition[] {
  const conflicts = new PortConflicts();
  for (const each of [older, younger]) conflicts.set(each);
  return [conflicts.refusal(younger.name)!];
}
export const tunnelled = (name: string, age: string, version: string) =>
  control(name, age, {
    treatment: { copies: [{ to: ["erspan-1"] }] },
    specs: [tunnelTo("erspan-1", { erspan_ver: version })],
  });

export function inSpanningTree(): Condition[] {
  const refusals = new RedirectRefusals(() => foreign(DEVICE, { inSpanningTree: true }));
  return [refusals.refusalThrough(["eno2"])!];
}

export function floodedInto(): Condition[] {
  const refusals = new RedirectRefusals(() => foreign(DEVICE));
  refusals.observe(undefined, undefined);
  refusals.setFloodingUnstoppable(true);
  return [refusals.refusalThrough(["eno2"])!];
}

/** The conditions of the first of some Pods, which a redirect selects. @param found The attachments of each Pod. */
export function podConditions(...found: readonly Partial<Attachment>[][]): Condition[] {
  const attachments = new Map(found.map((each, index) => [`p${index}`, each]));
  const resolve = ({ name }: { name: string }) =>
    attachments.get(name)!.map((
      each,
    ) => ({ port: name, macs: [], ips: [], ...each } as Attachment));
  const pods = new LocalPods({
    resolvers: [{ name: "test", docs: "Is a test.", resolve }],
    ports: new BridgePorts(),
  });
  const keys = [...attachments.keys()].map((name) => {
    pods.set(
      {
        namespace: "prod",
        name,
        annotations: {},
        hostNetwork: false,
        ips: [],
      } as unknown as PodObject,
    );
    pods.resolve(`prod/${name}`);
    return `prod/${name}`;
  });
  const controls = () => [redirect("r", "1", ["t", "u"])];
  return [...treatPod(keys[0]!, { pods, port: () => undefined, controls }).conditions];
}

/** The conditions of a Pod that claims a port. @param annotations Of the Pod. @param more Of the Pod, too. */
export function claimConditions(
  annotations: Readonly<Record<string, string>>,
  more: Partial<PodObject> = {},
): Condition[] {
  const ports = new BridgePorts<string>();
  const rows = [
    row(internal("br0"), { ours: false }),
    row({ ...DEVICE, name: "eth0" }, { ours: false, external_ids: { "cni-pod": "a" } }),
  ];
  for (const each of rows) ports.set(each.name, each);
  const marks = new Map([["cni-pod", "cni"]]);
  const isBridge = (name: string) => name === "br0";
  const pod = { namespace: "prod", name: "p0", uid: "1", labels: {}, hostNetwork: false, ips: [] };
  const around = { resolvers: [annotation], marks, ports, isBridge };
  return [...findPlaces({ ...pod, annotations, ...more }, around).conditions];
}

/** The conditions of bridge `br0`. @param ids `external_ids` of the row in table Open_vSwitch. */
export function bridge(row: Record<string, unknown> | undefined, ids: [string, string][] = []) {
  const cache = new Cache();
  cache.apply({
    Open_vSwitch: { o: { initial: { external_ids: ["map", ids] } } },
    ...(row && { Bridge: { b: { initial: { name: "br0", ...row } } } }),
    Controller: { c: { initial: { target: "tcp:127.0.0.1:1", is_connected: false } } },
  });
  return bridgeConditions(cache, "br0");
}

export const PIPELINE = interpose.create({ tableBase: 200 });
export const DROP = parseFlow("table=9,priority=1 actions=drop");
export const OVNS = parseFlow(
  "table=0 actions=set_field:1->metadata,set_field:3->reg14,resubmit(,8)",
);
export const OUR_PLACE = PIPELINE.bridge().find(({ table }) => table === 0)!;
