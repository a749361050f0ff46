import assert from "node:assert/strict";
import { MessageRelay } from "../../../test/lab/message_relay.ts";
import { FloodClient, OpenFlowClient, OpenFlowError, PORT, ProtocolMissingError } from "../mod.ts";
import { MESSAGE } from "../messages/header.ts";
import { TestSwitch, until } from "../testing/switch.ts";

/** What another controller does about flooding of p2. */
const modify = (ovs: TestSwitch, flag: "flood" | "no-flood") =>
  ovs.run("ovs-ofctl", "-O", "OpenFlow10", "mod-port", ovs.address, "p2", flag);

const configOf = (client: FloodClient, number: number) => [...client.ports.get(number)!.config];

Deno.test("ports are described and configured over both versions", async () => {
  await using ovs = await TestSwitch.start();
  await using client = await OpenFlowClient.connect(ovs.address);
  await using flood = await FloodClient.connect(ovs.address);
  assert.deepEqual([...flood.ports.values()].map(({ name }) => name).sort(), [
    "br0",
    "p1",
    "p2",
    "p3",
  ]);
  assert.equal(flood.ports.get(PORT.LOCAL)!.name, "br0");
  const p2 = flood.ports.get(2)!;
  assert.deepEqual([p2.name, ...p2.config], ["p2"]);

  await flood.setNoFlood([p2], true);
  await client.modifyPort({ ...p2, config: { PORT_DOWN: true } });
  await until("news of PORT_DOWN", () => configOf(flood, 2).includes("PORT_DOWN"));
  assert.deepEqual(configOf(flood, 2), ["PORT_DOWN", "NO_FLOOD"]);
  assert.match(
    await ovs.run("ovs-ofctl", "show", ovs.address),
    /2\(p2\).*\n *config: *PORT_DOWN NO_FLOOD/,
  );
  const [described] = (await client.portDescriptions()).filter(({ name }) => name === "p2");
  assert.deepEqual([...described!.config], ["PORT_DOWN"], "OpenFlow 1.5 does not have the flag");
  await flood.setNoFlood([p2], false);
  assert.match(
    await ovs.run("ovs-ofctl", "show", ovs.address),
    /2\(p2\).*\n *config: *PORT_DOWN\n/,
  );
});

Deno.test("what the switch refuses is an error, and is not believed", async () => {
  await using ovs = await TestSwitch.start();
  await using client = await OpenFlowClient.connect(ovs.address);
  await using flood = await FloodClient.connect(ovs.address);
  const wrong = { ...flood.ports.get(2)!, hardwareAddress: "02:00:00:00:00:99" };
  for (
    const change of [
      () => flood.setNoFlood([wrong], true),
      () => client.modifyPort({ ...wrong, config: { PORT_DOWN: true } }),
    ]
  ) {
    await assert.rejects(change(), (error) => {
      assert.ok(error instanceof OpenFlowError);
      assert.equal(error.errorName, "OFPPMFC_BAD_HW_ADDR");
      return true;
    });
  }
  assert.equal(flood.ports.get(2), undefined);
  await flood.read();
  assert.deepEqual(configOf(flood, 2), []);
});

Deno.test("a change by another controller is told, and ports that come and go", async () => {
  await using ovs = await TestSwitch.start();
  const told: string[] = [];
  const onPort = ({ name, config }: { name: string; config: Iterable<string> }) =>
    void told.push([name, ...config].join(" "));
  await using flood = await FloodClient.connect(ovs.address, { onPort });
  await flood.setNoFlood([flood.ports.get(2)!], true); // is not told
  await modify(ovs, "flood");
  await until("the change", () => told.length > 0);
  assert.deepEqual([told.shift(), configOf(flood, 2)], ["p2", []]);
  await modify(ovs, "no-flood");
  await until("the change", () => told.length > 0);
  assert.deepEqual([told.shift(), configOf(flood, 2)], ["p2 NO_FLOOD", ["NO_FLOOD"]]);
  await ovs.vsctl(
    ..."add-port br0 p9 -- set Interface p9 type=dummy ofport_request=9".split(" "),
  );
  await until("the new port", () => flood.ports.get(9)?.name === "p9");
  await ovs.vsctl("del-port", "br0", "p9");
  await until("its end", () => !flood.ports.has(9));
});

Deno.test("the connection gets no packets, and does not change what becomes of packets", async () => {
  await using ovs = await TestSwitch.start();
  await using relay = new MessageRelay("openflow", ovs.address.replace("unix:", ""));
  const types: string[] = [];
  relay.fate = ({ sender, name }) => {
    if (sender === "server") types.push(name);
    return "pass";
  };
  let told = 0;
  await using flood = await FloodClient.connect(relay.address, { onPort: () => void told++ });
  assert.equal(flood.ports.size, 4);
  const appctl = (...args: string[]) =>
    ovs.run("ovs-appctl", "-t", `${ovs.folder}/ovs-vswitchd.ctl`, ...args);
  // With the controller ID 0 it would be "userspace(...,controller(reason=7...))".
  assert.match(await appctl("ofproto/trace", "br0", "in_port=1"), /Datapath actions: drop\n/);
  await ovs.ofctl("add-flow", "priority=9,actions=controller(max_len=64)");
  const packet = "in_port(1),eth(src=02:00:00:00:00:01,dst=02:00:00:00:00:02),eth_type(0x1234)";
  await appctl("netdev-dummy/receive", "p1", packet);
  await ovs.ofctl("del-flows");
  await modify(ovs, "no-flood");
  await until("the change", () => told > 0);
  const news = types.filter((type) => Number(type) !== MESSAGE.hello);
  // The answer to the request for ports is a stats_reply of OpenFlow 1.0.
  assert.deepEqual(news, ["17", String(MESSAGE.port_status)]);
});

Deno.test("without OpenFlow 1.0 flooding cannot be configured, and that is said", async () => {
  await using ovs = await TestSwitch.start();
  await ovs.vsctl("set", "Bridge", "br0", "protocols=OpenFlow15");
  await assert.rejects(
    FloodClient.connect(ovs.address),
    (error) => error instanceof ProtocolMissingError && /OpenFlow 1\.0/.test(error.message),
  );
});
