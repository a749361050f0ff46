/** Every `vlan_mode` of a Pod's port: sensors get its packets with the tags that the Pod itself gets. */
import assert from "node:assert/strict";
import { app, internal, podObject, trafficControl } from "./lab/agent.ts";
import { Lab } from "./lab/lab.ts";
import { introduce } from "./lab/pod.ts";
import { type Counter, expectFlow } from "./lab/traffic.ts";
import { tshark } from "./lab/tshark.ts";
import { bridgeWire } from "./lab/wire.ts";

/** The tags of the frames that a counter got last: VLAN ids, or "" for none. */
async function tags(counter: Counter): Promise<string[]> {
  const { frames } = counter;
  const found = [...new Set((await tshark(frames, ["vlan.id"])).map(([tag]) => tag!))];
  counter.reset();
  return found;
}

/** The mode, and whether a packet that has the tag of the port's VLAN on the bridge comes to the Pod without it. */
const MODES = [
  ["access", ""],
  ["native-untagged", ""],
  ["native-tagged", "10"],
  ["dot1q-tunnel", ""],
] as const;

for (const [vlanMode, tag] of MODES) {
  Deno.test(`vlan_mode=${vlanMode}: mirror and pair get a packet with the tag that the Pod gets it with`, async () => {
    await using lab = await Lab.start(0);
    const pod = await lab.addPod("p1", { vlan: 10, vlanMode });
    const uplink = await lab.addPod("p2"); // a trunk: what it sends carries the tag
    await introduce(pod, uplink);
    await lab.agent.write("pods.yaml", podObject(pod, { app: "web" }));
    const treat = (name: string, action: object) =>
      trafficControl(name, { appliedTo: app("web"), direction: "Both", ...action });
    await lab.agent.write(
      "tc.yaml",
      treat("m", { action: "Mirror", targetPort: internal("ids0") }),
      treat("r", {
        action: "Redirect",
        targetPort: internal("tap0"),
        returnPort: internal("tap1"),
      }),
    );
    await lab.agent.realized("m", "r");
    await bridgeWire(lab.ovs, ["tap0", "tap1"]);
    const [atPod, ids, sensor] = [lab.at(pod), lab.atDevice("ids0"), lab.atDevice("tap0")];
    const all = [[atPod, 1], [ids, 1], [sensor, 1]] as const;
    for (const version of [4, 6] as const) {
      await expectFlow({ from: uplink, to: pod, version, frame: { vlan: 10 } }, all);
      assert.deepEqual([await tags(atPod), await tags(ids), await tags(sensor)], [
        [tag],
        [tag],
        [tag],
      ]);
    }
    if (!vlanMode.startsWith("native")) return;
    await expectFlow({ from: uplink, to: pod, frame: { vlan: 20 } }, all);
    assert.deepEqual([await tags(atPod), await tags(ids), await tags(sensor)], [
      ["20"],
      ["20"],
      ["20"],
    ]);
  });
}
