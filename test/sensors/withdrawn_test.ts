/** Without Sluice's flows a probe that comes back would be a packet for the owner's flows: so there is none. */
import assert from "node:assert/strict";
import { PROBE_MACS } from "../../core/contracts/mod.ts";
import { delay } from "../../core/base/timer.ts";
import { eventually } from "../lab/ovs.ts";
import { PacketSocket } from "../lab/packets.ts";
import { SensorScene } from "./scene.ts";

const OWNERS = "table=209,priority=1,actions=drop";
/** Milliseconds, of which each 200 would have a probe. */
const WATCHED = 1000;
const MAC_BYTES = 6;

Deno.test("while Sluice's flows are withdrawn no probe is sent, and then probing goes on", async () => {
  await using scene = await SensorScene.start({ failureMode: "Open" });
  const { lab } = scene;
  await scene.sensorsUp("vin");
  using socket = PacketSocket.open({ netns: lab.ovs.netns, device: "vin-x" });
  const macs = Object.values(PROBE_MACS).map((mac) => mac.replaceAll(":", ""));
  const probes = () =>
    socket.drain().filter((frame) => macs.includes(frame.slice(0, MAC_BYTES).toHex())).length;
  await eventually("probes", () => probes() > 0);
  await lab.ovs.ofctl("add-flow", "br0", OWNERS);
  await eventually(
    "TableRangeTaken",
    async () =>
      (await lab.agent.state()).conditions.some(({ reason }) => reason === "TableRangeTaken"),
  );
  probes();
  await delay(WATCHED);
  assert.equal(probes(), 0);
  await lab.ovs.ofctl("--strict", "del-flows", "br0", "table=209,priority=1");
  await scene.sensorsUp("vin");
  await eventually("probes again", () => probes() > 0);
});
