/** Sensors fail and come back while Pods change all the time: verdicts are written beside rounds, and none is lost. */
import assert from "node:assert/strict";
import { delay } from "../../core/base/timer.ts";
import { podObject } from "../lab/agent.ts";
import { eventually } from "../lab/ovs.ts";
import { expectFlow } from "../lab/traffic.ts";
import { verdicts } from "./probes.ts";
import { SensorScene } from "./scene.ts";

const TIMES = 3;
/** Milliseconds between two changes of Pods. */
const CHURN = 40;

/** Changes which Pods are selected, until the end of the test's block. */
function churn({ lab: { agent, pods }, web }: SensorScene): AsyncDisposable {
  const others = pods.filter((pod) => pod !== web);
  let [round, isOver] = [0, false];
  const running = (async () => {
    while (!isOver) {
      round++;
      const object = others.map((pod, index) =>
        podObject(pod, { app: (round + index) % 2 === 0 ? "web" : "other" })
      );
      await agent.write("pods.yaml", podObject(web, { app: "web" }), ...object);
      await delay(CHURN);
    }
  })();
  return {
    async [Symbol.asyncDispose]() {
      isOver = true;
      await running;
    },
  };
}

Deno.test("while Pods change all the time, redirects open and close, and the flows are those of the last verdict", async () => {
  await using scene = await SensorScene.start({
    failureMode: "Open",
    healthProbe: { successThreshold: 1 },
  });
  const { lab, web } = scene;
  const stranger = await lab.addPod("p3");
  await lab.addPod("p4");
  await lab.addPod("p5");
  await web.knows(stranger);
  await stranger.knows(web);
  const [at, sensor] = [lab.at(web), lab.atDevice("vin-x")];
  await scene.sensorsUp("vin");
  for (let index = 0; index < TIMES; index++) {
    for (const isCut of [true, false]) {
      {
        await using _ = churn(scene);
        const before = await verdicts(lab.agent);
        await scene.cut(isCut);
        const state = isCut ? "down" : "up";
        const isJudged = async () => (await verdicts(lab.agent))[state] > before[state];
        await eventually(`the verdict "${state}"`, isJudged, 20_000);
      }
      if (isCut) await scene.conditions("Bypassed", "SensorDown");
      else await scene.sensorsUp("vin");
      await expectFlow({ from: stranger, to: web }, [[at, 1], [sensor, isCut ? 0 : 1]]);
    }
  }
  const { up, down } = await verdicts(lab.agent);
  assert.deepEqual({ up, down }, { up: 1 + TIMES, down: TIMES });
});
