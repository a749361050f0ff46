/** Open vSwitch takes seconds to remove a port of a bridge with many ports. No other change waits for that. */
import assert from "node:assert/strict";
import { app, internal, podObject, TestAgent, trafficControl } from "../lab/agent.ts";
import { MessageRelay } from "../lab/message_relay.ts";
import { eventually, PrivateOvs } from "../lab/ovs.ts";

const mirror = (name: string, direction: string) =>
  trafficControl(name, {
    appliedTo: app("web"),
    direction,
    action: "Mirror",
    targetPort: internal(`ids-${name}`),
  });

Deno.test("a change is in the switch while the port of another TrafficControl is not removed yet", async () => {
  await using ovs = await PrivateOvs.start({ datapath: "dummy" });
  await ovs.vsctl("add-port", "br0", "p1");
  await using database = new MessageRelay("jsonRPC", ovs.db.slice("unix:".length));
  await using agent = await TestAgent.start(ovs, ["--ovsdb", database.address]);
  await agent.write(
    "pod.yaml",
    podObject({ name: "p1", mac: "02:aa:00:00:00:01", ips: [] }, { app: "web" }),
  );
  await agent.write("stays.yaml", mirror("stays", "Egress"));
  await agent.write("goes.yaml", mirror("goes", "Both"));
  await agent.realized("goes", "stays");

  // ovs-vswitchd says by this column that it has done what it was told: ovs-vswitchd.conf.db(5).
  const isDone = (bytes: Uint8Array) => new TextDecoder().decode(bytes).includes("cur_cfg");
  database.fate = ({ sender, name, bytes }) =>
    sender === "server" && name !== "answer" && isDone(bytes) ? "swallow" : "pass";
  const from = agent.log.length;
  const lines = () =>
    agent.log.slice(from).flatMap((line) =>
      /Flows changed|Port removed|OVSDB not connected/.exec(line)?.[0] ?? []
    );
  await agent.delete("goes.yaml");
  await eventually("the removal begun", () => lines().length > 0);
  await agent.write("stays.yaml", mirror("stays", "Both"));
  await eventually("the change", () => lines().length > 1);
  assert.deepEqual(lines(), ["Flows changed", "Flows changed"]);

  database.fate = () => "pass";
  await agent.settled("the removal", ({ ports }) => ports.length === 1);
  assert.doesNotMatch(await ovs.vsctl("list-ports", "br0"), /ids-goes/);
});
