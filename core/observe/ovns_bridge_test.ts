/** What the observer looks for on a bridge of ovn-controller, on a real switch: flows to Pods, and flows that use our marks. */
import assert from "node:assert/strict";
import ovn from "../../plugins/pipelines/ovn.ts";
import { PrivateOvs } from "../../test/lab/ovs.ts";
import { mirror } from "../model/testing/fixtures.ts";
import { OpenFlowClient } from "../openflow/mod.ts";
import { SmallNode } from "../report/testing/small_node.ts";
import { CHECK_INTERVAL, SwitchObserver } from "./switch_observer.ts";

const NOW = 1_000_000;
/** Milliseconds. */
const SECOND = 1000;

Deno.test("the owner's flows to Pods are sought each second while none is known; one Pod without any costs nothing", async () => {
  const node = new SmallNode(ovn);
  node.pod("a", "02:00:00:00:00:01"); // port 1
  node.port("b", { ours: false }); // port 2
  node.port("ids0");
  node.control(mirror("m", "1", "ids0"));
  node.round();
  await using ovs = await PrivateOvs.start({ datapath: "dummy", forwarding: "none" });
  await using client = await OpenFlowClient.connect(ovs.mgmt());
  const { model } = node;
  const options = { model, client: () => client, wake: () => {}, now: () => NOW };
  const observer = new SwitchObserver(options);
  /** Milliseconds until the next look at the switch. */
  const due = async () => {
    observer.forget();
    await observer.look();
    return observer.dueAt() - NOW;
  };
  assert.equal(await due(), SECOND);
  await ovs.ofctl("add-flow", "br0", "table=65,priority=100,reg15=1,metadata=1,actions=output:2");
  assert.equal(await due(), CHECK_INTERVAL);
  assert.deepEqual(model.datapath.deliveries.missing(), ["a"]);
  await ovs.ofctl("add-flow", "br0", "table=65,priority=100,reg15=2,metadata=1,actions=output:1");
  assert.equal(await due(), CHECK_INTERVAL);
  assert.deepEqual(model.datapath.deliveries.missing(), []);
  await ovs.ofctl("del-flows", "br0", "table=65");
  assert.equal(await due(), SECOND);
});

Deno.test("an owner that matches a mark of the pipeline, in any table, makes the bridge unusable; others do not", async () => {
  const { model } = new SmallNode(ovn);
  await using ovs = await PrivateOvs.start({ datapath: "dummy", forwarding: "none" });
  await using client = await OpenFlowClient.connect(ovs.mgmt());
  const observer = new SwitchObserver({ model, client: () => client, wake: () => {} });
  const unusable = async () => {
    observer.forget();
    await observer.look();
    return observer.unusable?.message;
  };
  await ovs.ofctl("add-flow", "br0", "table=9,priority=1,reg10=0x1/0x1,actions=drop");
  assert.equal(await unusable(), undefined);
  for (const mark of ["0x4000000/0x4000000", "0/0x8000000"]) {
    const flow = `table=9,priority=2,reg10=${mark}`;
    await ovs.ofctl("add-flow", "br0", `${flow},actions=drop`);
    assert.match(`${await unusable()}`, /^The bridge's owner \(.*reg10=.*uses a bit of reg10/);
    await ovs.ofctl("--strict", "del-flows", "br0", flow);
    assert.equal(await unusable(), undefined);
  }
});
