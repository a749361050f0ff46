/** A Pod on an access port behind a tagged uplink: its sensor works, or is passed by. */
import assert from "node:assert/strict";
import { podObject } from "../lab/agent.ts";
import { Lab } from "../lab/lab.ts";
import { introduce } from "../lab/pod.ts";
import { type Counter, expectFlow } from "../lab/traffic.ts";
import { tshark } from "../lab/tshark.ts";
import { devicePair } from "../lab/wire.ts";
import { SensorScene } from "./scene.ts";

const VLAN = 10;
const EVERYBODY = { mac: "ff:ff:ff:ff:ff:ff", ips: ["10.9.0.255"] };

/** VLAN ids, or "" for none. */
async function tags({ frames }: Counter): Promise<string[]> {
  return [...new Set((await tshark(frames, ["vlan.id"])).map(([tag]) => tag!))];
}

Deno.test("packets of an access port keep their VLANs past a sensor that does not work, and nobody sees them twice", async (t) => {
  await using lab = await Lab.start(0);
  const web = await lab.addPod("p1", { vlan: VLAN });
  const uplink = await lab.addPod("p2"); // a trunk: what it sends has the tag
  const neighbour = await lab.addPod("p3", { vlan: VLAN });
  const stranger = await lab.addPod("p4", { vlan: VLAN + 1 });
  await introduce(web, uplink, neighbour);
  await devicePair(lab.ovs, ["vin", "vout"]);
  await lab.agent.write("pods.yaml", podObject(web, { app: "web" }));
  const scene = SensorScene.of(lab, web, uplink);
  await scene.apply({ failureMode: "Open" });
  await scene.sensorsUp("vin");
  const counters = [web, uplink, neighbour, stranger].map((pod) => lab.at(pod));
  const [atWeb, atUplink, atNeighbour, atStranger] = counters as [
    Counter,
    Counter,
    Counter,
    Counter,
  ];
  const sensor = lab.atDevice("vin-x");
  const frame = { vlan: VLAN };

  const pass = async (inspected: 0 | 1) => {
    const seen = [[sensor, inspected], [atStranger, 0]] as const;
    for (const version of [4, 6] as const) {
      await expectFlow({ from: uplink, to: web, version, frame }, [[atWeb, 1], ...seen]);
      await expectFlow({ from: web, to: uplink, version }, [[atUplink, 1], ...seen]);
      await expectFlow({ from: web, to: neighbour, version }, [[atNeighbour, 1], ...seen]);
      await expectFlow({ from: neighbour, to: web, version }, [[atWeb, 1], ...seen]);
    }
    const everybody = [[atWeb, 1], [atNeighbour, 1], ...seen] as const;
    await expectFlow({ from: uplink, to: EVERYBODY, frame }, everybody);
    await expectFlow({ from: web, to: EVERYBODY }, [[atUplink, 1], [atNeighbour, 1], ...seen]);
    assert.deepEqual([await tags(atWeb), await tags(atNeighbour)], [[""], [""]]);
    assert.deepEqual(await tags(atUplink), [`${VLAN}`]);
    if (inspected) assert.deepEqual(await tags(sensor), [""]);
    counters.concat(sensor).forEach((counter) => counter.reset());
  };
  await t.step("it works", () => pass(1));
  await t.step("it does not", async () => {
    await scene.cut(true);
    await scene.conditions("Bypassed", "SensorDown");
    await pass(0);
  });
  await t.step("it works again", async () => {
    await scene.cut(false);
    await scene.sensorsUp("vin");
    await pass(1);
  });
});
