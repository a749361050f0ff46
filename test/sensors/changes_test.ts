/** How many flows change when a redirect opens or closes, or one of several sensors fails: as many for any number of Pods. */
import assert from "node:assert/strict";
import { podObject } from "../lab/agent.ts";
import { entry, SensorScene } from "./scene.ts";

const MORE_PODS = 99;
const NOTHING = { added: 0, modified: 0, deleted: 0 };

/** What the agent has logged of changed flows while something happened. */
async function changesIn({ lab }: SensorScene, happens: () => Promise<void>) {
  const before = lab.agent.log.length;
  await happens();
  return lab.agent.log.slice(before).flatMap((line) => {
    const found = /Flows changed added=(\d+) modified=(\d+) deleted=(\d+)/.exec(line);
    const [added, modified, deleted] = found?.slice(1).map(Number) ?? [];
    return found ? [{ added, modified, deleted }] : [];
  });
}

async function start(more: Readonly<Record<string, unknown>>, additional = 0) {
  const scene = await SensorScene.start(more, additional);
  // They send and receive nothing, so a port of the bridge is enough of them.
  const pods = Array.from({ length: MORE_PODS }, (_, index) => ({
    name: `more${index}`,
    mac: `02:00:00:00:05:${index.toString(16).padStart(2, "0")}`,
    ips: [`10.244.5.${index}/16`],
  }));
  await scene.lab.ovs.vsctl(...pods.flatMap(({ name }) => [
    ...["--", "add-port", "br0", name],
    ...["--", "set", "interface", name, "type=internal"],
  ]));
  await scene.lab.agent.write("more.yaml", ...pods.map((pod) => podObject(pod, { app: "web" })));
  await scene.lab.agent.settled(
    "all Pods",
    ({ trafficControls }) => trafficControls[0]?.pods.length === 1 + MORE_PODS,
  );
  return scene;
}

Deno.test("opening and closing change one flow, and turn no other ones", async () => {
  await using scene = await start({ failureMode: "Open" });
  await scene.sensorsUp("vin");
  const opening = await changesIn(scene, async () => {
    await scene.cut(true);
    await scene.conditions("Bypassed", "SensorDown");
  });
  assert.deepEqual(opening, [{ ...NOTHING, added: 1 }]);
  const closing = await changesIn(scene, async () => {
    await scene.cut(false);
    await scene.sensorsUp("vin");
  });
  assert.deepEqual(closing, [{ ...NOTHING, deleted: 1 }]);
});

Deno.test("one of three sensors that fails changes two flows", async () => {
  await using scene = await start({ healthProbe: {}, additionalPorts: [entry(1), entry(2)] }, 2);
  await scene.sensorsUp("vin", "vin1", "vin2");
  const changes = await changesIn(scene, async () => {
    await scene.cut(true, "1");
    await scene.sensorsUp("vin", "vin2");
  });
  assert.deepEqual(changes, [{ ...NOTHING, modified: 2 }]);
});
