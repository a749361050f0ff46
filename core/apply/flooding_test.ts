/** Flooding on a real switch. test/recovery_test.ts and test/ownership/attached_test.ts test it within the agent. */
import assert from "node:assert/strict";
import interpose from "../../plugins/pipelines/interpose.ts";
import { usedPipeline } from "../model/flows/used_pipeline.ts";
import { ofport } from "../../test/lab/lab.ts";
import { MessageRelay } from "../../test/lab/message_relay.ts";
import { eventually, PrivateOvs } from "../../test/lab/ovs.ts";
import { run } from "../../test/lab/run.ts";
import { ALONE, control, internal } from "../model/testing/fixtures.ts";
import { Flooding, RECONNECT_INTERVAL } from "./flooding.ts";
import { NotConnectedError } from "../base/errors.ts";
import { NO_LOG } from "../base/log.ts";
import { Model } from "../model/model.ts";
import { MESSAGE, VERSION_1_0 } from "../openflow/messages/header.ts";
import { OpenFlowClient } from "../openflow/mod.ts";
import { Cache } from "../ovsdb/mod.ts";

/** OpenFlow 1.0.0 section 5.1. */
const PORT_MOD_1_0 = 15;

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
  const woken = { count: 0 };
  const wake = () => void woken.count++;
  const options = { bridge: "br0", model, ovsdb, log: NO_LOG, now: () => clock.now, wake };
  return { clock, woken, model, flooding: new Flooding(options) };
}

const flood = (ovs: PrivateOvs) =>
  run("ovs-ofctl", ["-O", "OpenFlow10", "mod-port", "br0", "ids0", "flood"], {
    env: ovs.environment,
  });

const floods = async (ovs: PrivateOvs) => {
  const show = await run("ovs-ofctl", ["-O", "OpenFlow10", "show", "br0"], {
    env: ovs.environment,
  });
  return !/\(ids0\): addr.*\n +config: +.*NO_FLOOD/.test(show);
};

Deno.test("a port is taken out of flooding, and again when the owner puts it back: nothing is polled", async () => {
  await using ovs = await PrivateOvs.start({ datapath: "dummy" });
  const { woken, flooding } = await start(ovs);
  await using _ = flooding;
  await using relay = new MessageRelay("openflow", ovs.mgmt().replace("unix:", ""));
  let asked = 0;
  relay.fate = ({ sender }) => {
    if (sender === "client") asked++;
    return "pass";
  };
  await using client = await OpenFlowClient.connect(relay.address);
  await flooding.stop(client);
  assert.deepEqual([await floods(ovs), flooding.dueAt(), woken.count], [false, Infinity, 0]);
  const before = asked;
  for (let round = 0; round < 3; round++) await flooding.stop(client);
  assert.deepEqual([asked, relay.accepted.length], [before, 2], "a round asks nothing");

  await flood(ovs);
  await eventually("a round", () => woken.count === 1);
  await flooding.stop(client);
  assert.equal(await floods(ovs), false);
  assert.equal(relay.accepted.length, 2, "over the same connection");
});

Deno.test("a lost connection is made again, but not twice in a moment", async () => {
  await using ovs = await PrivateOvs.start({ datapath: "dummy" });
  const { clock, woken, flooding } = await start(ovs);
  await using _ = flooding;
  await using relay = new MessageRelay("openflow", ovs.mgmt().replace("unix:", ""));
  await using client = await OpenFlowClient.connect(relay.address);
  await flooding.stop(client);
  const isNews = ({ bytes: [version, type] }: { bytes: Uint8Array }) =>
    version === VERSION_1_0 && type === MESSAGE.port_status;
  relay.fate = (message) => isNews(message) ? "cut" : "pass"; // it ends in place of what it had to tell
  await flood(ovs);
  await eventually("a round", () => woken.count === 1);
  assert.equal(flooding.dueAt(), clock.now + RECONNECT_INTERVAL);
  await flooding.stop(client);
  assert.deepEqual([await floods(ovs), relay.accepted.length], [true, 2]);
  clock.now = flooding.dueAt();
  await flooding.stop(client);
  assert.deepEqual([await floods(ovs), relay.accepted.length], [false, 3]);
  assert.equal(flooding.dueAt(), Infinity);
});

Deno.test("a change that the switch did not confirm is made again at once", async () => {
  await using ovs = await PrivateOvs.start({ datapath: "dummy" });
  const { flooding } = await start(ovs);
  await using _ = flooding;
  await using relay = new MessageRelay("openflow", ovs.mgmt().replace("unix:", ""));
  await using client = await OpenFlowClient.connect(relay.address);
  const isChange = ({ bytes: [version, type] }: { bytes: Uint8Array }) =>
    version === VERSION_1_0 && type === PORT_MOD_1_0;
  relay.fate = (message) => isChange(message) ? "cut" : "pass";
  await assert.rejects(flooding.stop(client), NotConnectedError);
  assert.equal(await floods(ovs), true);
  relay.fate = () => "pass";
  await flooding.stop(client);
  assert.equal(await floods(ovs), false);
});

Deno.test("a bridge without OpenFlow 1.0 is asked once for each connection to it", async () => {
  await using ovs = await PrivateOvs.start({ datapath: "dummy" });
  const { model, flooding } = await start(ovs);
  await using _ = flooding;
  const allow = (protocols: string) => ovs.vsctl("set", "bridge", "br0", `protocols=${protocols}`);
  await allow("[OpenFlow15]");
  await using relay = new MessageRelay("openflow", ovs.mgmt().replace("unix:", ""));
  await using client = await OpenFlowClient.connect(relay.address);
  for (let round = 0; round < 3; round++) {
    await flooding.stop(client);
    assert.deepEqual([flooding.dueAt(), model.redirects.floodingUnstoppable], [Infinity, true]);
  }
  assert.equal(relay.accepted.length, 2);

  // Open vSwitch ends all connections when the versions change.
  await allow("[OpenFlow10,OpenFlow15]");
  await client.closed;
  await using next = await OpenFlowClient.connect(relay.address);
  await flooding.stop(next);
  assert.deepEqual([model.redirects.floodingUnstoppable, await floods(ovs)], [false, false]);
});

Deno.test("the connection ends when no port is in use any more", async () => {
  await using ovs = await PrivateOvs.start({ datapath: "dummy" });
  const { woken, model, flooding } = await start(ovs);
  await using _ = flooding;
  await using client = await OpenFlowClient.connect(ovs.mgmt());
  await flooding.stop(client);
  await flooding.release(client);
  await flood(ovs);
  await eventually("a round", () => woken.count === 1);
  model.deleteControl("m");
  model.judgePorts();
  await flooding.release(client);
  await flood(ovs);
  await client.barrier();
  assert.equal(woken.count, 1);
});
