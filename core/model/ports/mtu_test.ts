import assert from "node:assert/strict";
import { internal } from "../testing/fixtures.ts";
import type { PortSpec } from "../../contracts/mod.ts";
import type { BridgePort } from "./bridge_ports.ts";
import { mtuConditions } from "./mtu.ts";

const tunnel = (type: string, options: Record<string, string>): PortSpec => ({
  name: "t0",
  type,
  options: { remote_ip: "192.0.2.1", ...options },
  identity: "t0",
});

const port = (more: Partial<BridgePort>): BridgePort => ({
  name: "t0",
  type: "",
  options: {},
  external_ids: {},
  ours: true,
  outOfForwarding: true,
  interfaceUUID: "i",
  portUUID: "p",
  ...more,
});

/** Type, options, and the smallest underlay that takes packets of 1,500 bytes: measured on the wire, less 14. */
Deno.test.each<[string, Record<string, string>, number]>([
  ["vxlan", { key: "7" }, 1550],
  ["vxlan", { remote_ip: "fd00::2" }, 1570],
  ["geneve", { key: "7" }, 1550],
  ["gre", {}, 1538],
  ["gre", { key: "7" }, 1542],
  ["erspan", { erspan_ver: "1" }, 1550],
  ["erspan", { erspan_ver: "2" }, 1554],
])("a tunnel of type %s with %o needs an underlay of %i bytes", (type, options, needed) => {
  const at = (underlay: number) =>
    mtuConditions(tunnel(type, options), port({ egressDevice: "eth0" }), {
      bridge: 1500,
      of: () => underlay,
    });
  assert.deepEqual(at(needed), []);
  assert.deepEqual(at(needed - 1).map(({ reason, warning }) => [reason, warning]), [[
    "MTUTooSmall",
    true,
  ]]);
});

Deno.test("what a target says that it adds counts before what its type adds", () => {
  const at = (underlay: number, spec: object) =>
    mtuConditions(
      { ...tunnel("bareudp", {}), ...spec },
      port({ egressDevice: "eth0", mtu: 1500 }),
      { bridge: 1500, of: () => underlay },
    ).map(({ message }) => /needs \d+/.exec(message)?.[0]);
  assert.deepEqual(at(1500, {}), [], "it is not known what such a tunnel adds");
  assert.deepEqual(at(1559, { overhead: 60 }), ["needs 1560"]);
  assert.deepEqual(at(1559, { type: "vxlan", overhead: 60 }), ["needs 1560"]);
  assert.deepEqual(at(1560, { overhead: 60 }), []);
  const options = { remote_ip: "fd00::2" };
  assert.deepEqual(at(1560, { overhead: 60, options }), ["needs 1580"]);
  assert.deepEqual(at(1500, { overhead: 60, options: {} }), [], "it is no tunnel");
});

Deno.test("a device that takes less than the bridge's ports send is a warning with its cure", () => {
  const mtus = { bridge: 9000, of: () => undefined };
  const [found] = mtuConditions(internal("t0"), port({ mtu: 1500 }), mtus);
  assert.equal(found!.cure, 'run "ip link set t0 mtu 9000"');
  assert.deepEqual(mtuConditions(internal("t0"), port({ mtu: 9000 }), mtus), []);
  assert.deepEqual(
    mtuConditions(internal("t0"), port({ mtu: 1500 }), { ...mtus, bridge: undefined }),
    [],
  );
});
