/** The settings of probes are changed while a sensor works: it goes on working, by the new probes. */
import assert from "node:assert/strict";
import { delay } from "../../core/base/timer.ts";
import { DEFAULT_PROBE } from "../../core/contracts/mod.ts";
import { readProbe } from "../../core/health/probe_packet.ts";
import { eventually } from "../lab/ovs.ts";
import { Stream } from "../lab/stream.ts";
import { ProbeWatch, verdicts } from "./probes.ts";
import { SensorScene } from "./scene.ts";

const SETTINGS = [
  { protocol: "ICMP" },
  { port: 443 },
  { sourceIP: "192.0.2.1", destinationIP: "192.0.2.2" },
  { sourceIP: DEFAULT_PROBE.destinationIP, destinationIP: DEFAULT_PROBE.sourceIP },
  { size: 1400 },
  {},
] as const;
/** Probes of each kind: more than a verdict needs. */
const PROBES = 10;
/** Milliseconds in which there would be probes. */
const WATCHED = 2000;

Deno.test("settings of probes that are changed cost no packet and change no verdict; without them no probe is sent", async () => {
  await using scene = await SensorScene.start({ failureMode: "Open" });
  const { lab, web, peer } = scene;
  await scene.sensorsUp("vin");
  const sensor = lab.atDevice("vin-x");
  using probes = new ProbeWatch("vin-x", { netns: lab.ovs.netns, device: "vin-x" });
  const stream = new Stream({ from: web, to: peer }, lab.at(peer), [sensor]);
  await stream.goesOn("all", async () => {
    for (const healthProbe of SETTINGS) {
      await scene.apply({ failureMode: "Open", healthProbe });
      const settings = { ...DEFAULT_PROBE, ...healthProbe };
      const seen = () => {
        probes.look();
        return probes.frames.filter((frame) => readProbe(frame, settings)).length;
      };
      const before = seen();
      await eventually("probes of this kind", () => seen() >= before + PROBES);
      await scene.sensorsUp("vin");
    }
    await scene.apply({});
    const { up, down } = await verdicts(lab.agent);
    assert.deepEqual({ up, down }, { up: 1, down: 0 });
    const last = probes.look();
    await delay(WATCHED);
    assert.equal(probes.look() - last, 0);
  });
});
