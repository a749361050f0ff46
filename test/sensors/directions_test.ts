/** A redirect of one direction that is open, and the other direction, which has no sensor. */
import { expectFlow } from "../lab/traffic.ts";
import { SensorScene } from "./scene.ts";

Deno.test("of a redirect of one direction, that one passes a sensor that does not work, and the other has none", async (t) => {
  await using scene = await SensorScene.start({ failureMode: "Open" });
  const { lab, web, peer } = scene;
  const [atWeb, atPeer, sensor] = [lab.at(web), lab.at(peer), lab.atDevice("vin-x")];
  const pass = async (out: 0 | 1, into: 0 | 1) => {
    for (const version of [4, 6] as const) {
      await expectFlow({ from: web, to: peer, version }, [[atPeer, 1], [sensor, out]]);
      await expectFlow({ from: peer, to: web, version }, [[atWeb, 1], [sensor, into]]);
    }
  };
  for (const direction of ["Egress", "Ingress"] as const) {
    await t.step(direction, async () => {
      const isEgress = direction === "Egress";
      await scene.apply({ failureMode: "Open", direction });
      await scene.sensorsUp("vin");
      await pass(isEgress ? 1 : 0, isEgress ? 0 : 1);
      await scene.cut(true);
      await scene.conditions("Bypassed", "SensorDown");
      await pass(0, 0);
      await scene.cut(false);
      await scene.sensorsUp("vin");
      await pass(isEgress ? 1 : 0, isEgress ? 0 : 1);
    });
  }
});
