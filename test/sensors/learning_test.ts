/** A sensor that is a bridge which learns MACs passes probes of one direction, and hardly any packet of a Pod. */
import { ipIn } from "../lab/run.ts";
import { expectFlow } from "../lab/traffic.ts";
import { ProbeWatch, verdicts } from "./probes.ts";
import { SensorScene } from "./scene.ts";
import assert from "node:assert/strict";
import { eventually } from "../lab/ovs.ts";

const AGEING = "30000";
const PROBES = 20;

Deno.test("a bridge that learns MACs is never used as a sensor, and is used when it does not learn any more", async () => {
  await using scene = await SensorScene.prepare();
  const { lab: { ovs, agent }, lab, web, peer } = scene;
  const learn = async (does: boolean) => {
    await ipIn(
      ovs.netns,
      "link",
      "set",
      "w-vin-x",
      "type",
      "bridge",
      "ageing_time",
      does ? AGEING : "0",
    );
    for (const port of ["vin-x", "vout-x"]) {
      await scene.bridge("link", "set", "dev", port, "learning", does ? "on" : "off");
    }
  };
  await learn(true);
  await scene.apply({ failureMode: "Open" });
  await scene.conditions("Bypassed", "SensorDown");
  using probes = new ProbeWatch("vin-x", { netns: ovs.netns, device: "vin-x" });
  const before = probes.look();
  await eventually("probes", () => probes.look() >= before + PROBES);
  assert.equal((await verdicts(agent)).up, 0);
  const [atWeb, atPeer, sensor] = [lab.at(web), lab.at(peer), lab.atDevice("vin-x")];
  for (const version of [4, 6] as const) {
    await expectFlow({ from: web, to: peer, version }, [[atPeer, 1], [sensor, 0]]);
    await expectFlow({ from: peer, to: web, version }, [[atWeb, 1], [sensor, 0]]);
  }
  await learn(false);
  await scene.conditions();
  await expectFlow({ from: web, to: peer }, [[atPeer, 1], [sensor, 1]]);
  await expectFlow({ from: peer, to: web }, [[atWeb, 1], [sensor, 1]]);
});
