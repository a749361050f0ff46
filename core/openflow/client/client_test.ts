/** The client on a real switch: what it asks, changes and configures. */
import assert from "node:assert/strict";
import { freePorts } from "../../../test/lab/ports.ts";
import { NotConnectedError } from "../../base/errors.ts";
import {
  BundleError,
  formatFlow,
  formatGroup,
  OpenFlowClient,
  OpenFlowError,
  parseFlow,
  PORT,
  ProtocolMissingError,
} from "../mod.ts";
import { TestSwitch } from "../testing/switch.ts";
import { add, group } from "../testing/changes.ts";

const MANY = 3000;
const OPENFLOW_1_3 = 0x04;

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
