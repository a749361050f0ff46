import assert from "node:assert/strict";
import { internal, tunnelTo } from "../testing/fixtures.ts";
import type { PortSpec } from "../../contracts/mod.ts";
import type { BridgePort } from "./bridge_ports.ts";
import { DEVICE_INDEX } from "../../base/marks.ts";
import { judgePort } from "./verdict.ts";
import type { Surroundings } from "./surroundings.ts";

const device: PortSpec = { name: "eno2", type: "", options: {}, identity: "eno2" };
const tap = internal("tap0");
const tunnel = tunnelTo("erspan-1", { key: "1" });

const row = (of: PortSpec, more: Partial<BridgePort> = {}): BridgePort => ({
  name: of.name,
  type: of.type,
  options: of.options,
  external_ids: {},
  ours: true,
  outOfForwarding: true,
  ofport: 7,
  interfaceUUID: "i",
  portUUID: "p",
  ...more,
});

function around(more: Partial<Surroundings> = {}): Surroundings {
  return {
    onBridge: () => undefined,
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
  };
}
const has = (port: BridgePort, more: Partial<Surroundings> = {}) =>
  around({ ...more, onBridge: () => port });
const foreign = (
  of: PortSpec,
  external_ids: Record<string, string> = {},
  more: Partial<BridgePort> = {},
) => row(of, { ours: false, external_ids, ...more });

/** A port of Sluice's for device number 2. */
const noted = (more: Partial<BridgePort> = {}) =>
  row(device, { external_ids: { [DEVICE_INDEX]: "2" }, ...more });

const farEnd = { bridge: "br1", name: "b", type: "patch", options: { peer: "a" } };
const patch: PortSpec = { name: "a", type: "patch", options: { peer: "b" }, identity: "a", farEnd };
const farRow = { ...farEnd, interfaceUUID: "i", portUUID: "p", outOfSpanningTree: true };
const br1 = { isBridge: (name: string) => name === "br1" };
/** The surroundings of Sluice's patch port, with its far end or with another one. */
const far = (found: Partial<typeof farRow> | undefined, more: Partial<Surroundings> = {}) =>
  has(row(patch), { ...br1, farEnd: () => found && { ...farRow, ...found }, ...more });

/** Each case: a description, the spec, its surroundings, and the expected state with its reason. */
Deno.test.each<[string, PortSpec, Surroundings, string]>([
  ["a far end to be made", patch, around(br1), "add"],
  ["a far end without its bridge", patch, around(), "refused FarEndFailed"],
  [
    "a far end on the bridge of Sluice itself",
    { ...patch, farEnd: { ...farEnd, bridge: "br0" } },
    around(),
    "refused FarEndFailed",
  ],
  [
    "a far end whose name is taken",
    patch,
    around({ ...br1, bridgeOf: (name) => name === "b" ? "br2" : undefined }),
    "refused FarEndFailed",
  ],
  ["both ends", patch, far({}), "ready"],
  ["a far end that is gone", patch, far(undefined), "change"],
  ["a far end with another peer", patch, far({ options: { peer: "c" } }), "change"],
  ["a far end of another type", patch, far({ type: "internal" as "patch" }), "change"],
  ["a far end on another bridge", patch, far({ bridge: "br2" }), "change"],
  ["a far end of another name", patch, far({ name: "c" }), "change"],
  [
    "a far end that the spec does not have any more",
    tap,
    has(row(tap), { farEnd: () => farRow }),
    "change",
  ],
  [
    "the bridge of the far end is gone, and the port is left",
    patch,
    far(undefined, { isBridge: () => false }),
    "ready FarEndFailed",
  ],
  [
    "a peer that was missing, by a message that stays",
    patch,
    has(row(patch, { error: "No usable peer" }), { ...br1, farEnd: () => farRow }),
    "ready",
  ],
  ["a new internal port", tap, around(), "add"],
  ["a new tunnel", tunnel, around(), "add"],
  ["a device that is there", device, around(), "add"],
  ["a device that is not there", device, around({ device: () => undefined }), "wait DeviceMissing"],
  [
    "a device with an address of the node",
    device,
    around({ device: () => ({ index: 2, addresses: ["192.0.2.7"] }) }),
    "refused DeviceInUse",
  ],
  ["the bridge itself", device, around({ isBridge: () => true }), "refused DeviceInUse"],
  [
    "a port of another bridge",
    device,
    around({ bridgeOf: () => "br-ex" }),
    "refused DeviceInUse",
  ],
  [
    "an internal port with the name of a device",
    tap,
    around({ device: () => ({ index: 2, addresses: [], isNotInternal: true }) }),
    "refused DeviceInUse",
  ],
  [
    "a member of a bond",
    device,
    has(foreign(device, {}, { isInBond: true })),
    "refused DeviceInUse",
  ],
  [
    "a physical device that the owner has attached",
    device,
    has(foreign(device), { device: () => ({ index: 2, addresses: [], isPhysical: true }) }),
    "ready DeviceInUse",
  ],
  [
    "a tunnel that Sluice did not make",
    tunnel,
    around({ sameTunnel: () => "vx0" }),
    "refused TunnelInUse",
  ],
  [
    "a tunnel that would take packets of somebody else's",
    tunnel,
    around({ flowTunnel: () => ({ name: "tun0", takes: "same key" }) }),
    "refused TunnelInUse",
  ],
  [
    "ours, which takes packets of somebody else's",
    tunnel,
    has(row(tunnel), { flowTunnel: () => ({ name: "tun0", takes: "same key" }) }),
    "remove TunnelInUse",
  ],
  [
    "ours, which may take packets of somebody else's",
    tunnel,
    has(row(tunnel), { flowTunnel: () => ({ name: "tun0", takes: "every key" }) }),
    "ready TunnelInUse",
  ],
  ["ours, as it should be", tap, has(row(tap)), "ready"],
  ["ours, in the bridge's forwarding", tap, has(row(tap, { outOfForwarding: false })), "change"],
  ["ours, with another type", tap, has(row(tap, { type: "" })), "change"],
  [
    "ours, with other options",
    tunnel,
    has(row(tunnel, { options: { remote_ip: "192.0.2.9" } })),
    "change",
  ],
  [
    "ours, with an option more",
    tunnel,
    has(row(tunnel, { options: { ...tunnel.options, local_ip: "192.0.2.8" } })),
    "ready",
  ],
  [
    "ours, without a number yet",
    tap,
    has({ ...row(tap), ofport: undefined } as unknown as BridgePort),
    "wait PortPending",
  ],
  ["ours, failed", tap, has(row(tap, { error: "File exists" })), "remove PortFailed"],
  [
    "ours, the device went away",
    device,
    has(row(device), { device: () => undefined }),
    "remove DeviceMissing",
  ],
  ["ours, link down", device, has(noted({ linkUp: false })), "ready LinkDown"],
  ["ours, without a note of its device", device, has(row(device)), "change"],
  [
    "ours, the device was made again",
    device,
    has(noted(), { device: () => ({ index: 3, addresses: [] }) }),
    "renew DeviceReplaced",
  ],
  [
    "ours, nobody receives from the device",
    device,
    has(noted(), { isReceivedFrom: () => false }),
    "renew DeviceReplaced",
  ],
  ["ours, received from", device, has(noted(), { isReceivedFrom: () => true }), "ready"],
  [
    "attached by its owner, nobody receives from the device",
    device,
    has(foreign(device), { isReceivedFrom: () => false }),
    "refused DeviceReplaced",
  ],
  [
    "attached by its owner without a number yet, nobody receives from the device",
    device,
    has(foreign(device, {}, { ofport: undefined as never }), { isReceivedFrom: () => false }),
    "wait PortPending",
  ],
  ["attached by its owner", device, has(foreign(device)), "ready"],
  ["a Pod's port", device, has(foreign(device), { isPodPort: () => true }), "refused DeviceInUse"],
  ["a CNI's port", device, has(foreign(device, { "iface-id": "x" })), "refused DeviceInUse"],
  [
    "Antrea's gateway",
    device,
    has(foreign(device, { "antrea-type": "gateway" })),
    "refused DeviceInUse",
  ],
  ["a patch port", device, has(foreign(device, {}, { type: "patch" })), "refused DeviceInUse"],
  ["an internal port by its name", tap, has(foreign(tap)), "ready"],
  ["no internal port", tap, has(foreign(tap, {}, { type: "" })), "refused DeviceInUse"],
  ["a tunnel's name that is taken", tunnel, has(foreign(tunnel)), "refused TunnelInUse"],
])("port verdict: %s", (_, spec, surroundings, expected) => {
  const verdict = judgePort(spec, surroundings);
  const conditions = "condition" in verdict
    ? [verdict.condition]
    : verdict.state === "ready"
    ? verdict.conditions
    : [];
  assert.equal([verdict.state, ...conditions.map(({ reason }) => reason)].join(" "), expected);
});
