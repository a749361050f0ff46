import assert from "node:assert/strict";
import { CONTROLLER_ID } from "../../core/base/marks.ts";
import { writeProbe } from "../../core/health/probe_packet.ts";
import { addFlow } from "../../core/openflow/testing/members.ts";
import { type AsyncMessage, OpenFlowClient } from "../../core/openflow/mod.ts";
import { frame } from "../lab/frames.ts";
import { PacketSocket } from "../lab/packets.ts";
import { ipIn } from "../lab/run.ts";
import { INNER, OUTER, TARGET, World } from "./world.ts";

/** Milliseconds in which a dead sensor must be noticed, and a new one that lives. */
const SOON = 1000;

for (const protocol of ["UDP", "ICMP"] as const) {
  Deno.test(`${protocol}: a living sensor is up; cut off, it is down; and up again`, async () => {
    await using world = await World.start({ settings: { protocol } });
    await world.until("up");
    await world.wire("cut");
    const took = await world.until("down");
    assert.ok(took < SOON, `${took} ms`);
    assert.match(world.verdicts.at(-1)!.evidence, /^3 probes in a row .* that came back: 0$/);
    await world.wire("whole");
    const back = await world.until("up");
    assert.ok(back > 13 * world.sensor.settings.interval && back < 5000, `${back} ms`);
    assert.deepEqual(world.states, ["up", "down", "up"]);
    assert.ok(world.probes.reports()[0]!.roundTrip! > 0);
  });
}

Deno.test("a large probe passes as it is", async () => {
  await using world = await World.start({ settings: { size: 1400 } });
  await world.until("up");
});

Deno.test("a sensor that loses its link is down at once", async () => {
  await using world = await World.start();
  await world.until("up");
  await ipIn(world.ovs.netns, "link", "set", "dev", OUTER, "down");
  await world.until("down");
  assert.match(world.verdicts.at(-1)!.evidence, /^port "vout" has lost its link$/);
});

Deno.test("a bridge that learns MACs is down, although it passes one direction", async () => {
  await using world = await World.start();
  await world.learn();
  await world.until("down");
  await world.probed(20);
  assert.deepEqual(world.states.filter((state) => state === "up"), []);
});

Deno.test("a switch that is stopped for half a second changes nothing", async () => {
  await using world = await World.start();
  await world.until("up");
  for (let i = 0; i < 4; i++) {
    await world.signal("SIGSTOP");
    await pause(500);
    await world.signal("SIGCONT");
    await world.probed(3);
  }
  assert.deepEqual(world.states, ["up"]);
});

Deno.test("a switch that is busy with 30,000 flows and with new ports changes nothing", async () => {
  await using world = await World.start();
  await world.until("up");
  await using client = await OpenFlowClient.connect(world.ovs.mgmt());
  const flows = Array.from(
    { length: 30_000 },
    (_, i) => addFlow(`table=7,priority=9,reg1=${i},actions=drop`),
  );
  await client.bundle(flows);
  const ports = Array.from(
    { length: 100 },
    (_, i) => `-- add-port br0 i${i} -- set interface i${i} type=internal`,
  );
  await world.ovs.vsctl(...ports.join(" ").split(" ").slice(1));
  await client.bundle([{ type: "flow_delete", filter: { table: 7 } }]);
  await world.probed(5);
  assert.deepEqual(world.states, ["up"]);
});

Deno.test("this process is busy for half a second: that changes nothing", async () => {
  await using world = await World.start();
  await world.until("up");
  for (let i = 0; i < 5; i++) {
    const end = performance.now() + 500;
    while (performance.now() < end);
    await world.probed(2);
  }
  assert.deepEqual(world.states, ["up"]);
});

Deno.test("forged probes and old ones do not bring a dead sensor back", async () => {
  await using world = await World.start();
  using inner = PacketSocket.open({ netns: world.ovs.netns, device: INNER });
  await world.until("up");
  const old = inner.drain();
  assert.ok(old.length >= 3);
  await world.wire("cut");
  await world.until("down");
  using outer = PacketSocket.open({ netns: world.ovs.netns, device: OUTER });
  const forged = () => {
    const nonce = crypto.getRandomValues(new Uint8Array(16));
    return writeProbe({ direction: "there", nonce, sequence: 0 }, world.sensor.settings);
  };
  for (let i = 0; i < 30; i++) {
    for (const frame of [...old, forged()]) outer.send(frame);
    await world.probed(1);
  }
  assert.equal(world.state, "down");
});

Deno.test("a flooded sensor that passes one packet of twenty is overloaded, and not down", async () => {
  await using world = await World.start({ wired: false, state: "up" });
  await using client = await OpenFlowClient.connect(world.ovs.mgmt());
  using inner = PacketSocket.open({ netns: world.ovs.netns, device: INNER });
  using outer = PacketSocket.open({ netns: world.ovs.netns, device: OUTER });
  const [from, to] = ["02:aa:00:00:00:01", "02:aa:00:00:00:02"];
  const data = frame({ from, to, source: "10.9.0.1", destination: "10.9.0.2", id: 0 });
  const packet = { actions: [{ type: "output" as const, port: TARGET }], data };
  const packets = Array.from({ length: 20 }, () => packet);
  let passed = 0;
  const flood = setInterval(() => {
    client.postPackets(packets);
    for (const frame of inner.drain()) if (passed++ % 20 === 0) outer.send(frame);
  }, 5);
  try {
    await world.until("overloaded");
    await world.probed(20_000);
    assert.deepEqual(world.states.filter((state) => state === "down"), []);
  } finally {
    clearInterval(flood);
  }
  await world.until("down");
});

Deno.test("other controllers get no probes, whatever they subscribe to", async () => {
  await using world = await World.start();
  const got: AsyncMessage[] = [];
  await using _other = await OpenFlowClient.connect(world.ovs.mgmt(), {
    subscribe: ["packet_in"],
    onMessage: (message) => void got.push(message),
  });
  await using _third = await OpenFlowClient.connect(world.ovs.mgmt(), {
    subscribe: ["packet_in"],
    controllerId: CONTROLLER_ID + 1,
    onMessage: (message) => void got.push(message),
  });
  await world.until("up");
  await world.probed(10);
  assert.deepEqual([world.state, got], ["up", []]);
});

Deno.test("a sensor that is taken out is not probed any more, and its state is not told", async () => {
  await using world = await World.start();
  await world.until("up");
  world.probes.setSensors([]);
  await world.wire("cut");
  const before = await world.sentInto();
  await pause(1000);
  assert.equal(await world.sentInto(), before);
  assert.deepEqual(world.states, ["up"]);
  world.probes.setSensors([{ ...world.sensor, state: "down" }]);
  await world.wire("whole");
  await world.until("up");
});

Deno.test("another controller deletes all flows: the verdict stays", async () => {
  await using world = await World.start();
  await world.until("up");
  await world.ovs.ofctl("del-flows", "br0");
  await world.probed(20);
  await world.addFlows();
  await world.probed(20);
  assert.deepEqual(world.states, ["up"]);
});

Deno.test("a switch that is started again: the verdict stays, and probing goes on", async () => {
  await using world = await World.start();
  await world.until("up");
  await world.ovs.killVswitchd();
  assert.equal(world.state, "up");
  await world.ovs.startVswitchd();
  await world.probed(20); // no flow takes them
  await world.addFlows();
  await world.probed(20);
  assert.deepEqual(world.states, ["up"]);
  await world.wire("cut");
  await world.until("down");
});

/** For what must not happen in this time. */
function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, milliseconds));
}
