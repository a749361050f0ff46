/** `sluice capture` on an OVN's bridge: on the same switch, behind the router, and on another chassis. */
import assert from "node:assert/strict";
import { Capture } from "../capture/scene.ts";
import { readPcapng } from "../lab/pcapng.ts";
import { idOf } from "../lab/frames.ts";
import { Counter, expectCounts, send } from "../lab/traffic.ts";
import { OvnScene } from "./ovn_scene.ts";
import { SKIPPED } from "./programs.ts";

/** To and from the Pod `a`. */
const PEERS = ["b", "c", "d", "e"];
const PACKETS = 20;
Deno.test({
  name: "on an OVN, a capture of a Pod has each packet that it sends and receives once",
  ignore: SKIPPED,
  async fn() {
    await using scene = await OvnScene.start();
    const { ovs, ovn, agent } = scene;
    await scene.apply("Mirror", "b"); // the Pod that is captured has no TrafficControl
    const pod = (await agent.state()).pods.find(({ name }) => name === scene.pod("a").pod.name)!;
    const target = `${pod.namespace}/${pod.name}`;
    const capture = await new Capture(ovs.netns, `${ovs.dir}/a.pcapng`, [`pod/${target}`]).begun();
    const [out, home]: [number[], number[]] = [[], []];
    for (const peer of PEERS) {
      const [one, other] = [scene.pod("a"), scene.pod(peer)];
      using atOne = Counter.at(one.pod);
      using atOther = Counter.at(other.pod);
      const sent = await send({ from: one.pod, to: ovn.route(one, other), count: PACKETS });
      await expectCounts(sent, [[atOther, 1]]);
      const came = await send({ from: other.pod, to: ovn.route(other, one), count: PACKETS });
      await expectCounts(came, [[atOne, 1]]);
      out.push(...sent);
      home.push(...came);
    }
    await capture.hasPackets(out.length + home.length);
    const { said } = await capture.stop();
    assert.match(said, /^Kept \d+ packets, left out 0: /);
    const { packets } = readPcapng(await Deno.readFile(capture.file));
    const numbers = (direction: string) =>
      packets.filter(({ on }) => on.name === `${target} ${direction}`)
        .map(({ data }) => idOf(data)).filter((id) => id !== undefined);
    assert.deepEqual(numbers("egress"), out);
    assert.deepEqual(numbers("ingress"), home);
    assert.doesNotMatch(await ovs.ofctl("dump-flows", "br-int"), /controller\(id=20943/);
  },
});
