/** Flooding on a real switch. test/recovery_test.ts and test/ownership/attached_test.ts test it within the agent. */
import assert from "node:assert/strict";
import interpose from "../../plugins/pipelines/interpose.ts";
import { usedPipeline } from "../model/flows/used_pipeline.ts";
import { ofport } from "../../test/lab/lab.ts";
import { PrivateOvs } from "../../test/lab/ovs.ts";
import { run } from "../../test/lab/run.ts";
import { ALONE, control, internal } from "../model/testing/fixtures.ts";
import { FLOOD_CHECK_INTERVAL, Flooding } from "./flooding.ts";
import { NO_LOG } from "../base/log.ts";
import { Model } from "../model/model.ts";
import { OpenFlowClient } from "../openflow/mod.ts";
import { Cache } from "../ovsdb/mod.ts";

/** A mirror to the ready port `ids0`, which Sluice has made, and a clock that the test sets. */
async function start(ovs: PrivateOvs) {
  await ovs.vsctl("add-port", "br0", "ids0", "--", "set", "interface", "ids0", "type=internal");
  const model = new Model({
    resolvers: [],
    pipeline: usedPipeline(interpose, 200),
    surroundings: ALONE,
  });
  const pod = { namespace: "default", name: "p1", uid: "1", labels: {}, annotations: {} };
  model.setPod({ ...pod, hostNetwork: false, ips: [] });
  const spec = internal("ids0");
  const wanted = control("m", "1", { treatment: { copies: [{ to: ["ids0"] }] }, specs: [spec] });
  model.setControl({ ...wanted, object: { ...wanted.object, appliedTo: { podSelector: {} } } });
  const row = { ...spec, external_ids: {}, interfaceUUID: "i", portUUID: "p", ours: true };
  model.setPort("ids0", { ...row, outOfForwarding: true, ofport: await ofport(ovs, "ids0") });
  model.judgePorts();
  const clock = { now: 1000 };
  const ovsdb = { cache: new Cache(), commit: () => Promise.resolve([]) };
  const options = { bridge: "br0", model, ovsdb, log: NO_LOG, now: () => clock.now };
  return { clock, flooding: new Flooding(options) };
}

const floods = async (ovs: PrivateOvs) => {
  const show = await run("ovs-ofctl", ["-O", "OpenFlow10", "show", "br0"], {
    env: ovs.environment,
  });
  return !/\(ids0\): addr.*\n +config: +.*NO_FLOOD/.test(show);
};

Deno.test("a port is taken out of flooding, and again after the owner has put it back", async () => {
  await using ovs = await PrivateOvs.start({ datapath: "dummy" });
  const { clock, flooding } = await start(ovs);
  await using client = await OpenFlowClient.connect(ovs.mgmt());
  await flooding.stop(client);
  assert.deepEqual([await floods(ovs), flooding.dueAt()], [
    false,
    clock.now + FLOOD_CHECK_INTERVAL,
  ]);
  await run("ovs-ofctl", ["-O", "OpenFlow10", "mod-port", "br0", "ids0", "flood"], {
    env: ovs.environment,
  });
  await flooding.stop(client);
  assert.equal(await floods(ovs), true, "not due yet");
  clock.now = flooding.dueAt();
  await flooding.stop(client);
  assert.equal(await floods(ovs), false);
});

Deno.test("a bridge without OpenFlow 1.0 is asked no more often than any other", async () => {
  await using ovs = await PrivateOvs.start({ datapath: "dummy" });
  const { clock, flooding } = await start(ovs);
  await ovs.vsctl("set", "bridge", "br0", "protocols=[OpenFlow15]");
  await using client = await OpenFlowClient.connect(ovs.mgmt());
  for (let round = 0; round < 3; round++) {
    await flooding.stop(client);
    assert.equal(flooding.dueAt(), clock.now + FLOOD_CHECK_INTERVAL);
    clock.now = flooding.dueAt();
  }
});
