/** Probes are between Sluice and the sensor: nobody else sees them, whatever the sensor's state is. */
import assert from "node:assert/strict";
import { PROBE_MACS } from "../../core/contracts/mod.ts";
import { type AsyncMessage, OpenFlowClient } from "../../core/openflow/mod.ts";
import type { PrivateOvs } from "../lab/ovs.ts";
import { eventually } from "../lab/ovs.ts";
import { macTable } from "../lab/lab.ts";
import { devicePair } from "../lab/wire.ts";
import { ProbeWatch } from "./probes.ts";
import { SensorScene } from "./scene.ts";

/** Probes in each state. */
const PROBES = 20;
/** A frame that its owner's flows know, in hexadecimal. */
const FRAME = "02ee0000000202ee0000000188b5" + "00".repeat(46);

/** The owner's ports beside those of Pods: an uplink, and one that gets copies of all packets of the bridge. */
async function furnish(ovs: PrivateOvs): Promise<void> {
  await devicePair(ovs, ["up0", "up1"]);
  await ovs.vsctl("add-port", "br0", "up0");
  await devicePair(ovs, ["copies0", "copies1"]);
  await ovs.vsctl(
    ...["add-port", "br0", "copies0", "--", "--id=@to", "get", "port", "copies0"],
    ...["--", "--id=@all", "create", "mirror", "name=all", "select_all=true", "output-port=@to"],
    ...["--", "set", "bridge", "br0", "mirrors=@all"],
  );
}

/** Gives the bridge a controller, which the switch tells all that a controller can get to know. */
async function connectController(ovs: PrivateOvs, got: AsyncMessage[]): Promise<OpenFlowClient> {
  const socket = `${ovs.dir}/br0.controller`;
  await ovs.vsctl("set-controller", "br0", `punix:${socket}`);
  await ovs.ofctl("add-flow", "br0", "priority=0,actions=NORMAL"); // it is deleted when a controller is set
  const connect = () =>
    OpenFlowClient.connect(`unix:${socket}`, {
      subscribe: ["packet_in"],
      onMessage: (message) => void got.push(message),
    }).catch(() => undefined);
  return await eventually("the controller's connection", connect);
}

Deno.test("probes are seen at no Pod, no uplink, no mirror, in no MAC table, and by no other controller", async (t) => {
  await using scene = await SensorScene.prepare();
  const { lab: { ovs }, web, peer } = scene;
  await furnish(ovs);
  const got: AsyncMessage[] = [];
  await using _controller = await connectController(ovs, got);
  await ovs.ofctl("packet-out", "br0", `in_port=controller,packet=${FRAME},actions=controller`);
  await eventually("a packet at the controller", () => got.length > 0);
  got.length = 0;

  await scene.apply({ failureMode: "Open" });
  await scene.sensorsUp("vin");
  const { netns } = ovs;
  using sensor = new ProbeWatch("sensor", { netns, device: "vin-x" });
  const others = [
    ["a Pod with a redirect", web],
    ["another Pod", peer],
    ["the uplink", { netns, device: "up1" }],
    ["the owner's mirror", { netns, device: "copies1" }],
    ["the return port", { netns, device: "vout-x" }],
  ] as const;
  const watches = others.map(([name, place]) => new ProbeWatch(name, place));
  const probed = async () => {
    const before = sensor.look();
    await eventually("probes", () => sensor.look() >= before + PROBES);
    await web.ping(peer.ip(), 1);
    for (const watch of watches) assert.equal(watch.look(), 0, watch.name);
    assert.deepEqual(got, []);
    const known = await macTable(ovs);
    for (const mac of Object.values(PROBE_MACS)) assert.ok(!known.has(mac), mac);
    assert.ok(known.has(web.mac));
  };
  try {
    await t.step("while the sensor works", probed);
    await t.step("while it does not", async () => {
      await scene.cut(true);
      await scene.conditions("Bypassed", "SensorDown");
      await probed();
    });
    const copies = watches.find(({ name }) => name === "the owner's mirror")!;
    assert.ok(copies.others > 0, "the owner's mirror has copies");
  } finally {
    watches.forEach((watch) => watch[Symbol.dispose]());
  }
});
