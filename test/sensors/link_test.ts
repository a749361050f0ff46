/** A redirect that fails open: packets pass without the sensor while its link is down, without the agent's help. */
import { app, podObject, trafficControl } from "../lab/agent.ts";
import { Lab } from "../lab/lab.ts";
import { eventually } from "../lab/ovs.ts";
import type { TestPod } from "../lab/pod.ts";
import { ipIn } from "../lab/run.ts";
import { expectFlow } from "../lab/traffic.ts";
import { devicePair } from "../lab/wire.ts";

const device = (name: string) => ({ device: { name } });

Deno.test("packets pass a redirect that fails open while its device has no link", async (t) => {
  await using lab = await Lab.start(2);
  const [p1, p2] = lab.pods as [TestPod, TestPod];
  await devicePair(lab.ovs, ["vin", "vout"]);
  await lab.agent.write("pods.yaml", podObject(p1, { app: "web" }), podObject(p2, {}));
  const [at1, at2] = [lab.at(p1), lab.at(p2)];
  const sensor = lab.atDevice("vin-x");
  const spec = {
    appliedTo: app("web"),
    direction: "Both",
    action: "Redirect",
    targetPort: device("vin"),
    returnPort: device("vout"),
    failureMode: "Open",
  };
  await lab.agent.write("tc.yaml", trafficControl("ips", spec));
  await lab.agent.realized("ips");
  const both = async (inspected: 0 | 1) => {
    for (const version of [4, 6] as const) {
      await expectFlow({ from: p1, to: p2, version }, [[at2, 1], [sensor, inspected]]);
      await expectFlow({ from: p2, to: p1, version }, [[at1, 1], [sensor, inspected]]);
    }
  };
  await t.step("with a link each packet passes the sensor", () => both(1));
  await t.step("without one it passes by", async () => {
    await ipIn(lab.ovs.netns, "link", "set", "dev", "vin-x", "down");
    await eventually(
      "no link",
      async () => (await lab.ovs.vsctl("get", "interface", "vin", "link_state")).includes("down"),
    );
    await both(0);
  });
  await t.step("with a link again it passes the sensor again", async () => {
    await ipIn(lab.ovs.netns, "link", "set", "dev", "vin-x", "up");
    await eventually(
      "a link",
      async () => (await lab.ovs.vsctl("get", "interface", "vin", "link_state")).includes("up"),
    );
    await both(1);
  });
});
