/** What is told of a probed sensor: how long its probes take, and for how long packets pass by it. */
import assert from "node:assert/strict";
import { eventually } from "../lab/ovs.ts";
import { SensorScene } from "./scene.ts";

/** Each probe takes another time: so many times mean that as many probes have come back. */
const PROBES = 20;
/** Seconds. */
const OPEN = 2;

async function sensorOf({ lab }: SensorScene) {
  const { sensors, ports } = await lab.agent.state();
  const [sensor] = sensors;
  return { ...sensor!, port: ports.find(({ name }) => name === sensor!.target)!.ofport! };
}

/** The values of the metrics of a sensor, and those of others without a label. */
async function metricsOf({ lab }: SensorScene, port: number): Promise<ReadonlyMap<string, number>> {
  const { text } = await lab.agent.get("/metrics");
  return new Map(
    text.split("\n").map((line) => {
      const [series = "", value] = line.split(" ");
      return [series.replace(`{port="${port}"}`, ""), Number(value)];
    }),
  );
}

Deno.test("the round trip of probes is in the state and in metrics; that it changes is no news for anybody", async () => {
  await using scene = await SensorScene.start({ healthProbe: {} });
  await scene.sensorsUp("vin");
  const { port } = await sensorOf(scene);
  const { log } = scene.lab.agent;
  const before = log.length;
  const seen = new Set<number | undefined>();
  await eventually("round trips", async () => {
    seen.add((await sensorOf(scene)).roundTripMilliseconds);
    return seen.size >= PROBES;
  }, 60_000);
  for (const each of seen) assert.ok(each !== undefined && each > 0 && each < 1000, `${each}`);
  assert.deepEqual(log.slice(before), []);
  const metrics = await metricsOf(scene, port);
  assert.equal(metrics.get("sluice_sensor_up"), 1);
  const seconds = metrics.get("sluice_sensor_round_trip_seconds")!;
  assert.ok(seconds > 0 && seconds < 1, `${seconds}`);
});

Deno.test("the time in which packets pass by a sensor adds up", async () => {
  await using scene = await SensorScene.start({ failureMode: "Open" });
  await scene.sensorsUp("vin");
  const { port } = await sensorOf(scene);
  const seconds = async () =>
    (await metricsOf(scene, port)).get("sluice_sensor_passed_by_seconds_total")!;
  const before = await seconds();
  assert.equal(await seconds(), before, "it stands still while the sensor works");
  await scene.cut(true);
  const cutAt = performance.now();
  await eventually("it grows", async () => await seconds() >= before + OPEN, 30_000);
  assert.ok(performance.now() - cutAt >= 1000 * OPEN);
  assert.equal((await metricsOf(scene, port)).get("sluice_sensor_up"), 0);
  await scene.cut(false);
  await scene.sensorsUp("vin");
  const after = await seconds();
  assert.equal(await seconds(), after);
});
