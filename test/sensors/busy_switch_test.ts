/** A switch or an agent that is stopped or busy changes no verdict: it is not the sensor that is late. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { delay } from "../../core/base/timer.ts";
import { eventually } from "../lab/ovs.ts";
import { expectFlow } from "../lab/traffic.ts";
import { ProbeWatch, verdicts } from "./probes.ts";
import { entry, SensorScene } from "./scene.ts";

const [STOPS, STOPPED] = [4, 500];
const PORTS = 200;
const FOREIGN_FLOWS = 30_000;
/** Probes after each fault: more than a verdict needs. */
const PROBES = 10;
const SENSORS = ["vin", "vin1", "vin2"];

/** Waits until each sensor has got more probes. */
async function probed(watches: readonly ProbeWatch[]): Promise<void> {
  const before = watches.map((watch) => watch.look());
  await eventually(
    "more probes",
    () => watches.every((watch, index) => watch.look() >= before[index]! + PROBES),
    30_000,
  );
}

async function stopForAWhile({ lab: { ovs } }: SensorScene): Promise<void> {
  const pid = Number(await Deno.readTextFile(join(ovs.dir, "ovs-vswitchd.pid")));
  Deno.kill(pid, "SIGSTOP");
  await delay(STOPPED);
  Deno.kill(pid, "SIGCONT");
}

/** The owner's own flow is there again at once; Sluice's agent sees what is missing. */
async function deleteAllFlows({ lab: { ovs } }: SensorScene): Promise<void> {
  await ovs.ofctl("del-flows", "br0");
  await ovs.ofctl("add-flow", "br0", "priority=0,actions=NORMAL");
}

async function addPorts({ lab: { ovs } }: SensorScene): Promise<void> {
  const all = Array.from({ length: PORTS }, (_, index) => {
    const name = `i${index}`;
    return ["--", "add-port", "br0", name, "--", "set", "interface", name, "type=internal"];
  });
  await ovs.vsctl(...all.flat().slice(1));
}

async function addFlows({ lab: { ovs } }: SensorScene): Promise<void> {
  const file = join(ovs.dir, "foreign-flows");
  const flows = Array.from(
    { length: FOREIGN_FLOWS },
    (_, index) => `table=7,priority=9,reg1=${index},actions=drop`,
  );
  await Deno.writeTextFile(file, flows.join("\n"));
  await ovs.ofctl("--bundle", "add-flows", "br0", file);
  await ovs.ofctl("del-flows", "br0", "table=7");
}

Deno.test("a switch that is stopped, loses its flows, gets 200 ports and 30,000 flows: no sensor's state changes", async (t) => {
  const additionalPorts = [entry(1), entry(2)];
  await using scene = await SensorScene.start({ failureMode: "Open", additionalPorts }, 2);
  const { lab, web, peer } = scene;
  await scene.sensorsUp(...SENSORS);
  const watches = SENSORS.map((name) =>
    new ProbeWatch(name, { netns: lab.ovs.netns, device: `${name}-x` })
  );
  const before = await verdicts(lab.agent);
  const at = lab.at(peer);
  const changesNothing = async () => {
    await probed(watches);
    assert.deepEqual(await verdicts(lab.agent), before);
    await scene.sensorsUp(...SENSORS);
    await scene.conditions();
    await expectFlow({ from: web, to: peer }, [[at, 1]]);
  };
  try {
    await t.step("it is stopped again and again", async () => {
      for (let index = 0; index < STOPS; index++) {
        await stopForAWhile(scene);
        await probed(watches);
      }
      await changesNothing();
    });
    await t.step("another controller deletes all flows again and again", async () => {
      for (let index = 0; index < STOPS; index++) {
        await deleteAllFlows(scene);
        await probed(watches);
      }
      await lab.agent.realized("ips");
      await changesNothing();
    });
    await t.step("it gets ports", async () => {
      await addPorts(scene);
      await changesNothing();
    });
    await t.step("it gets flows", async () => {
      await addFlows(scene);
      await changesNothing();
    });
  } finally {
    watches.forEach((watch) => watch[Symbol.dispose]());
  }
});

Deno.test("an agent that is stopped for a while changes nothing", async () => {
  await using scene = await SensorScene.start({ failureMode: "Open" });
  const { lab: { agent, ovs } } = scene;
  await scene.sensorsUp("vin");
  using watch = new ProbeWatch("vin", { netns: ovs.netns, device: "vin-x" });
  const before = await verdicts(agent);
  for (let index = 0; index < 2 * STOPS; index++) {
    Deno.kill(agent.pid, "SIGSTOP");
    await delay(STOPPED / 8 * (index + 1)); // shorter than the timeout of a probe, and longer
    Deno.kill(agent.pid, "SIGCONT");
    await probed([watch]);
  }
  assert.deepEqual(await verdicts(agent), before);
  await scene.conditions();
});
