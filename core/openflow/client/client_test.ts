import assert from "node:assert/strict";
import { NotConnectedError } from "../../base/errors.ts";
import { freePorts } from "../../../test/lab/ports.ts";
import { TestSwitch, until } from "../testing/switch.ts";
import { type AsyncMessage, OpenFlowClient, parseFlow, PORT } from "../mod.ts";
import { BundleError, OpenFlowError, ProtocolMissingError } from "../mod.ts";
import { type BundleMessage, formatFlow, formatGroup, parseGroup } from "../mod.ts";

const MANY = 3000;
const OPENFLOW_1_3 = 0x04;

const add = (text: string): BundleMessage => ({
  type: "flow_mod",
  command: "add",
  flow: parseFlow(text),
});
const group = (text: string): BundleMessage => ({
  type: "group_mod",
  command: "add",
  group: parseGroup(text),
});

async function flows(client: OpenFlowClient): Promise<string[]> {
  return (await client.dumpFlows()).map(formatFlow).sort();
}

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
  await client.bundle([add("priority=1,actions=drop")]);
  assert.deepEqual(await flows(client), ["table=0, priority=1 actions=drop"]);
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

Deno.test("a bundle makes all its changes, in order", async () => {
  await using ovs = await TestSwitch.start();
  await using client = await OpenFlowClient.connect(ovs.address);
  await client.bundle([]);
  await client.bundle([
    group("group_id=7,type=all,bucket=bucket_id:0,actions=output:1"),
    add("table=1,priority=5,in_port=1,actions=group:7"),
    add("table=1,priority=5,in_port=2,actions=drop"),
  ]);
  const modified = parseFlow("table=1,priority=5,in_port=1,actions=output:3");
  const gone = parseFlow("table=1,priority=5,in_port=2");
  await client.bundle([
    { type: "flow_mod", command: "modify_strict", flow: modified },
    { type: "flow_mod", command: "delete_strict", flow: gone },
    { type: "group_mod", command: "delete", group: { id: 7, type: "all", buckets: [] } },
    group("group_id=8,type=indirect,bucket=bucket_id:0,actions=resubmit(,30)"),
  ]);
  assert.deepEqual(await flows(client), ["table=1, priority=5,in_port=1 actions=output:3"]);
  const groups = await client.dumpGroups();
  assert.deepEqual(groups.map(formatGroup), [
    "group_id=8,type=indirect,bucket=bucket_id:0,actions=resubmit(,30)",
  ]);
});

const BAD_MEMBERS: readonly [error: string, member: string][] = [
  ["OFPBAC_BAD_OUT_GROUP", "actions=group:99"],
  ["OFPFMFC_BAD_TABLE_ID", "table=255,actions=drop"],
  ["OFPBMC_BAD_PREREQ", "nw_src=10.0.0.1,actions=drop"],
  ["OFPBAC_BAD_ARGUMENT", "actions=learn(table=255,in_port=1)"],
  ["OFPBAC_BAD_OUT_PORT", "actions=output:4294967040"],
];

Deno.test("a bundle with a bad member changes nothing and names the member", async (t) => {
  await using ovs = await TestSwitch.start();
  await using client = await OpenFlowClient.connect(ovs.address);
  for (const [name, text] of BAD_MEMBERS) {
    await t.step(name, async () => {
      const members = [add("in_port=1,actions=drop"), add(text), add("in_port=2,actions=drop")];
      await assert.rejects(client.bundle(members), (error) => {
        assert.ok(error instanceof BundleError);
        assert.equal(error.errorName, name);
        assert.equal(error.index, 1);
        assert.ok(error.message.includes(formatFlow(parseFlow(text))), error.message);
        return true;
      });
      assert.deepEqual(await client.dumpFlows(), []);
    });
  }
  await client.bundle([add("actions=drop")]); // the connection is as good as before
});

Deno.test("ports are described and configured, flooding included", async () => {
  await using ovs = await TestSwitch.start();
  await using client = await OpenFlowClient.connect(ovs.address);
  const port = async (name: string) =>
    (await client.portDescriptions()).find((each) => each.name === name)!;
  const { number, hardwareAddress, config } = await port("p2");
  assert.equal(number, 2);
  assert.deepEqual([...config], []);
  assert.equal((await port("br0")).number, PORT.LOCAL);

  await client.modifyPort({ number, hardwareAddress, config: { NO_FLOOD: true, PORT_DOWN: true } });
  assert.deepEqual([...(await port("p2")).config].sort(), ["NO_FLOOD", "PORT_DOWN"]);
  assert.match(
    await ovs.run("ovs-ofctl", "show", ovs.address),
    /2\(p2\).*\n *config: *PORT_DOWN NO_FLOOD/,
  );
  await client.modifyPort({ number, hardwareAddress, config: { PORT_DOWN: false } });
  assert.deepEqual([...(await port("p2")).config], ["NO_FLOOD"]);
  await client.modifyPort({ number, hardwareAddress, config: { NO_FLOOD: false } });
  assert.deepEqual([...(await port("p2")).config], []);

  const wrong = { number, hardwareAddress: "02:00:00:00:00:99" };
  for (const flag of [{ NO_FLOOD: true }, { PORT_DOWN: true }]) {
    await assert.rejects(client.modifyPort({ ...wrong, config: flag }), (error) => {
      assert.ok(error instanceof OpenFlowError);
      assert.equal(error.errorName, "OFPPMFC_BAD_HW_ADDR");
      return true;
    });
  }
});

Deno.test("without OpenFlow 1.0 flooding cannot be configured, and that is said", async () => {
  await using ovs = await TestSwitch.start();
  await ovs.vsctl("set", "Bridge", "br0", "protocols=OpenFlow15");
  await using client = await OpenFlowClient.connect(ovs.address);
  const port = (await client.portDescriptions()).find(({ name }) => name === "p1")!;
  await assert.rejects(
    client.modifyPort({ ...port, config: { NO_FLOOD: true } }),
    (error) => error instanceof ProtocolMissingError && /OpenFlow 1\.0/.test(error.message),
  );
});

Deno.test("the switch tells of ports, packets and flows", async () => {
  await using ovs = await TestSwitch.start();
  const messages: AsyncMessage[] = [];
  await using client = await OpenFlowClient.connect(ovs.address, {
    onMessage: (message) => void messages.push(message),
    subscribe: ["packet_in", "port_status", "flow_removed"],
  });
  await client.barrier();
  const seen = (type: AsyncMessage["type"]) => messages.filter((message) => message.type === type);

  await ovs.vsctl("add-port", "br0", "p9", "--", "set", "Interface", "p9", "type=dummy");
  await until("the port", () => seen("port_status").length > 0);
  const [status] = seen("port_status");
  assert.ok(status?.type === "port_status" && status.reason === "add" && status.port.name === "p9");

  await client.bundle([
    add("cookie=0x7,send_flow_rem,in_port=2,actions=set_field:0x5->reg3,CONTROLLER:65535"),
  ]);
  const data = Uint8Array.fromHex("02aa0000000102aa0000000288b5" + "01".repeat(46));
  await client.packetOut({ inPort: 2, actions: [{ type: "output", port: PORT.TABLE }], data });
  await until("the packet", () => seen("packet_in").length > 0);
  const [packet] = seen("packet_in");
  assert.ok(packet?.type === "packet_in");
  assert.equal(packet.data.toHex(), data.toHex());
  assert.equal(packet.cookie, 7n);
  assert.deepEqual(packet.match, { in_port: { value: 2n }, reg3: { value: 5n } });

  await client.bundle([{ type: "flow_delete", filter: { cookie: 7n } }]);
  await until("the end of the flow", () => seen("flow_removed").length > 0);
  const [removed] = seen("flow_removed");
  assert.ok(removed?.type === "flow_removed" && removed.reason === "delete");
  assert.equal(removed.packets, 1n);
});

Deno.test("only what was subscribed to is told", async () => {
  await using ovs = await TestSwitch.start();
  const messages: AsyncMessage[] = [];
  await using client = await OpenFlowClient.connect(ovs.address, {
    onMessage: (message) => void messages.push(message),
  });
  await client.bundle([add("send_flow_rem,actions=CONTROLLER:65535")]);
  const data = new Uint8Array(60);
  await client.packetOut({ inPort: 2, actions: [{ type: "output", port: PORT.TABLE }], data });
  await client.bundle([{ type: "flow_delete", filter: {} }]);
  await until("the end of the flow", () => messages.length > 0);
  assert.deepEqual(messages.map(({ type }) => type), ["flow_removed"]);
});

Deno.test("flows that others change are told", async () => {
  await using ovs = await TestSwitch.start();
  const messages: AsyncMessage[] = [];
  await using client = await OpenFlowClient.connect(ovs.address, {
    onMessage: (message) => void messages.push(message),
  });
  await client.bundle([add("table=3,priority=1,actions=drop"), add("table=4,actions=drop")]);
  const initial = await client.monitorFlows({ table: 3 });
  assert.deepEqual(initial.map(({ event }) => event), ["initial"]);
  await ovs.ofctl("add-flow", "table=3,priority=2,in_port=1,actions=output:2");
  await ovs.ofctl("add-flow", "table=4,priority=2,in_port=1,actions=output:2");
  await ovs.ofctl("del-flows", "table=3,in_port=1");
  await until("two updates", () => messages.length >= 2);
  const told = messages.map((message) =>
    message.type === "flow_update" && "flow" in message
      ? `${message.event} ${formatFlow(message.flow)}`
      : ""
  );
  assert.deepEqual(told, [
    "added table=3, priority=2,in_port=1 actions=output:2",
    "removed table=3, priority=2,in_port=1 actions=output:2",
  ]);
});

Deno.test("flows that others make anywhere to send to a port are told, and groups", async () => {
  await using ovs = await TestSwitch.start();
  const messages: AsyncMessage[] = [];
  await using client = await OpenFlowClient.connect(ovs.address, {
    onMessage: (message) => void messages.push(message),
  });
  await client.monitorFlows({ outPort: PORT.ALL });
  await ovs.ofctl("add-flow", "table=4,in_port=1,actions=output:2");
  await ovs.ofctl("add-flow", "table=5,in_port=1,actions=ALL");
  await ovs.ofctl("add-group", "group_id=7,type=select,bucket=weight:5,actions=output:2");
  await client.bundle([{
    type: "group_mod",
    command: "delete",
    group: { id: 7, type: "all", buckets: [] },
  }]);
  await ovs.ofctl("del-flows", "table=5");
  await until("three messages", () => messages.length >= 3);
  const told = messages.map((message) =>
    message.type === "flow_update" && "flow" in message
      ? `${message.event} ${formatFlow(message.flow)}`
      : message.type === "group_changed"
      ? formatGroup(message.group)
      : message.type
  );
  assert.deepEqual(told, [
    "added table=5, priority=32768,in_port=1 actions=ALL",
    "group_id=7,type=select,bucket=bucket_id:0,weight:5,actions=output:2", // and not our own deletion
    "removed table=5, priority=32768,in_port=1 actions=ALL",
  ]);
});

Deno.test("many flows come in many parts, and several requests at once", async () => {
  await using ovs = await TestSwitch.start();
  await using client = await OpenFlowClient.connect(ovs.address);
  const texts = Array.from(
    { length: MANY },
    (_, i) => `table=${i % 5},priority=9,reg1=${i},actions=output:1`,
  );
  await client.bundle(texts.map(add));
  const [all, some, ports, groups] = await Promise.all([
    client.dumpFlows(),
    client.dumpFlows({ table: 3 }),
    client.portDescriptions(),
    client.dumpGroups(),
    client.echo(),
    client.barrier(),
  ]);
  assert.deepEqual([all.length, some.length, ports.length, groups.length], [MANY, MANY / 5, 4, 0]);
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
  assert.match(reason.message, /no answer to an echo/);
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
