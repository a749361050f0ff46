/** What `sluice doctor` says of the sensor of a redirect, while it is away and when it works. */
import assert from "node:assert/strict";
import { app, internal, trafficControl } from "../lab/agent.ts";
import { SensorProcess } from "../sensors/sensor_process.ts";
import { patient } from "./patient.ts";

Deno.test("doctor finds a sensor that is passed by, and asks whether one that works keeps connections", async () => {
  await using node = await patient();
  const { lab } = node;
  await lab.agent.write(
    "ips.yaml",
    trafficControl("ips", {
      appliedTo: app("web"),
      direction: "Both",
      action: "Redirect",
      targetPort: internal("tap0"),
      returnPort: internal("tap1"),
      failureMode: "Open",
    }),
  );
  await lab.agent.settled("a sensor that is down", ({ sensors }) => sensors[0]?.state === "down");
  const found = async () =>
    (await node.look()).findings.filter(({ check }) => ["sensors", "controls"].includes(check))
      .map(({ check, level, message }) => `${check}: ${level}: ${message}`);
  const fine = "controls: ok: Nothing hinders any of 2 TrafficControls";
  const asks =
    'sensors: ok: Connections of "ips" can come to a sensor that has not seen them begin: does it keep them?';
  const [controls, down, question] = await found();
  assert.deepEqual([controls, question], [fine, asks]);
  assert.match(
    down!,
    /^sensors: warning: The sensor between "tap0" and "tap1" does not work: .*; packets pass without a sensor$/,
  );
  await using _sensor = await SensorProcess.start(lab.ovs.netns, "tap0", "tap1");
  await lab.agent.settled("a sensor that works", ({ sensors }) => sensors[0]?.state === "up");
  assert.deepEqual(await found(), [fine, "sensors: ok: No sensor is known to fail", asks]);
});
