import assert from "node:assert/strict";
import { type AsyncMessage, formatFlow, formatGroup, OpenFlowClient, PORT } from "../mod.ts";
import { addFlow } from "../testing/members.ts";
import { TestSwitch, until } from "../testing/switch.ts";

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
    addFlow("cookie=0x7,send_flow_rem,in_port=2,actions=set_field:0x5->reg3,CONTROLLER:65535"),
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
  await client.bundle([addFlow("send_flow_rem,actions=CONTROLLER:65535")]);
  const data = new Uint8Array(60);
  await client.packetOut({ inPort: 2, actions: [{ type: "output", port: PORT.TABLE }], data });
  await client.bundle([{ type: "flow_delete", filter: {} }]);
  await until("the end of the flow", () => messages.length > 0);
  assert.deepEqual(messages.map(({ type }) => type), ["flow_removed"]);
});

Deno.test("flows that others change are told, and not those that are there", async () => {
  await using ovs = await TestSwitch.start();
  const messages: AsyncMessage[] = [];
  await using client = await OpenFlowClient.connect(ovs.address, {
    onMessage: (message) => void messages.push(message),
  });
  await client.bundle([
    addFlow("table=3,priority=1,actions=drop"),
    addFlow("table=4,actions=drop"),
  ]);
  await client.monitorFlows({ table: 3 });
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
