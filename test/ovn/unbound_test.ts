/** A Pod whose port OVN has not claimed: that is said, and mended as soon as OVN sends packets there. */
import assert from "node:assert/strict";
import { app, internal, TestAgent, trafficControl } from "../lab/agent.ts";
import { Counter, expectCounts, send } from "../lab/traffic.ts";
import { BRIDGE } from "./chassis.ts";
import { OvnLab } from "./ovn_lab.ts";
import { SKIPPED } from "./programs.ts";

const mirror = trafficControl("m", {
  appliedTo: app("web"),
  direction: "Ingress",
  action: "Mirror",
  targetPort: internal("ids0"),
});

Deno.test({
  name: "a Pod to which OVN sends nothing has the condition DeliveryMissing, until OVN does",
  ignore: SKIPPED,
  async fn() {
    await using ovn = await OvnLab.start({
      pods: [
        { name: "a", chassis: 0, on: "left" },
        { name: "b", chassis: 0, on: "left" },
      ],
    });
    const { ovs } = ovn.chassis[0];
    const [a, b] = [ovn.pod("a"), ovn.pod("b")];
    const { name } = a.logicalPort;
    await ovn.nbctl("lsp-set-enabled", name, "disabled");
    await ovn.nbctl("--wait=hv", "lsp-set-options", name, "requested-chassis=nowhere");
    await using agent = await TestAgent.start(ovs, ["--bridge", BRIDGE]);
    await agent.write("mirror.yaml", mirror);
    await agent.write("pods.yaml", a.object({ app: "web" }));
    const { trafficControls: [m] } = await agent.settled(
      "the condition",
      ({ trafficControls: [m] }) =>
        m?.conditions.some(({ reason }) => reason === "DeliveryMissing") === true,
    );
    assert.equal(m!.realized, false);
    await ovn.nbctl("clear", "logical_switch_port", name, "options");
    await ovn.nbctl("--wait=hv", "lsp-set-enabled", name, "enabled");
    await agent.realized("m");
    using copies = new Counter("ids0", { netns: ovs.netns, device: "ids0" });
    using arrived = Counter.at(a.pod);
    const ids = await send({ from: b.pod, to: ovn.route(b, a), count: 50 });
    await expectCounts(ids, [[arrived, 1], [copies, 1]]);
  },
});
