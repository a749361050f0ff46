import assert from "node:assert/strict";
import { NO_LOG } from "../base/log.ts";
import type { BridgePort } from "../model/ports/bridge_ports.ts";
import type { Model } from "../model/model.ts";
import type { OpenFlowClient, PortDescription } from "../openflow/mod.ts";
import { PortUp } from "./port_up.ts";

const PORT = { name: "ids0", ofport: 5, ours: true, type: "internal", linkUp: true } as BridgePort;
const described = (
  ...config: readonly ("NO_RECV" | "NO_FWD" | "PORT_DOWN")[]
): PortDescription => ({
  number: 5,
  name: "ids0",
  hardwareAddress: "02:00:00:00:00:01",
  config: new Set(config),
  state: new Set(),
});

/** A switch that is asked for its ports and changes them, and counts that. */
function start() {
  const asked = { descriptions: 0, mods: 0 };
  const client = {
    portDescriptions: () =>
      Promise.resolve([described(...asked.descriptions++ ? [] : ["NO_RECV"] as const)]),
    modifyPort: () => Promise.resolve(void asked.mods++),
  } as unknown as OpenFlowClient;
  const wanted = { readyPorts: () => [PORT], setStopped: () => false };
  const model = { wanted } as unknown as Model;
  return { asked, client, portUp: new PortUp({ model, log: NO_LOG, wake: () => {} }) };
}

Deno.test("a port that is described and as it should be is not asked for, also when the switch tells of it", async () => {
  const { asked, client, portUp } = start();
  portUp.begin();
  portUp.observe([described()]);
  await portUp.bringUp(client);
  portUp.hears({ type: "port_status", reason: "modify", port: described() });
  await portUp.bringUp(client);
  assert.deepEqual(asked, { descriptions: 0, mods: 0 });
});

Deno.test("what the switch tells during a read is newer than what was read", async () => {
  const { asked, client, portUp } = start();
  portUp.begin();
  portUp.hears({ type: "port_status", reason: "modify", port: described("NO_RECV") });
  portUp.observe([described()]);
  await portUp.bringUp(client);
  assert.equal(asked.mods, 1);
});

Deno.test("a port that stays down, as it was moved to another network namespace, is not said to be up", async () => {
  const said: string[] = [];
  const log = { ...NO_LOG, info: (message: string) => void said.push(message) };
  for (const after of [["PORT_DOWN"], []] as const) {
    let isCommanded = false;
    const client = {
      portDescriptions: () =>
        Promise.resolve([described(...isCommanded ? after : ["PORT_DOWN"] as const)]),
      modifyPort: () => Promise.resolve(void (isCommanded = true)),
    } as unknown as OpenFlowClient;
    const wanted = { readyPorts: () => [PORT], setStopped: () => false };
    const model = { wanted, ports: { named: () => PORT } } as unknown as Model;
    await new PortUp({ model, log, wake: () => {} }).bringUp(client);
    assert.deepEqual(said, after.length > 0 ? [] : ["Port is up"]);
  }
});
