/** The switch refuses a flow that belongs to a Pod and to no TrafficControl: what works goes on, and so do changes. */
import { internal, podObject } from "../lab/agent.ts";
import { flowAges, Lab } from "../lab/lab.ts";
import { eventually } from "../lab/ovs.ts";
import { expectFlow } from "../lab/traffic.ts";
import { bridgeWire } from "../lab/wire.ts";
import { mirror, redirect } from "./refusal.ts";

/** The table that notes the sender of each packet, with flows for each Pod while there is a pair. */
const SOURCE = 200;
const REFUSED = /Flows refused flows="?pod default\/p3 p3"? .*TABLE_FULL.*flow_limit/;

Deno.test("a Pod comes whose flows a full table refuses: redirect and mirror go on, a later mirror is realized, and it heals", async () => {
  await using lab = await Lab.start(3);
  const { agent, ovs, pods } = lab;
  const [p1, p2, p3] = pods as [typeof pods[0], typeof pods[0], typeof pods[0]];
  const known = [podObject(p1!, { app: "web" }), podObject(p2!, { app: "db" })];
  await agent.write("pods.yaml", ...known);
  await agent.write("r.yaml", redirect("r", "tap0", "tap1"));
  await agent.realized("r");
  await bridgeWire(ovs, ["tap0", "tap1"]);
  await eventually("the wire", async () => (await p1!.ping(p2!.ip(), 1)).received === 1);

  const flows = await flowAges(ovs);
  const count = [...flows.keys()].filter((flow) => flow.includes(`table=${SOURCE},`)).length;
  const limit = (most: number) =>
    ovs.vsctl(
      ...["--", "--id=@t", "create", "flow_table", `flow_limit=${most}`],
      ...["--", "set", "bridge", "br0", `flow_tables:${SOURCE}=@t`],
    );
  await limit(count);
  await agent.write("pods.yaml", ...known, podObject(p3!, {}));
  await eventually("the refusal", () => agent.log.some((line) => REFUSED.test(line)));
  await agent.write("m.yaml", mirror("m", internal("ids0")));
  await agent.realized("m", "r");
  const [tap0, ids0] = ["tap0", "ids0"].map((name) => lab.atDevice(name));
  await expectFlow({ from: p1!, to: p2! }, [[lab.at(p2!), 1], [tap0!, 1], [ids0!, 1]]);

  await limit(10_000);
  const ofPod = async () =>
    [...(await flowAges(ovs)).keys()].some((flow) => flow.includes(p3!.mac));
  await eventually("the flows of the Pod", ofPod, 30_000);
  await ovs.emptyCache();
  await expectFlow({ from: p3!, to: p1! }, [[lab.at(p1!), 1], [tap0!, 1]]);
});
