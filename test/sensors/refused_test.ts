/** A TrafficControl that gets wrong fields or annotations keeps what it was, and says so. */
import { app, trafficControl } from "../lab/agent.ts";
import { expectFlow } from "../lab/traffic.ts";
import { device, SensorScene } from "./scene.ts";

type Fields = Readonly<Record<string, unknown>>;
const REDIRECT = {
  appliedTo: app("web"),
  direction: "Both",
  action: "Redirect",
  targetPort: device("vin"),
  returnPort: device("vout"),
};

/** What is wrong, in fields and in annotations. */
const WRONG: readonly (readonly [what: string, fields: Fields, annotations: Fields])[] = [
  ["a field with an unknown value", { failureMode: "Ajar" }, {}],
  ["a field out of its range", { failureMode: "Open", healthProbe: { interval: "1ms" } }, {}],
  ["an unknown field", { failureMode: "Open", healthProbe: { often: true } }, {}],
  ["an annotation with an unknown value", {}, { "sluice.dev/failure-mode": "Ajar" }],
  ["an annotation that is no YAML", { failureMode: "Open" }, { "sluice.dev/health-probe": "{" }],
  ["an annotation that contradicts a field", { failureMode: "Open" }, {
    "sluice.dev/failure-mode": "Closed",
  }],
];

Deno.test("a redirect with wrong fields or annotations goes on as before, open and closed, and says so", async (t) => {
  await using scene = await SensorScene.start({ failureMode: "Open" });
  const { lab, web, peer } = scene;
  const [at, sensor] = [lab.at(peer), lab.atDevice("vin-x")];
  await scene.sensorsUp("vin");
  let isCut = false;
  for (const [what, fields, annotations] of WRONG) {
    await t.step(what, async () => {
      const object = trafficControl("ips", { ...REDIRECT, ...fields }, { annotations });
      await lab.agent.write("tc.yaml", object);
      const open = isCut ? ["Bypassed", "SensorDown"] : [];
      await scene.conditions("Invalid", ...open);
      await expectFlow({ from: web, to: peer }, [[at, 1], [sensor, isCut ? 0 : 1]]);
      isCut = !isCut;
      await scene.cut(isCut);
      if (isCut) await scene.conditions("Invalid", "Bypassed", "SensorDown");
      else await scene.sensorsUp("vin");
      await expectFlow({ from: web, to: peer }, [[at, 1], [sensor, isCut ? 0 : 1]]);
    });
  }
  await t.step("without them it is well", async () => {
    await scene.apply({ failureMode: "Open" });
    if (!isCut) await scene.conditions();
  });
});
