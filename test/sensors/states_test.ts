/** Redirects that fail open, in each state, beside others: each packet comes once, and passes the sensors that work. */
import { app, internal, podObject, trafficControl } from "../lab/agent.ts";
import { Lab } from "../lab/lab.ts";
import type { TestPod } from "../lab/pod.ts";
import { run } from "../lab/run.ts";
import { expectFlow } from "../lab/traffic.ts";
import { devicePair, Echo } from "../lab/wire.ts";
import { device, SensorScene } from "./scene.ts";

const BROADCAST = { mac: "ff:ff:ff:ff:ff:ff", ips: ["10.9.0.255"] };

const redirect = (name: string, wire: string) =>
  trafficControl(name, {
    appliedTo: app(name),
    direction: "Both",
    action: "Redirect",
    targetPort: device(`vin${wire}`),
    returnPort: device(`vout${wire}`),
    failureMode: "Open",
  });

/** Whether each of the two sensors is cut off. */
const STATES = [[false, false], [true, false], [true, true], [false, true]] as const;

Deno.test("two redirected Pods talk through both sensors, or past those that are cut off; mirrors stay as they are", async (t) => {
  await using lab = await Lab.start(3);
  const [web, db, other] = lab.pods as [TestPod, TestPod, TestPod];
  await devicePair(lab.ovs, ["vin", "vout"]);
  await devicePair(lab.ovs, ["vin1", "vout1"]);
  await lab.agent.write(
    "pods.yaml",
    podObject(web, { app: "web" }),
    podObject(db, { app: "db" }),
    podObject(other, {}),
  );
  const mirror = { appliedTo: app("web"), direction: "Both", action: "Mirror" };
  await lab.agent.write(
    "tc.yaml",
    redirect("web", ""),
    redirect("db", "1"),
    trafficControl("ids", { ...mirror, targetPort: internal("ids0") }),
  );
  const scene = SensorScene.of(lab, web, db);
  await scene.sensorsUp("vin", "vin1");
  const [atWeb, atDb, atOther] = [lab.at(web), lab.at(db), lab.at(other)];
  const [first, second, ids] = ["vin-x", "vin1-x", "ids0"].map((name) => lab.atDevice(name)) as [
    ReturnType<Lab["atDevice"]>,
    ReturnType<Lab["atDevice"]>,
    ReturnType<Lab["atDevice"]>,
  ];
  for (const [webIsCut, dbIsCut] of STATES) {
    await t.step(`cut off: ${webIsCut}, ${dbIsCut}`, async () => {
      await scene.cut(webIsCut);
      await scene.cut(dbIsCut, "1");
      await scene.sensorsUp(...[...(webIsCut ? [] : ["vin"]), ...(dbIsCut ? [] : ["vin1"])]);
      const seen = [[first, webIsCut ? 0 : 1], [second, dbIsCut ? 0 : 1], [ids, 1]] as const;
      for (const version of [4, 6] as const) {
        await expectFlow({ from: web, to: db, version }, [[atDb, 1], [atOther, 0], ...seen]);
        await expectFlow({ from: db, to: web, version }, [[atWeb, 1], [atOther, 0], ...seen]);
      }
      await expectFlow({ from: other, to: BROADCAST }, [[atWeb, 1], [atDb, 1], ...seen]);
      await expectFlow({ from: web, to: BROADCAST }, [[atDb, 1], [atOther, 1], ...seen]);
    });
  }
});

Deno.test("a sensor with one port is probed, too", async () => {
  await using scene = await SensorScene.between(["tap0", "tap0"], { failureMode: "Open" });
  const { lab, web, peer } = scene;
  await run("ip", ["netns", "exec", lab.ovs.netns, "ip", "link", "set", "tap0", "up"]);
  const [at, sensor] = [lab.at(peer), lab.atDevice("tap0")];
  {
    using _echo = Echo.at({ netns: lab.ovs.netns, device: "tap0" });
    await scene.sensorsUp("tap0");
    await expectFlow({ from: web, to: peer }, [[at, 1], [sensor, 1]]);
  }
  await scene.conditions("Bypassed", "SensorDown");
  await expectFlow({ from: web, to: peer }, [[at, 1], [sensor, 0]]);
});
