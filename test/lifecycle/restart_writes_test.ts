/** What an agent that starts again writes to the switch: nothing. What it writes to OVSDB: `restart_test.ts`. */
import assert from "node:assert/strict";
import { MESSAGE, VERSION_1_0, VERSION_1_5 } from "../../core/openflow/messages/header.ts";
import { internal, podObject, TestAgent, trafficControl } from "../lab/agent.ts";
import { MessageRelay } from "../lab/message_relay.ts";
import { eventually, PrivateOvs } from "../lab/ovs.ts";
import { TestPod } from "../lab/pod.ts";
import { mirror } from "./ours.ts";

/** A port_mod of OpenFlow 1.0, whose messages have other numbers from there on: 1.0.0 section 5.1, OFPT_PORT_MOD. */
const PORT_MOD_1_0 = 15;
/** Messages by which a controller changes something. */
const WRITING: Readonly<Record<number, readonly number[]>> = {
  [VERSION_1_0]: [MESSAGE.flow_mod, PORT_MOD_1_0],
  [VERSION_1_5]: [
    ...[MESSAGE.flow_mod, MESSAGE.group_mod, MESSAGE.port_mod],
    ...[MESSAGE.bundle_control, MESSAGE.bundle_add],
  ],
};

Deno.test("an agent that starts again writes no flow, no group, no port and no flag of a port", async () => {
  await using ovs = await PrivateOvs.start();
  await TestPod.attach(ovs, "p1", { ips: ["10.9.0.1/24"], mac: "02:aa:00:00:00:01" });
  await using relay = new MessageRelay("openflow", ovs.mgmt().slice("unix:".length));
  const written: string[] = [];
  const asked = new Set<number>();
  relay.fate = ({ sender, bytes: [version, type] }) => {
    if (sender === "server") return "pass";
    asked.add(version!);
    if (WRITING[version!]!.includes(type!)) written.push(`${version}: ${type}`);
    return "pass";
  };
  await using agent = await TestAgent.start(ovs, ["--openflow", relay.address]);
  const pod = { name: "p1", mac: "02:aa:00:00:00:01", ips: ["10.9.0.1"] };
  const { spec } = mirror("r", "unused") as { readonly spec: Record<string, unknown> };
  await agent.write(
    "all.yaml",
    podObject(pod, { app: "web" }),
    mirror("m", "tap0"),
    trafficControl("r", {
      ...spec,
      action: "Redirect",
      targetPort: internal("in0"),
      returnPort: internal("out0"),
    }),
  );
  await agent.realized("m", "r");
  assert.ok(written.length > 0, "the relay sees what is written");
  for (const end of ["stop", "kill"] as const) {
    await agent[end]();
    written.length = 0;
    asked.clear();
    agent.startAgain();
    await agent.realized("m", "r");
    await eventually("that flags of ports are read", () => asked.has(VERSION_1_0));
    assert.deepEqual(written, []);
  }
});
