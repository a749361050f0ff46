/** ARP and neighbour discovery on an OVN, most of which OVN answers by itself. */
import assert from "node:assert/strict";
import { addressBytes, macBytes, trailer } from "../lab/frames.ts";
import { eventually } from "../lab/ovs.ts";
import { PacketSocket } from "../lab/packets.ts";
import { Counter } from "../lab/traffic.ts";
import { type Action, ACTIONS, control, OvnScene } from "./ovn_scene.ts";
import type { OvnPod } from "./ovn_pod.ts";
import { SKIPPED } from "./programs.ts";

const BROADCAST = "ff:ff:ff:ff:ff:ff";
const ARP = [0x08, 0x06];
/** Ethernet, IPv4, their lengths, and that it is a question: RFC 826. */
const QUESTION = [0, 1, 8, 0, 6, 4, 0, 1];
const NEIGHBOUR_SOLICITATION = 135;
const NEIGHBOUR_ADVERTISEMENT = 136;
/** Where an ICMPv6 message has its type, if no extension header is before it. */
const TYPE = 54;

const isARP = (frame: Uint8Array) => frame[12] === ARP[0] && frame[13] === ARP[1];
const isDiscovery = (frame: Uint8Array) =>
  frame[12] === 0x86 && frame[13] === 0xdd && frame[20] === 58 &&
  [NEIGHBOUR_SOLICITATION, NEIGHBOUR_ADVERTISEMENT].includes(frame[TYPE]!);

/** A question for the MAC of an address. */
function question({ pod: { mac, ips } }: OvnPod, target: string): Uint8Array {
  const source = addressBytes(ips[0]!.split("/")[0]!);
  const body = [...macBytes(mac), ...source, ...new Array(6).fill(0), ...addressBytes(target)];
  const frame = [...macBytes(BROADCAST), ...macBytes(mac), ...ARP, ...QUESTION, ...body];
  return new Uint8Array([...frame, ...trailer(0)]);
}

/** Sends packets, behind which no frame of before is still on its way. */
const passAll = (scene: OvnScene) => scene.expect({ from: "a", to: "b", seen: 1 });

interface Asked {
  readonly from: string;
  readonly target: string;
  /** How many frames of ARP come to the sensor: the question and its answer. */
  readonly seen: number;
  /** How many come to the one who asks. */
  readonly answers: number;
}

async function expectARP(scene: OvnScene, { from, target, seen, answers }: Asked): Promise<void> {
  const { pod } = scene.pod(from);
  using sensor = scene.at(scene.sensor);
  using asker = Counter.at(pod);
  using socket = PacketSocket.open(pod);
  socket.send(question(scene.pod(from), target));
  const counts = () =>
    [sensor, asker].map((counter) => {
      counter.look();
      return [...counter.frames, ...counter.strays].filter(isARP).length;
    });
  const isThere = () => counts()[0]! >= seen && counts()[1]! >= answers;
  await eventually("ARP", isThere).catch(() => {});
  await passAll(scene);
  assert.deepEqual(counts(), [seen, answers]);
}

/** Who asks for whose MAC, which Pods are selected, and how many frames a mirror with `nonIP` has. */
const CASES: readonly (readonly [string, (scene: OvnScene) => string, string, number, number])[] = [
  ["a", ({ ovn }) => ovn.pod("b").pod.ip(), "a", 2, 1], // OVN answers, and that is copied
  ["a", () => "10.10.0.254", "a", 2, 1],
  ["a", ({ ovn }) => ovn.pod("d").pod.ip(), "a", 2, 1],
  ["a", ({ ovn }) => ovn.pod("b").pod.ip(), "b", 0, 1], // never comes to the Pod's port
  ["a", () => "10.10.0.99", "a", 1, 0],
];

const settings = (action: Action) => action === "Mirror" ? { nonIP: true } : {};

for (const action of ACTIONS) {
  Deno.test({
    name:
      `ARP and neighbour discovery on an OVN are copied with nonIP, and are answered: ${action}`,
    ignore: SKIPPED,
    async fn(t) {
      await using scene = await OvnScene.start();
      await scene.apply(action, "a", settings(action));
      for (const [from, target, selected, copies, answers] of CASES) {
        await t.step(`${from} asks for ${target(scene)}, selected: ${selected}`, async () => {
          await scene.select(selected);
          const seen = action === "Mirror" ? copies : 0;
          await expectARP(scene, { from, target: target(scene), seen, answers });
        });
      }
      await t.step("a solicitation and the advertisement that OVN answers with", async () => {
        await scene.select("a");
        const [a, b] = [scene.pod("a"), scene.pod("b")];
        await a.pod.exec("ip", "-6", "neigh", "flush", "dev", "eth0");
        using sensor = scene.at(scene.sensor);
        assert.deepEqual(await a.pod.ping(b.pod.ip(6), 1), { sent: 1, received: 1 });
        const types = () => {
          sensor.look();
          return sensor.strays.filter(isDiscovery).map((frame) => frame[TYPE]!).sort();
        };
        const wanted = action === "Mirror" ? [NEIGHBOUR_SOLICITATION, NEIGHBOUR_ADVERTISEMENT] : [];
        await eventually("discovery", () => types().length >= wanted.length);
        await passAll(scene);
        assert.deepEqual(types(), wanted);
      });
      if (action === "Mirror") {
        await t.step("without nonIP, nothing of it is copied", async () => {
          await scene.agent.write("tc.yaml", control(action));
          await scene.agent.realized("t");
          const target = scene.pod("b").pod.ip();
          await expectARP(scene, { from: "a", target, seen: 0, answers: 1 });
        });
      }
    },
  });
}
