/** What hinders TrafficControls is found by `sluice doctor`, with an agent and without one. */
import assert from "node:assert/strict";
import { app, internal, podObject, trafficControl } from "../lab/agent.ts";
import { ipIn } from "../lab/run.ts";
import { type Patient, patient } from "./patient.ts";

const mirrorOf = (pod: string, targetPort: object) => ({
  appliedTo: app(pod),
  direction: "Both",
  action: "Mirror",
  targetPort,
});
const device = (name: string) => ({ device: { name } });
const redirect = (target: string, returned: string) => ({
  ...mirrorOf("web", internal(target)),
  action: "Redirect",
  returnPort: internal(returned),
});

/** The condition that each TrafficControl has. */
const CONTROLS = {
  "no-port": ["NoPort", mirrorOf("lost", internal("ids1"))],
  "device-missing": ["DeviceMissing", mirrorOf("web", device("eth9"))],
  "device-in-use": ["DeviceInUse", mirrorOf("web", device("addressed0"))],
  "link-down": ["LinkDown", mirrorOf("web", device("down0"))],
  "first": [undefined, redirect("in0", "out0")],
  "second": ["Conflict", redirect("in0", "out1")],
  "superseded": ["Superseded", redirect("in2", "out2")],
  "invalid": ["Invalid", { ...mirrorOf("web", internal("ids3")), direction: "Sideways" }],
} as const;

const WARNINGS: readonly string[] = ["LinkDown", "Superseded"];

async function found(patient: Patient): Promise<string[]> {
  const { findings } = await patient.look();
  const ours = findings.filter(({ check, level }) => check === "controls" && level !== "ok");
  assert.ok(ours.every(({ cure }) => cure), JSON.stringify(ours));
  return ours.map(({ level, message }) =>
    `${level} ${/^\S+ "([^"]+)": (\w+)/.exec(message)?.slice(1)}`
  )
    .sort();
}

Deno.test("doctor finds each condition of a TrafficControl, with an agent and without one", async () => {
  await using node = await patient();
  const { agent, ovs, lab } = Object.assign(node.lab, { lab: node.lab });
  await ipIn(ovs.netns, "link", "add", "addressed0", "type", "veth", "peer", "addressed1");
  await ipIn(ovs.netns, "addr", "add", "192.0.2.9/24", "dev", "addressed0");
  await ipIn(ovs.netns, "link", "add", "down0", "type", "veth", "peer", "down1");
  const [pod] = lab.pods;
  await agent.write(
    "lost.yaml",
    podObject({ name: "lost", mac: pod!.mac, ips: [] }, { app: "lost" }),
  );
  const objects = Object.entries(CONTROLS).map(([name, [, spec]], index) =>
    trafficControl(name, spec, { creationTimestamp: `2026-01-0${index + 1}T00:00:00Z` })
  );
  await agent.write("controls.yaml", ...objects);
  const expected = Object.entries(CONTROLS).flatMap(([name, [reason]]) =>
    reason ? [`${WARNINGS.includes(reason) ? "warning" : "problem"} ${name},${reason}`] : []
  ).sort();
  await agent.settled(
    "each condition",
    ({ trafficControls }) =>
      Object.entries(CONTROLS).every(([name, [reason]]) =>
        trafficControls.some((each) =>
          each.name === name && (!reason || each.conditions.some((has) => has.reason === reason))
        )
      ),
  );
  const withAgent = await found(node);
  assert.deepEqual(withAgent, expected);
  await agent.stop();
  assert.deepEqual(await found(node), expected);
});

Deno.test("doctor finds a port that OVSDB refuses to change, and nothing when it is changed", async () => {
  await using node = await patient();
  const { agent, ovs } = node.lab;
  await agent.write("controls.yaml", trafficControl("refused", mirrorOf("web", internal("ids1"))));
  await agent.settled(
    "the mirror",
    ({ trafficControls }) =>
      trafficControls.some(({ name, realized }) => name === "refused" && realized),
  );
  assert.deepEqual(await found(node), []);
  // Sluice's internal ports follow the smallest MTU of the owner's ports. OVSDB allows no MTU of 0.
  await ipIn(ovs.netns, "link", "add", "name", "small0", "mtu", "0", "type", "ifb");
  await ovs.vsctl("add-port", "br0", "small0");
  await agent.settled(
    "the refusal",
    ({ trafficControls }) =>
      trafficControls.some(({ conditions }) =>
        conditions.some(({ reason }) => reason === "PortFailed")
      ),
  );
  assert.ok((await found(node)).includes("problem refused,PortFailed"));
  await ovs.vsctl("del-port", "small0");
  await agent.settled(
    "the change",
    ({ trafficControls }) => trafficControls.every(({ realized }) => realized),
  );
  assert.deepEqual(await found(node), []);
});
