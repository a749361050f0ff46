import assert from "node:assert/strict";
import { ALONE, control, internal, tunnelTo } from "../testing/fixtures.ts";
import type { BridgePort } from "./bridge_ports.ts";
import { WantedPorts } from "./wanted.ts";

const spec = { ...tunnelTo("t0"), type: "bareudp" };
const row: BridgePort = {
  ...spec,
  external_ids: {},
  ours: true,
  outOfForwarding: true,
  interfaceUUID: "i",
  portUUID: "p",
  ofport: 7,
  egressDevice: "eth0",
};

/** Reasons of the tunnel's warnings. The MTU of the underlay and that of the bridge are both 1,500 bytes. */
function said(overhead?: number): string[] {
  const wanted = new WantedPorts({
    ...ALONE,
    onBridge: () => row,
    isPodPort: () => false,
    mtuOf: () => 1500,
    bridgeMTUs: () => ({ smallest: 1500, largest: 1500 }),
    collidingFlow: () => undefined,
  });
  const made = control("m", "1", { treatment: { copies: [{ to: ["t0"] }] }, specs: [spec] });
  const ports = made.ports.map((port) => ({ ...port, ...(overhead && { overhead }) }));
  wanted.claims.set({ ...made, ports }, true);
  wanted.touch("t0");
  const { verdict } = wanted.judge().judged.get("t0")!;
  assert.equal(verdict.state, "ready");
  return verdict.state === "ready" ? verdict.conditions.map(({ reason }) => reason) : [];
}

Deno.test("a port is judged with the overhead that its target declares", () => {
  assert.deepEqual([said(), said(60)], [[], ["MTUTooSmall"]]);
});

Deno.test("if a device cannot be read, nothing counts as judged: the next time tells of all changes", () => {
  let isReadable = false;
  const wanted = new WantedPorts({
    ...ALONE,
    device: () => {
      if (isReadable) return { index: 2, addresses: [] };
      throw new Error('Cannot read device "dev0": no free file');
    },
    onBridge: (name) => ({ ...row, name, type: name === "tap0" ? "internal" : "", options: {} }),
    isPodPort: () => false,
    bridgeMTUs: () => undefined,
    collidingFlow: () => undefined,
  });
  for (const spec of [internal("tap0"), { ...internal("dev0"), type: "" }]) {
    const treatment = { copies: [{ to: [spec.name] }] };
    wanted.claims.set(control(`to-${spec.name}`, "1", { treatment, specs: [spec] }), true);
    wanted.touch(spec.name);
  }
  assert.throws(() => wanted.judge(), /no free file/);
  isReadable = true;
  const { judged, readiness } = wanted.judge();
  assert.deepEqual([[...judged.keys()], [...readiness]], [["tap0", "dev0"], ["to-tap0"]]);
});
