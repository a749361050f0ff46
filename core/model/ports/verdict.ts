/** What to do about one wanted port: pure judgement of what OVSDB and the node show. @module */
import { interfaceType, isTunnel } from "../../contracts/interface_types.ts";
import type { PortSpec } from "../../contracts/mod.ts";
import type { BridgePort } from "./bridge_ports.ts";
import { type Condition, condition, warning } from "../../contracts/condition.ts";
import { judgeFarEnd } from "./far_end.ts";
import { mtuConditions, mtuRequest } from "./mtu.ts";
import { type Flow, formatFlow } from "../../openflow/mod.ts";
import { FAR_END_OF } from "../../base/marks.ts";
import type { Surroundings } from "./surroundings.ts";

export type PortVerdict =
  | {
    readonly state: "ready";
    readonly port: BridgePort;
    readonly conditions: readonly Condition[];
  }
  | { readonly state: "add" | "change" }
  /** Our row cannot work as it is, e.g. its device went away: off with it, and try again. */
  | { readonly state: "remove"; readonly condition: Condition }
  | { readonly state: "wait" | "refused"; readonly condition: Condition };

/** Keys by which the owners of ports mark what is theirs: docs/decisions/002-whose-port-is-it.md. */
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

/** A port to judge: what its target makes, and how many bytes it adds to packets, where the target says so. */
export interface WantedPort extends PortSpec {
  readonly overhead?: number | undefined;
}

const refused = (condition: Condition): PortVerdict => ({ state: "refused", condition });
const inUse = (message: string) => refused(condition("DeviceInUse", message, "name another"));
const tunnelInUse = (message: string) =>
  refused(condition("TunnelInUse", message, "use another key"));

export function judgePort(spec: WantedPort, around: Surroundings): PortVerdict {
  const port = around.onBridge(spec.name);
  if (!port) return judgeAbsent(spec, around);
  return port.ours ? judgeOurs(spec, port, around) : judgeForeign(spec, port, around);
}

function judgeAbsent(spec: PortSpec, around: Surroundings): PortVerdict {
  const { name } = spec;
  if (around.isBridge(name)) {
    return inUse(`Device "${name}" is a bridge`);
  }
  const other = around.bridgeOf(name);
  if (other) {
    return inUse(`Device "${name}" is on bridge "${other}"`);
  }
  if (isTunnel(spec)) return judgeTunnel(spec, around);
  const farEnd = judgeFarEnd(spec, around);
  if (typeof farEnd !== "string") return refused(farEnd);
  return spec.type === "" ? judgeDevice(name, around) : { state: "add" };
}

function judgeTunnel(spec: PortSpec, around: Surroundings): PortVerdict {
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
  if (device.addresses.length === 0) return { state: "add" };
  return inUse(`Device "${name}" has address ${device.addresses[0]} of the node`);
}

function judgeOurs(spec: WantedPort, port: BridgePort, around: Surroundings): PortVerdict {
  const farEnd = judgeFarEnd(spec, around);
  const isRight = port.type === spec.type && sameOptions(spec, port) && port.outOfForwarding &&
    hasMTU(spec, port, around);
  if (!isRight || farEnd === "change") return { state: "change" };
  if (spec.type === "") {
    const device = around.device(spec.name);
    if (!device) {
      const message = `Device "${spec.name}" does not exist on the node any more`;
      return { state: "remove", condition: condition("DeviceMissing", message, "create it") };
    }
  }
  if (port.error && !spec.farEnd) { // that a peer is missing is not taken back when it comes: seen on OVS 3.1
    const message = `Open vSwitch cannot make port "${spec.name}": ${port.error}`;
    return { state: "remove", condition: condition("PortFailed", message) };
  }
  const verdict = ready(port, spec, around);
  if (verdict.state !== "ready" || farEnd === "right") return verdict;
  return { ...verdict, conditions: [farEnd, ...verdict.conditions] }; // nothing gets round a sensor that is cut off
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
  const taken = around.placeTaken(port.ofport);
  if (taken) return { state: "wait", condition: placeTaken(port.name, taken) };
  const mtus = { bridge: around.bridgeMTUs()?.largest, of: around.mtuOf };
  const conditions = [...linkConditions(port, spec), ...mtuConditions(spec, port, mtus)];
  return { state: "ready", port, conditions };
}

function placeTaken(name: string, flow: Flow): Condition {
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

function judgeForeign(spec: WantedPort, port: BridgePort, around: Surroundings): PortVerdict {
  const { name } = port;
  const is = (what: string) => inUse(`Port "${name}" is ${what}`);
  if (isTunnel(spec)) return tunnelInUse(`Port "${name}" is somebody else's`);
  if (around.isBridge(name)) return is("the bridge itself");
  if (around.isPodPort(name)) return is("a Pod's");
  const key = OWNERS_KEYS.find((key) => key in port.external_ids);
  if (key) return is(`its owner's own (external_ids:${key})`);
  if (interfaceType(port.type).isVirtual) return is(`a ${port.type} port of its owner's`);
  if (spec.type === "internal" && port.type !== "internal") return is("no internal port");
  const device = around.device(name);
  if (device && device.addresses.length > 0) {
    return is(`an interface of the node, ${device.addresses[0]}`);
  }
  return ready(port, spec, around);
}

/** Other options than ours in the row, e.g. an operator's `local_ip`, stay as they are. */
function sameOptions(spec: PortSpec, port: BridgePort): boolean {
  return Object.entries(spec.options).every(([key, value]) => port.options[key] === value);
}
