/** The switch refuses a flow of a filter, as its table is full: only the TrafficControl with these rules is left out. */
import { internal, podObject, trafficControl } from "../lab/agent.ts";
import { Lab } from "../lab/lab.ts";
import type { TestPod } from "../lab/pod.ts";
import { expectFlow } from "../lab/traffic.ts";
import interpose from "../../plugins/pipelines/interpose.ts";
import { mirror } from "./refusal.ts";

/** The number of table Filter. The first declared table is table 0 of the bridge. */
const FILTER = 200 + interpose.tables.findIndex(({ name }) => name === "Filter") - 1;
const FEW = 4;
const MANY = 10_000;

const withRules = (name: string, ports: number) =>
  trafficControl(name, {
    appliedTo: { podSelector: { matchLabels: { app: "web" } } },
    direction: "Egress",
    action: "Mirror",
    targetPort: internal(`tap-${name}`),
    rules: [{
      action: "Include",
      protocol: "UDP",
      peerPorts: Array.from({ length: ports }, (_, at) => ({ port: 9 + 2 * at })),
    }],
  });

Deno.test("a full table of filters: rules that fit work on, also after a restart, and it heals", async (t) => {
  await using lab = await Lab.start(2);
  const { agent, ovs } = lab;
  const [p1, p2] = lab.pods as [TestPod, TestPod];
  await agent.write("pods.yaml", podObject(p1, { app: "web" }), podObject(p2, {}));
  await agent.write("a.yaml", withRules("a", 1));
  await agent.realized("a");
  const limit = (most: number) =>
    ovs.vsctl(
      ...["--", "--id=@t", "create", "flow_table", `flow_limit=${most}`],
      ...["--", "set", "bridge", "br0", `flow_tables:${FILTER}=@t`],
    );
  const flows = await ovs.ofctl("dump-flows", "br0", `table=${FILTER}`);
  await limit(flows.trim().split("\n").length + FEW);
  const refused = () =>
    agent.settled("b is refused, and a is not", ({ trafficControls }) => {
      const reasons = trafficControls.map(({ name, conditions }) =>
        `${name} ${conditions.map(({ reason }) => reason)}`
      );
      return reasons.join() === "a ,b FlowsRefused";
    });
  const works = async () => {
    await ovs.emptyCache();
    await expectFlow({ from: p1, to: p2 }, [[lab.at(p2), 1], [lab.atDevice("tap-a"), 1]]);
  };
  await t.step("rules that do not fit", async () => {
    await agent.write("b.yaml", withRules("b", 40));
    await refused();
    await works();
  });
  await t.step("the agent starts again", async () => {
    await agent.kill();
    agent.startAgain();
    await refused();
    await works();
  });
  await t.step("another TrafficControl is realized meanwhile", async () => {
    await agent.write("c.yaml", mirror("c", internal("tap-c")));
    await agent.settled(
      "c",
      ({ trafficControls }) => trafficControls.find(({ name }) => name === "c")?.realized === true,
    );
    await works();
  });
  await t.step("the table is large enough again", async () => {
    await limit(MANY);
    await agent.realized("a", "b", "c");
  });
});
