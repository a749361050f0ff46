/** What the switch learns about senders is limited: a Pod cannot use up what is there for others. */
import assert from "node:assert/strict";
import { app, internal, podObject, sluice, trafficControl } from "./lab/agent.ts";
import { Lab } from "./lab/lab.ts";
import type { PrivateOvs } from "./lab/ovs.ts";
import { introduce } from "./lab/pod.ts";
import { expectFlow, send } from "./lab/traffic.ts";
import { bridgeWire, devicePair } from "./lab/wire.ts";

/** More than the switch remembers in all: see `learnedSenders` in docs/limits.md. */
const DESTINATIONS = 4400;
/** Frames per second, which the switch's sockets take without a loss. */
const RATE = 1500;
const hex = (byte: number) => byte.toString(16).padStart(2, "0");

async function learnedFlows(ovs: PrivateOvs): Promise<number> {
  return (await ovs.ofctl("dump-flows", "br0")).split("\n")
    .filter((flow) => /cookie=0x51ce0001/.test(flow)).length;
}

Deno.test("a trunk Pod that sends to thousands of groups keeps no new neighbour from a redirected Pod", async () => {
  await using lab = await Lab.start(0);
  const web = await lab.addPod("p1", { vlan: 10 });
  const other = await lab.addPod("p2");
  await introduce(web, other);
  await devicePair(lab.ovs, ["up0", "up1"]);
  await lab.ovs.vsctl("add-port", "br0", "up0");
  await lab.agent.write("pods.yaml", podObject(web, { app: "web" }), podObject(other, {}));
  await lab.agent.write(
    "tc.yaml",
    trafficControl("r", {
      appliedTo: app("web"),
      direction: "Both",
      action: "Redirect",
      targetPort: internal("tap0"),
      returnPort: internal("tap1"),
    }),
  );
  await lab.agent.realized("r");
  await bridgeWire(lab.ovs, ["tap0", "tap1"]);
  const sensor = lab.atDevice("tap0");
  await send({
    from: other,
    to: web,
    count: DESTINATIONS,
    rate: RATE,
    frame: { vlan: 10 },
    each: (index) => ({
      to: `01:00:5e:00:${hex(index >> 8)}:${hex(index & 0xff)}`,
      destination: `239.0.${index >> 8}.${index & 0xff}`,
    }),
  });
  sensor.look();
  assert.ok(sensor.frames.length > DESTINATIONS / 2, "the frames came to the sensor");
  assert.ok(await learnedFlows(lab.ovs) < 300);
  assert.match(
    (await sluice(lab.ovs, "doctor", "--bridge", "br0", "--ovsdb", lab.ovs.db)).stdout,
    /^warning +senders +The switch remembers 256 senders .* more with cookie 0x51ce0001/m,
  );
  sensor.reset();
  const neighbour = {
    netns: lab.ovs.netns,
    device: "up1",
    mac: "02:ee:00:00:00:01",
    ips: ["10.9.0.101/24"],
  };
  await expectFlow({ from: neighbour, to: web, frame: { vlan: 10 } }, [
    [lab.at(web), 1],
    [sensor, 1],
  ]);
});
