/** Frames that look like probes, by Pods and by the sensor: they are no answers, and no Pod reaches the sensor by them. */
import assert from "node:assert/strict";
import { DEFAULT_PROBE, PROBE_MACS } from "../../core/contracts/mod.ts";
import { NONCE_BYTES, writeProbe } from "../../core/health/probe_packet.ts";
import { eventually } from "../lab/ovs.ts";
import { PacketSocket } from "../lab/packets.ts";
import type { TestPod } from "../lab/pod.ts";
import { expectFlow } from "../lab/traffic.ts";
import { ProbeWatch, verdicts } from "./probes.ts";
import { SensorScene } from "./scene.ts";

/** How often each forged frame is sent, and probes that pass meanwhile. */
const TIMES = 15;
const MAC_BYTES = 6;
const macBytes = (mac: string) => Uint8Array.fromHex(mac.replaceAll(":", ""));
/** Where the nonce of a probe stands: after the headers of Ethernet, IPv4 and UDP, and the mark. */
const NONCE_AT = 14 + 20 + 8 + 8;

/** A frame that differs from a probe by its random bytes alone. */
function forged(direction: "there" | "back" = "there"): Uint8Array {
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  return writeProbe({ direction, nonce, sequence: 0 }, DEFAULT_PROBE);
}

/** The same with other MACs. */
function between(from: string, to: string): Uint8Array {
  const frame = forged();
  frame.set(macBytes(to), 0);
  frame.set(macBytes(from), MAC_BYTES);
  return frame;
}

/** What a Pod may try. */
const forgeries = (pod: TestPod, victim: TestPod) => [
  forged("there"),
  forged("back"),
  between(pod.mac, PROBE_MACS.destination),
  between(PROBE_MACS.source, victim.mac),
  between(pod.mac, victim.mac),
  between(PROBE_MACS.destination, "ff:ff:ff:ff:ff:ff"),
];
const MACS = Object.values(PROBE_MACS).map((mac) => macBytes(mac).toHex());
const hasBothMacs = (frame: Uint8Array) =>
  [0, MAC_BYTES].every((at) => MACS.includes(frame.slice(at, at + MAC_BYTES).toHex()));
const nonceOf = (frame: Uint8Array) => frame.slice(NONCE_AT, NONCE_AT + NONCE_BYTES).toHex();

/** Waits until the sensor has got so many more probes of Sluice. */
async function probed(probes: ProbeWatch, count: number): Promise<void> {
  const begin = probes.look();
  await eventually(`${count} probes`, () => probes.look() >= begin + count, 30_000);
}

Deno.test("what Pods forge changes nothing, and does not reach the sensor as a probe", async (t) => {
  await using scene = await SensorScene.start({ failureMode: "Open" });
  const { lab, web, peer } = scene;
  await scene.sensorsUp("vin");
  using probes = new ProbeWatch("vin-x", { netns: lab.ovs.netns, device: "vin-x" });
  const [at, sensor] = [lab.at(peer), lab.atDevice("vin-x")];
  const forge = async () => {
    const before = await verdicts(lab.agent);
    const sent = new Set<string>();
    for (const [pod, victim] of [[web, peer], [peer, web]] as const) {
      using socket = PacketSocket.open(pod);
      for (let index = 0; index < TIMES; index++) {
        for (const frame of forgeries(pod, victim)) {
          sent.add(nonceOf(frame));
          socket.send(frame);
        }
        await probed(probes, 1);
      }
    }
    const asProbes = probes.frames.filter((frame) =>
      hasBothMacs(frame) && sent.has(nonceOf(frame))
    );
    assert.equal(asProbes.length, 0, "forged probes at the sensor");
    assert.deepEqual(await verdicts(lab.agent), before);
  };
  await t.step("while the sensor works", async () => {
    await forge();
    await scene.conditions();
    await expectFlow({ from: web, to: peer }, [[at, 1], [sensor, 1]]);
  });
  await t.step("while it does not", async () => {
    await scene.cut(true);
    await scene.conditions("Bypassed", "SensorDown");
    await forge();
    await scene.conditions("Bypassed", "SensorDown");
    await expectFlow({ from: web, to: peer }, [[at, 1], [sensor, 0]]);
  });
});

Deno.test("answers that are repeated or forged behind a dead sensor do not bring it back", async () => {
  await using scene = await SensorScene.prepare();
  const { lab: { ovs, agent } } = scene;
  using answers = new ProbeWatch("answers", { netns: ovs.netns, device: "vin-x" });
  await scene.apply({ failureMode: "Open" });
  await scene.sensorsUp("vin");
  await probed(answers, TIMES);
  const old = answers.frames.slice();
  await scene.cut(true);
  await scene.conditions("Bypassed", "SensorDown");
  const before = await verdicts(agent);
  using behind = PacketSocket.open({ netns: ovs.netns, device: "vout-x" });
  for (let index = 0; index < TIMES; index++) {
    for (const frame of [...old, forged("there"), forged("back")]) behind.send(frame);
    await probed(answers, 1);
  }
  assert.deepEqual(await verdicts(agent), before);
  await scene.conditions("Bypassed", "SensorDown");
});
