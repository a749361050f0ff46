/**
 * What is to be done about a port that a TrafficControl claims. Pure judgement of what OVSDB and the node show.
 * @module
 */
import { interfaceType, isTunnel } from "../../contracts/interface_types.ts";
import type { PortSpec } from "../../contracts/mod.ts";
import type { BridgePort } from "./bridge_ports.ts";
import { type Condition, condition, warning } from "../../contracts/condition.ts";
import { type Device, isNoted, isReplaced, isUnopened, replacedDevice } from "./device.ts";
import { sharedPackets, takenPackets } from "./flow_tunnels.ts";
import { hasFarEndElsewhere, judgeFarEnd } from "./far_end.ts";
import { mtuConditions, mtuRequest } from "./mtu.ts";
import { type Flow, formatFlow } from "../../openflow/mod.ts";
import { FAR_END_OF } from "../../base/marks.ts";
import { reachConditions } from "./reach.ts";
import type { Surroundings } from "./surroundings.ts";

/**
 * What is to be done about a port. `ready`: flows may send packets into it, whatever its conditions are. `add` and
 * `change`: its rows in OVSDB are to be written. `wait`: it may become ready by itself. `refused`: it cannot be used.
 */
export type PortVerdict =
  | {
    readonly state: "ready";
    readonly port: BridgePort;
    readonly conditions: readonly Condition[];
  }
  | {
    readonly state: "add" | "change";
    /** The ifindex of the device that the port is for; absent if it is for no device. */
    readonly device?: number;
  }
  /** Sluice's row in OVSDB cannot work, e.g. as its device is gone. It is to be removed; later Sluice tries again. */
  | { readonly state: "remove"; readonly condition: Condition }
  /** Open vSwitch must open the device again: the row is to be removed, and then added again at once. */
  | { readonly state: "renew"; readonly condition: Condition; readonly device: number }
  | { readonly state: "wait" | "refused"; readonly condition: Condition };

/** The conditions of a verdict, whatever its state is. */
export function conditionsOf(verdict: PortVerdict | undefined): readonly Condition[] {
  if (!verdict) return [];
  if ("conditions" in verdict) return verdict.conditions;
  return "condition" in verdict ? [verdict.condition] : [];
}

/** Keys of `external_ids` by which owners mark their ports: docs/decisions/002-whose-port-is-it.md. */
const OWNERS_KEYS = [
  FAR_END_OF,
  "antrea-type",
  "attached-mac",
  "attached_mac",
  "container-id",
  "contPodUid",
  "iface-id",
  "owner",
  "ovn-localnet-port",
  "pod-name",
  "pod_name",
  "vm-id",
  "vm-uuid",
];

/** A port to judge: as its target describes it, with the overhead that the target declares, in bytes. */
export interface WantedPort extends PortSpec {
  readonly overhead?: number | undefined;
}

const refused = (condition: Condition): PortVerdict => ({ state: "refused", condition });
const inUse = (message: string, cure = "name another") =>
  refused(condition("DeviceInUse", message, cure));
const tunnelInUse = (message: string) =>
  refused(condition("TunnelInUse", message, "use another key"));

/** Judges one port that should be on the bridge. */
export function judgePort(spec: WantedPort, around: Surroundings): PortVerdict {
  const port = around.onBridge(spec.name);
  if (!port) return judgeAbsent(spec, around);
  return port.ours ? judgeOurs(spec, port, around) : judgeForeign(spec, port, around);
}

/**
 * The verdict on a port that should be added or changed, which is not possible now. A port that works already stays in
 * use as it is, unless its packets would go somewhere else than the spec says.
 */
export function judgeHindered(
  spec: WantedPort,
  condition: Condition,
  around: Surroundings,
): PortVerdict {
  const port = around.onBridge(spec.name);
  const stays = port?.ours && port.type === spec.type && sameOptions(spec, port) &&
    !hasFarEndElsewhere(spec, around);
  const verdict = stays && ready(port, spec, around);
  if (!verdict || verdict.state !== "ready") return { state: "wait", condition };
  return { ...verdict, conditions: [condition, ...verdict.conditions] };
}

function judgeAbsent(spec: PortSpec, around: Surroundings): PortVerdict {
  const { name } = spec;
  if (around.isBridge(name)) {
    return inUse(`Device "${name}" is a bridge`);
  }
  const other = around.bridgeOf(name) ?? around.claimedBy?.(name);
  if (other) return judgeElsewhere(name, other, around);
  if (isTunnel(spec)) return judgeTunnel(spec, around);
  const farEnd = judgeFarEnd(spec, around);
  if (typeof farEnd !== "string") return refused(farEnd);
  if (spec.type === "") return judgeDevice(name, around);
  if (spec.type === "internal" && around.device(name)?.isNotInternal) {
    const cure = "name another, or make it a target of the kind device";
    return inUse(`Device "${name}" is on the node, and is no internal port`, cure);
  }
  return { state: "add" };
}

const A_PORT_EACH =
  "name a port of its own for the Pods of each bridge; copies can go into a tunnel, which every bridge can have";

function judgeElsewhere(name: string, bridge: string, around: Surroundings): PortVerdict {
  if (around.claimedBy?.(name) || around.isServed?.(bridge) && around.isOurs(name)) {
    const state = `Device "${name}" is this TrafficControl's port on bridge "${bridge}"`;
    return inUse(`${state}, and Open vSwitch has a name on one bridge only`, A_PORT_EACH);
  }
  if (!around.isOurs(name)) return inUse(`Device "${name}" is on bridge "${bridge}"`);
  const cure =
    `run "sluice cleanup --bridge ${bridge}" if no agent works there any more; otherwise name another`;
  return inUse(`Device "${name}" is on bridge "${bridge}", where Sluice has made its port`, cure);
}

function judgeTunnel(spec: PortSpec, around: Surroundings): PortVerdict {
  const taken = takenPackets(spec, around);
  if (taken) return refused(taken);
  const same = around.sameTunnel(spec);
  if (!same) return { state: "add" };
  return tunnelInUse(
    `Tunnel "${same}" of somebody else has the same type, remote address, key and port`,
  );
}

function judgeDevice(name: string, around: Surroundings): PortVerdict {
  const device = around.device(name);
  if (!device) {
    const message = `Device "${name}" does not exist on the node`;
    return { state: "wait", condition: condition("DeviceMissing", message, "create it") };
  }
  if (device.addresses.length === 0) return { state: "add", device: device.index };
  return inUse(`Device "${name}" has address ${device.addresses[0]} of the node`);
}

function judgeOurs(spec: WantedPort, port: BridgePort, around: Surroundings): PortVerdict {
  const taken = takenPackets(spec, around);
  if (taken) return { state: "remove", condition: taken };
  const farEnd = judgeFarEnd(spec, around);
  const isRight = port.type === spec.type && sameOptions(spec, port) && port.outOfForwarding &&
    hasMTU(spec, port, around);
  const device = spec.type === "" ? around.device(spec.name) : undefined;
  const ofDevice = spec.type === "" ? judgeOurDevice(port, device, around) : undefined;
  if (ofDevice) return ofDevice;
  if (!isRight || farEnd === "change" || device && !isNoted(port)) {
    return { state: "change", ...(device && { device: device.index }) };
  }
  // OVS 3.1 keeps the error of a patch port whose peer was missing, also after the peer has come, so it means nothing.
  if (port.error && !spec.farEnd) {
    return { state: "remove", condition: portFailed(spec, port.error, around) };
  }
  const verdict = ready(port, spec, around);
  if (verdict.state !== "ready" || farEnd === "right") return verdict;
  // The port stays ready without its far end, so that no packet bypasses a sensor that is cut off.
  return { ...verdict, conditions: [farEnd, ...verdict.conditions] };
}

function portFailed({ name, type }: PortSpec, error: string, around: Surroundings): Condition {
  const message = `Open vSwitch cannot make port "${name}": ${error}`;
  const isTaken = type === "internal" && around.device(name) !== undefined;
  const cure = `name another: the node has a device "${name}"`;
  return condition("PortFailed", message, isTaken ? cure : undefined);
}

/** What is to be done about Sluice's port because of its device; nothing if Open vSwitch has opened this device. */
function judgeOurDevice(
  port: BridgePort,
  device: Device | undefined,
  around: Surroundings,
): PortVerdict | undefined {
  const { name } = port;
  if (!device) {
    const message = `Device "${name}" does not exist on the node any more`;
    return { state: "remove", condition: condition("DeviceMissing", message, "create it") };
  }
  if (!isReplaced(port, device, around)) return undefined;
  return { state: "renew", condition: replacedDevice(name), device: device.index };
}

function hasMTU({ type }: PortSpec, port: BridgePort, around: Surroundings): boolean {
  const wanted = mtuRequest(type, { smallest: around.bridgeMTUs()?.smallest, own: port.mtu });
  return wanted === undefined || wanted === port.mtuRequest;
}

function ready(port: BridgePort, spec: WantedPort, around: Surroundings): PortVerdict {
  if (port.ofport === undefined) {
    const message = `Port "${port.name}" has no OpenFlow port number yet`;
    return {
      state: "wait",
      condition: condition("PortPending", message, "is ovs-vswitchd running?"),
    };
  }
  const colliding = around.collidingFlow(port.ofport);
  if (colliding) return { state: "wait", condition: flowCollision(port.name, colliding) };
  const mtus = { bridge: around.bridgeMTUs()?.largest, of: around.mtuOf };
  const conditions = [
    ...linkConditions(port, spec),
    ...stoppedConditions(port, around),
    ...reachConditions(spec, port, around),
    ...sharedPackets(spec, around),
    ...mtuConditions(spec, port, mtus),
  ];
  return { state: "ready", port, conditions };
}

function flowCollision(name: string, flow: Flow): Condition {
  const message = `A flow of somebody else's stands in the place of port "${name}" (${
    formatFlow(flow)
  })`;
  return condition("TableRangeTaken", message, "remove it, or name another port");
}

function linkConditions({ name, linkUp }: BridgePort, { type }: PortSpec): Condition[] {
  if (type !== "" || linkUp !== false) return [];
  const message = `The link of device "${name}" is down`;
  return [warning("LinkDown", message, `run "ip link set ${name} up"`)];
}

function stoppedConditions(
  { name, ours }: BridgePort,
  around: Pick<Surroundings, "isStopped">,
): Condition[] {
  if (ours || !around.isStopped(name)) return []; // Sluice's own it lets go on
  const message = `Port "${name}" is set to no-forward or no-receive`;
  const cure = 'run "ovs-ofctl mod-port" for it, once with "forward" and once with "receive"';
  return [warning("LinkDown", message, cure)];
}

function judgeForeign(spec: WantedPort, port: BridgePort, around: Surroundings): PortVerdict {
  const { name } = port;
  const is = (what: string) => inUse(`Port "${name}" is ${what}`);
  if (isTunnel(spec)) return tunnelInUse(`Port "${name}" is somebody else's`);
  if (around.isBridge(name)) return is("the bridge itself");
  if (around.isPodPort(name)) return is("a Pod's");
  const key = OWNERS_KEYS.find((key) => key in port.external_ids);
  if (key) return is(`its owner's own (external_ids:${key})`);
  if (interfaceType(port.type).isVirtual) return is(`a ${port.type} port of its owner's`);
  if (port.isInBond) return is("a member of a bond");
  if (spec.type === "internal" && port.type !== "internal") return is("no internal port");
  const device = around.device(name);
  if (device && device.addresses.length > 0) {
    return is(`an interface of the node, ${device.addresses[0]}`);
  }
  if (device && port.type === "" && isUnopened(port, device, around)) {
    const cure = `run "ovs-vsctl del-port ${name}", then Sluice adds it again`;
    return refused(replacedDevice(name, cure));
  }
  const verdict = ready(port, spec, around);
  if (verdict.state !== "ready" || !device?.isPhysical) return verdict;
  return { ...verdict, conditions: [perhapsUplink(name), ...verdict.conditions] };
}

/** Nothing on a bare bridge says which port is its uplink: docs/decisions/002-whose-port-is-it.md. */
function perhapsUplink(name: string): Condition {
  const message =
    `Port "${name}" is a physical device that the bridge's owner has attached: if it is the uplink, ` +
    "what comes in there is dropped, and the node is cut off";
  const cure =
    `if it is for a sensor alone, run "ovs-vsctl del-port ${name}": Sluice adds it again`;
  return warning("DeviceInUse", message, cure);
}

/** Whether the row has the options of the spec. It may have more, e.g. `local_ip` set by an operator: they stay. */
function sameOptions(spec: PortSpec, port: BridgePort): boolean {
  return Object.entries(spec.options).every(([key, value]) => port.options[key] === value);
}
