import assert from "node:assert/strict";
import { ALONE, control, tunnelTo } from "../testing/fixtures.ts";
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

/** What is said of the tunnel over an underlay of 1,500 bytes, as large as the bridge's packets. */
function said(overhead?: number): string[] {
  const wanted = new WantedPorts({
    ...ALONE,
    onBridge: () => row,
    isPodPort: () => false,
    mtuOf: () => 1500,
    bridgeMTUs: () => ({ smallest: 1500, largest: 1500 }),
    placeTaken: () => undefined,
  });
  const made = control("m", "1", { treatment: { copies: [{ to: ["t0"] }] }, specs: [spec] });
  const ports = made.ports.map((port) => ({ ...port, ...(overhead && { overhead }) }));
  wanted.usage.set({ ...made, ports }, true);
  wanted.touch("t0");
  const { verdict } = wanted.judge().judged.get("t0")!;
  assert.equal(verdict.state, "ready");
  return verdict.state === "ready" ? verdict.conditions.map(({ reason }) => reason) : [];
}

Deno.test("a port is judged by how many bytes its target says that it adds", () => {
  assert.deepEqual([said(), said(60)], [[], ["MTUTooSmall"]]);
});
