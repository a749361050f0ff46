import assert from "node:assert/strict";
import { NotConnectedError } from "../../base/errors.ts";
import { OpenFlowClient, ProtocolMissingError } from "../mod.ts";
import { addFlow, flowsOf } from "../testing/members.ts";
import { freePorts } from "../../../test/lab/ports.ts";
import { TestSwitch } from "../testing/switch.ts";

const MANY = 3000;
const OPENFLOW_1_3 = 0x04;

Deno.test("the switch says what it is and answers", async () => {
  await using ovs = await TestSwitch.start();
  await using client = await OpenFlowClient.connect(ovs.address);
  const id = (await ovs.vsctl("get", "Bridge", "br0", "datapath_id")).trim().replaceAll('"', "");
  assert.equal(client.features.datapathId, BigInt(`0x${id}`));
  assert.equal(client.features.tables, 254);
  await client.echo();
  await client.barrier();
  client.close();
  assert.equal(await client.closed, undefined);
  await assert.rejects(client.barrier(), NotConnectedError);
});

Deno.test("over tcp it is the same", async () => {
  await using ovs = await TestSwitch.start();
  const [port] = freePorts(1);
  await ovs.vsctl("set-controller", "br0", `ptcp:${port}:127.0.0.1`);
  await using client = await OpenFlowClient.connect(`tcp:127.0.0.1:${port}`);
  await client.bundle([addFlow("priority=1,actions=drop")]);
  assert.deepEqual(await flowsOf(client), ["table=0, priority=1 actions=drop"]);
});

Deno.test("a bridge that does not allow OpenFlow 1.5 is told from one that is not there", async () => {
  await using ovs = await TestSwitch.start();
  await ovs.vsctl("set", "Bridge", "br0", "protocols=OpenFlow13");
  await assert.rejects(OpenFlowClient.connect(ovs.address), (error) => {
    assert.ok(error instanceof ProtocolMissingError);
    assert.deepEqual(error.offered, [OPENFLOW_1_3]);
    assert.match(error.message, /^Cannot use OpenFlow 1\.5 at ".*": the bridge allows 1\.3$/);
    return true;
  });
  await assert.rejects(OpenFlowClient.connect(`unix:${ovs.folder}/none`), NotConnectedError);
});

Deno.test("many flows come in many parts, and several requests at once", async () => {
  await using ovs = await TestSwitch.start();
  await using client = await OpenFlowClient.connect(ovs.address);
  const texts = Array.from(
    { length: MANY },
    (_, i) => `table=${i % 5},priority=9,reg1=${i},actions=output:1`,
  );
  await client.bundle(texts.map(addFlow));
  const [all, some, ports, groups] = await Promise.all([
    client.dumpFlows(),
    client.dumpFlows({ table: 3 }),
    client.portDescriptions(),
    client.dumpGroups(),
    client.echo(),
    client.barrier(),
  ]);
  assert.deepEqual([all.length, some.length, ports.length, groups.length], [MANY, MANY / 5, 4, 0]);
  assert.deepEqual(
    await Promise.all([client.countFlows(), client.countFlows({ table: 3 })]),
    [MANY, MANY / 5],
  );
  assert.deepEqual(await client.flowTotals({ table: 3 }), { flows: MANY / 5, packets: 0n });
});

Deno.test("a switch that dies ends the connection and what waits", async () => {
  await using ovs = await TestSwitch.start();
  await using client = await OpenFlowClient.connect(ovs.address);
  ovs.signal("SIGSTOP");
  const waiting = assert.rejects(client.barrier(), NotConnectedError);
  ovs.signal("SIGKILL");
  await waiting;
  assert.ok(await client.closed instanceof NotConnectedError);
  await assert.rejects(client.dumpFlows(), NotConnectedError);
});

Deno.test("a switch that is stopped is given up after a probe, and takes no new connection", async () => {
  await using ovs = await TestSwitch.start();
  const times = { echoInterval: 30, echoTimeout: 100 };
  await using client = await OpenFlowClient.connect(ovs.address, times);
  ovs.signal("SIGSTOP");
  const reason = await client.closed;
  assert.ok(reason instanceof NotConnectedError);
  assert.match(reason.message, /no answer to echo_request/);
  await assert.rejects(OpenFlowClient.connect(ovs.address, { timeout: 100 }), NotConnectedError);
});

Deno.test("probes keep a connection that nobody uses", async () => {
  await using ovs = await TestSwitch.start();
  const times = { echoInterval: 10, echoTimeout: 5000 };
  await using client = await OpenFlowClient.connect(ovs.address, times);
  for (let i = 0; i < 5; i++) await client.echo();
  const closed = await Promise.race([
    client.closed.then(() => true),
    client.barrier().then(() => false),
  ]);
  assert.equal(closed, false);
});

Deno.test("a signal ends the connection", async () => {
  await using ovs = await TestSwitch.start();
  const controller = new AbortController();
  await using client = await OpenFlowClient.connect(ovs.address, { signal: controller.signal });
  controller.abort();
  assert.equal(await client.closed, undefined);
  await assert.rejects(
    OpenFlowClient.connect(ovs.address, { signal: controller.signal }),
    NotConnectedError,
  );
});
