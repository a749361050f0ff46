/** How a connection to a real switch ends: the switch dies or stops, or a signal is given. */
import assert from "node:assert/strict";
import { NotConnectedError } from "../../base/errors.ts";
import { OpenFlowClient } from "../mod.ts";
import { TestSwitch } from "../testing/switch.ts";

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
