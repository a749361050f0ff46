import { eventually } from "../lab/ovs.ts";
import { ipIn } from "../lab/run.ts";
import { expectFlow } from "../lab/traffic.ts";
import { SensorScene } from "./scene.ts";

Deno.test("packets pass a redirect that fails open while its device has no link", async (t) => {
  await using scene = await SensorScene.start({ failureMode: "Open" });
  const { lab, web, peer } = scene;
  const [atWeb, atPeer, sensor] = [lab.at(web), lab.at(peer), lab.atDevice("vin-x")];
  const both = async (inspected: 0 | 1) => {
    for (const version of [4, 6] as const) {
      await expectFlow({ from: web, to: peer, version }, [[atPeer, 1], [sensor, inspected]]);
      await expectFlow({ from: peer, to: web, version }, [[atWeb, 1], [sensor, inspected]]);
    }
  };
  const link = async (state: "up" | "down") => {
    await ipIn(lab.ovs.netns, "link", "set", "dev", "vin-x", state);
    await eventually(
      `link ${state}`,
      async () => (await lab.ovs.vsctl("get", "interface", "vin", "link_state")).includes(state),
    );
  };
  await t.step("as long as its sensor works, each packet passes that", async () => {
    await scene.conditions();
    await both(1);
  });
  await t.step("without a link they pass by", async () => {
    await link("down");
    await scene.conditions("Bypassed", "LinkDown", "SensorDown"); // else Sluice may not have heard of it yet
    await both(0);
  });
  await t.step("with a link and answers again, they pass the sensor again", async () => {
    await link("up");
    await scene.conditions();
    await both(1);
  });
});
