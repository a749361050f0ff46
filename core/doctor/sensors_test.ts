import assert from "node:assert/strict";
import type { AgentBridgeConfig } from "../agent/config.ts";
import type { SensorReport } from "../model/choices/sensors.ts";
import { CONTROLS } from "./controls.ts";
import type { Facts } from "./facts.ts";
import { known } from "./known.ts";
import { SENSORS } from "./sensors.ts";

const RUNNING = {
  state: "running" as const,
  bridges: ["br0"],
  unready: [],
  conditions: [],
  controls: [],
  sensors: [],
  redirects: [],
  plugins: [],
};

function said(agent: Facts["agent"], suricata: Facts["suricata"] = []): string[] {
  const config = { bridge: "br0" } as AgentBridgeConfig;
  const facts = { agent, suricata, config } as unknown as Facts;
  return SENSORS.flatMap((check) => check(facts)).map(({ level, message, cure }) =>
    `${level}: ${message}${cure === undefined ? "" : ` | ${cure}`}`
  );
}

const sensor = (state: SensorReport["state"], isOpen = false): SensorReport => ({
  target: "tap0",
  return: "tap1",
  state,
  isOpen,
  evidence: "so it is",
});
const START = "start the sensor; Sluice uses it again when enough probes in a row come back";
const THE = 'The sensor between "tap0" and "tap1"';

Deno.test.each<[SensorReport, string]>([
  [sensor("up"), "ok: No sensor is known to fail"],
  [sensor("unknown"), "ok: No sensor is known to fail"],
  [
    sensor("unknown", true),
    `warning: ${THE} has not answered yet; packets pass without a sensor | ${START}`,
  ],
  [sensor("down"), `warning: ${THE} does not work: so it is | ${START}`],
  [
    sensor("down", true),
    `warning: ${THE} does not work: so it is; packets pass without a sensor | ${START}`,
  ],
  [
    sensor("overloaded"),
    `warning: ${THE} loses packets: so it is | give it more capacity, or add sensors`,
  ],
])("a sensor: %o", (report, expected) => {
  assert.deepEqual(said({ ...RUNNING, sensors: [report] }), [expected]);
});

Deno.test("without an agent on the bridge, nothing is known of sensors; without probes, there is nothing to say", () => {
  assert.deepEqual(said(RUNNING), ["ok: No redirect has sensors that are probed"]);
  const skipped = "skipped: not looked at, because no agent on this bridge tells of its sensors";
  assert.deepEqual(said({ ...RUNNING, bridges: ["br1"] }), [skipped]);
  assert.deepEqual(said({ state: "silent" }), [skipped]);
});

const IPS = (policy: string) => ({
  pid: 12,
  args: ["suricata"],
  file: "/etc/suricata/suricata.yaml",
  text: `af-packet: [{interface: tap0, copy-mode: ips, copy-iface: tap1}]\n${policy}\n`,
});
const CURE = "stream.midstream: true, or exception-policy: ignore";

Deno.test("whether a sensor keeps connections it has not seen begin is asked once, if nothing says it", () => {
  const redirects = [
    { name: "ips", ports: ["tap0", "tap1"] },
    { name: "more", ports: ["vin", "vout"] },
  ];
  const agent = { ...RUNNING, redirects, sensors: [sensor("up")] };
  const asked = (names: string) =>
    `ok: Connections of ${names} can come to a sensor that has not seen them begin: does it keep them? | ` +
    `if it is Suricata in IPS mode, give it ${CURE}`;
  const fine = "ok: No sensor is known to fail";
  assert.deepEqual(said(agent), [fine, asked('"ips", "more"')]);
  assert.deepEqual(said(agent, [IPS("stream: {midstream: no}")]), [fine, asked('"ips", "more"')]);
  assert.deepEqual(said(agent, [IPS("stream: {midstream: yes}")]), [fine, asked('"more"')]);
  assert.deepEqual(said(agent, [IPS("exception-policy: auto")]), [
    fine,
    'warning: TrafficControl "ips" moves connections to Suricata (process 12), which drops those that it has ' +
    `not seen begin, as "/etc/suricata/suricata.yaml" says | give it ${CURE}, and start it again`,
    asked('"more"'),
  ]);
});

Deno.test("what is wrong with a sensor is found once, and not with its TrafficControl, too", () => {
  const conditions = [
    { reason: "Bypassed", message: "It is open", warning: true },
    { reason: "SensorDown", message: "It is down", warning: true },
    { reason: "NoPort", message: "It has no port" },
  ] as const;
  const controls = known([{ name: "ips", conditions }]);
  const find = (agent: Facts["agent"]) =>
    CONTROLS.flatMap((check) => check({ agent, controls } as unknown as Facts)).length;
  assert.equal(find(RUNNING), 3);
  assert.equal(find({ ...RUNNING, sensors: [sensor("down", true)] }), 1);
});
