import assert from "node:assert/strict";
import { OpenFlowClient, OpenFlowError, PORT, ProtocolMissingError } from "../mod.ts";
import { TestSwitch } from "../testing/switch.ts";

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
