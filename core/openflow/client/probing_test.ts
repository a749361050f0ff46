import assert from "node:assert/strict";
import { TestSwitch, until } from "../testing/switch.ts";
import { addFlow } from "../testing/members.ts";
import { CONTROLLER_ID } from "../../base/marks.ts";
import { type AsyncMessage, OpenFlowClient, PORT } from "../mod.ts";

const FRAME = Uint8Array.fromHex("02aa0000000102aa0000000288b5" + "01".repeat(46));

/** A client that remembers the packets that it gets. */
async function listener(address: string, controllerId?: number) {
  const packets: string[] = [];
  const client = await OpenFlowClient.connect(address, {
    onMessage: (message: AsyncMessage) => {
      if (message.type === "packet_in") packets.push(`${message.cookie}`);
    },
    subscribe: ["packet_in"],
    ...(controllerId !== undefined && { controllerId }),
  });
  return { packets, client, [Symbol.asyncDispose]: () => client[Symbol.asyncDispose]() };
}

Deno.test("a connection with an ID gets the packets of actions with that ID, and no other connection does", async () => {
  await using ovs = await TestSwitch.start();
  await using own = await listener(ovs.address, CONTROLLER_ID);
  await using other = await listener(ovs.address);
  await using third = await listener(ovs.address, CONTROLLER_ID + 1);
  await own.client.bundle([
    addFlow(`cookie=1,in_port=1,actions=controller(max_len=128,id=${CONTROLLER_ID})`),
    addFlow("cookie=2,in_port=2,actions=controller(max_len=128)"),
  ]);
  for (const inPort of [1, 2]) {
    own.client.postPackets([{
      inPort,
      actions: [{ type: "output", port: PORT.TABLE }],
      data: FRAME,
    }]);
  }
  await until("both packets", () => own.packets.length > 0 && other.packets.length > 0);
  for (const { client } of [own, other, third]) await client.barrier();
  assert.deepEqual([own.packets, other.packets, third.packets], [["1"], ["2"], []]);
});

Deno.test("a packet that the switch refuses harms nothing", async () => {
  await using ovs = await TestSwitch.start();
  await using client = await OpenFlowClient.connect(ovs.address);
  const to = (port: number) => ({ actions: [{ type: "output" as const, port }], data: FRAME });
  client.postPackets([to(PORT.ANY), to(1)]);
  await client.barrier();
  assert.equal((await client.portStats(1))?.txPackets, 1n);
});

Deno.test("the counters of one port: what went in, what came out", async () => {
  await using ovs = await TestSwitch.start();
  await using client = await OpenFlowClient.connect(ovs.address);
  const packet = { actions: [{ type: "output" as const, port: 2 }], data: FRAME };
  client.postPackets([packet, packet, packet]);
  const arriving = "in_port(2),eth(src=02:00:00:00:00:01,dst=02:00:00:00:00:02),eth_type(0x1234)";
  await ovs.run(
    "ovs-appctl",
    "-t",
    `${ovs.folder}/ovs-vswitchd.ctl`,
    "netdev-dummy/receive",
    "p2",
    arriving,
  );
  await until("the packet", async () => (await client.portStats(2))?.rxPackets === 1n);
  const length = BigInt(FRAME.length);
  const [one, two] = [
    { number: 1, rxPackets: 0n, txPackets: 0n, rxBytes: 0n, txBytes: 0n },
    // What arrives is a header of Ethernet alone
    { number: 2, rxPackets: 1n, txPackets: 3n, rxBytes: 14n, txBytes: 3n * length },
  ];
  assert.deepEqual(await client.portStats(2), two);
  assert.deepEqual(await client.portStats(1), one);
  const all = (await client.allPortStats()).filter(({ number }) => number < PORT.MAX);
  const three = { ...one, number: 3 };
  assert.deepEqual(all.sort((a, b) => a.number - b.number), [one, two, three]);
  assert.equal(await client.portStats(77), undefined, "the bridge has no such port");
});
