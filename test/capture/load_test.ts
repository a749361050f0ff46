/** A capture beside 20,000 packets in a second: production is complete, and each packet is kept or counted as left out. */
import assert from "node:assert/strict";
import { unread } from "../lab/lab.ts";
import { readPcapng } from "../lab/pcapng.ts";
import { eventually } from "../lab/ovs.ts";
import { Sink } from "../lab/sink.ts";
import { rush } from "./rush.ts";
import { Scene } from "./scene.ts";

Deno.test("beside 20,000 packets in a second, production is complete, and kept and left out are all", async () => {
  await using scene = await Scene.start();
  const { web, peer, lab } = scene;
  using _sink = Sink.open(peer);
  const at = lab.at(peer);
  const capture = await scene.capture("pod/default/p1");
  const before = await unread(lab.ovs, web);
  const ids = await rush(scene, at);
  const arrived = () => {
    at.look();
    return ids.filter((id) => at.count(id) === 1).length;
  };
  // The kernel gives a frame to the switch, or counts it: what the switch has never seen, it cannot lose or copy.
  const seen = async () => ids.length - (await unread(lab.ovs, web) - before);
  const isComplete = await eventually(
    "all that the switch has read",
    async () => arrived() >= await seen(),
  ).catch(() => false);
  assert.ok(isComplete, `${arrived()} of ${await seen()} packets arrived`);
  const { code, said } = await capture.stop();
  assert.equal(code, 0);
  const { kept, leftOut } = /^Kept (?<kept>\d+) packets, left out (?<leftOut>\d+):/.exec(said)!
    .groups!;
  const file = readPcapng(await Deno.readFile(capture.file));
  assert.equal(file.packets.length, Number(kept));
  assert.equal(Number(kept) + Number(leftOut), arrived(), said);
  assert.ok(Number(leftOut) > 0 && Number(kept) > 0, said);
  const [egress] = file.interfaces.map(({ statistics }) => statistics!);
  assert.deepEqual([egress!.received, egress!.dropped], [BigInt(arrived()), BigInt(leftOut!)]);
  console.log(
    `${ids.length} sent, ${await seen()} read by the switch, ${arrived()} arrived; ${said}`,
  );
  await scene.clean();
});
