/** Copies that are cut, where cutting is easily done to the wrong packet or at the wrong place. */
import assert from "node:assert/strict";
import { podObject, trafficControl } from "../lab/agent.ts";
import { Lab } from "../lab/lab.ts";
import { eventually } from "../lab/ovs.ts";
import { PacketSocket } from "../lab/packets.ts";
import { introduce, type TestPod } from "../lab/pod.ts";
import { arrived, Capture } from "./comparison.ts";
import { build, type Sent } from "./packets.ts";
import { mirrorOf, podsOf, shapeOf, TARGETS } from "./world.ts";

const CUT = { truncateBytes: 64 };
const COUNT = 100;
const SELECTED = { app: "p1" };
const [POD] = podsOf("p1") as [ReturnType<typeof podsOf>[0]];
const [TARGET] = TARGETS;
/** Bytes of the MACs, behind which a VLAN tag stands; and the tag. */
const MACS = 12;
const VLAN = 10;
const TAG = [0x81, 0, 0, VLAN];

function send(from: TestPod, frames: readonly Uint8Array[]): void {
  using socket = PacketSocket.open(from);
  for (const frame of frames) socket.send(frame);
}

/** The lengths with which packets arrive, each of them once. */
async function lengths(packets: readonly Sent[], at: Capture): Promise<number[]> {
  const frames = () => {
    at.look();
    return packets.flatMap((sent) => arrived(sent, at));
  };
  await eventually("all packets", () => frames().length >= packets.length).catch(() => {});
  assert.equal(frames().length, packets.length, at.name);
  return [...new Set(frames().map(({ length }) => length))];
}

for (const remoteIP of ["10.0.10.2", "fd10::2"]) {
  Deno.test(`a collector that is not there: the Pods' own packets arrive whole, ${remoteIP}`, async () => {
    await using lab = await Lab.start(2);
    const [p1, p2] = lab.pods as [TestPod, TestPod];
    using at = new Capture(p2.name, p2);
    await lab.agent.write("pods.yaml", podObject(POD, POD.labels));
    await lab.agent.write(
      "tc.yaml",
      trafficControl("m", {
        appliedTo: { podSelector: { matchLabels: SELECTED } },
        direction: "Both",
        action: "Mirror",
        targetPort: { vxlan: { remoteIP } },
        ...CUT,
      }),
    );
    await lab.agent.realized("m");
    const packets = Array.from({ length: COUNT }, () => build(shapeOf("p1", "p2")));
    send(p1, packets.map(({ frame }) => frame));
    assert.deepEqual(await lengths(packets, at), [packets[0]!.frame.length]);
  });
}

Deno.test("a packet that loses its VLAN tag at the Pod: the copy is cut as if it never had it", async () => {
  await using lab = await Lab.start(0);
  const pod = await lab.addPod("p1", { vlan: VLAN });
  const uplink = await lab.addPod("p2");
  await introduce(pod, uplink);
  await lab.agent.write("pods.yaml", podObject(POD, POD.labels));
  await lab.agent.write("tc.yaml", mirrorOf("m", SELECTED, CUT));
  await lab.agent.realized("m");
  using target = new Capture(TARGET, { netns: lab.ovs.netns, device: TARGET });
  using at = new Capture(pod.name, pod);
  const out = Array.from({ length: COUNT }, () => build(shapeOf("p1", "p2")));
  send(pod, out.map(({ frame }) => frame));
  assert.deepEqual(await lengths(out, target), [CUT.truncateBytes]);
  const into = Array.from({ length: COUNT }, () => build(shapeOf("p2", "p1")));
  send(
    uplink,
    into.map(({ frame }) => Uint8Array.of(...frame.slice(0, MACS), ...TAG, ...frame.slice(MACS))),
  );
  assert.deepEqual(await lengths(into, at), [into[0]!.frame.length]);
  assert.deepEqual(await lengths(into, target), [CUT.truncateBytes]);
});
