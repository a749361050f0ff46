/** A switch or a database that hangs, or breaks again and again, while the agent runs. */
import assert from "node:assert/strict";
import { MESSAGE } from "../../core/openflow/messages/header.ts";
import { app, internal, podObject, TestAgent, trafficControl } from "../lab/agent.ts";
import { type Message, MessageRelay } from "../lab/message_relay.ts";
import { eventually, PrivateOvs } from "../lab/ovs.ts";
import { TestPod } from "../lab/pod.ts";

/** Milliseconds: longer than a deadline, and the pauses behind it. */
const PATIENCE = 30_000;

const pod = podObject({ name: "p1", mac: "02:aa:00:00:00:01", ips: ["10.9.0.1"] }, { app: "web" });
const mirror = (target: string) =>
  trafficControl("m", {
    appliedTo: app("web"),
    direction: "Both",
    action: "Mirror",
    targetPort: internal(target),
  });

/** A switch with a mirror, and an agent that reaches it through relays. */
async function start() {
  const ovs = await PrivateOvs.start();
  await TestPod.attach(ovs, "p1", { ips: ["10.9.0.1/24"], mac: "02:aa:00:00:00:01" });
  const database = new MessageRelay("jsonRPC", ovs.db.slice("unix:".length));
  const bridge = new MessageRelay("openflow", ovs.mgmt().slice("unix:".length));
  const args = ["--ovsdb", database.address, "--openflow", bridge.address];
  const agent = await TestAgent.start(ovs, args);
  await agent.write("pods.yaml", pod);
  await agent.write("tc.yaml", mirror("ids0"));
  return {
    ...{ ovs, agent, database, bridge },
    async [Symbol.asyncDispose]() {
      await agent.stop();
      await database[Symbol.asyncDispose]();
      await bridge[Symbol.asyncDispose]();
      await ovs.stop();
    },
  };
}

type World = Awaited<ReturnType<typeof start>>;

/** Loses one message, the first that is so. */
function loseOne(isMeant: (message: Message) => boolean) {
  let lost = false;
  return (message: Message) => {
    if (lost || !isMeant(message)) return "pass";
    lost = true;
    return "swallow";
  };
}

const fromSwitch = (type: number) => ({ sender, name }: Message) =>
  sender === "server" && name === String(type);

/** What is lost, of which socket, and what the log says. The loss is noticed while a TrafficControl changes. */
const LOSSES: readonly [
  string,
  "database" | "bridge",
  (message: Message) => boolean,
  RegExp,
][] = [
  [
    "the answer to a barrier",
    "bridge",
    fromSwitch(MESSAGE.barrier_reply),
    /OpenFlow connection lost bridge=br0 .*br0\.mgmt.*no answer to barrier_request within 10000 ms/,
  ],
  [
    "the answer to a dump",
    "bridge",
    fromSwitch(MESSAGE.multipart_reply),
    /OpenFlow connection lost bridge=br0 .*no answer to multipart_request \w+ within 10000 ms/,
  ],
  [
    "the answer to a bundle's commit",
    "bridge",
    fromSwitch(MESSAGE.bundle_control),
    /OpenFlow connection lost bridge=br0 .*no answer to bundle_control commit within 10000 ms/,
  ],
  [
    "the answer to a transaction",
    "database",
    ({ sender, name, bytes }) =>
      sender === "server" && name === "answer" &&
      new TextDecoder().decode(bytes).includes("next_cfg"),
    /OVSDB not connected .*db\.sock.*no answer to transact within 10000 ms/,
  ],
];

Deno.test("what the switch or the database swallows is noticed, named in the log, and made good", async (t) => {
  await using world = await start();
  const { agent, ovs } = world;
  await agent.realized("m");
  for (const [index, [what, socket, isMeant, line]] of LOSSES.entries()) {
    await t.step(what, async () => {
      world[socket].fate = loseOne(isMeant);
      await agent.write("tc.yaml", mirror(`ids${index + 1}`));
      await eventually("the log's line", () => agent.log.find((each) => line.test(each)), PATIENCE);
      const { status, text } = await agent.get("/healthz");
      assert.deepEqual([status, text], [200, "ok\n"]);
      await agent.settled(
        "the change",
        ({ ports }) => ports.length === 1 && ports[0]!.name === `ids${index + 1}`,
      );
      assert.match(await ovs.ofctl("dump-flows", "br0"), /cookie=0x51ce/);
    });
  }
});

/** How often a relay was asked in a time, in times a second. */
async function rate({ accepted }: MessageRelay, milliseconds: number): Promise<number> {
  const begin = performance.now();
  await eventually("that time", () => performance.now() - begin > milliseconds, PATIENCE);
  const asked = accepted.filter((at) => at > begin).length;
  return asked / (milliseconds / 1000);
}

/** Where the peer breaks each time. */
const BREAKS: readonly [string, "database" | "bridge", (message: Message) => boolean][] = [
  ["the switch breaks after its features", "bridge", fromSwitch(MESSAGE.multipart_reply)],
  ["the switch breaks at each bundle", "bridge", fromSwitch(MESSAGE.bundle_control)],
  ["the database breaks after its rows", "database", ({ name }) => name === "lock"],
  ["the database breaks at each transaction", "database", ({ name }) => name === "transact"],
];

Deno.test("a peer that breaks after its first messages is asked with pauses", async (t) => {
  for (const [what, socket, isMeant] of BREAKS) {
    await t.step(what, async () => {
      await using world: World = await start();
      const { agent, database, bridge } = world;
      const relay = world[socket];
      relay.fate = (message) => isMeant(message) ? "cut" : "pass";
      await eventually("some attempts", () => relay.accepted.length > 8, PATIENCE);
      // Each attempt at a bridge makes a second connection, which reads the flooding of ports.
      const perSecond = await rate(relay, 5000);
      assert.ok(perSecond < 4.5, `${perSecond} connections per second`);
      assert.equal((await agent.get("/readyz")).status, 503);
      for (const each of [database, bridge]) each.fate = () => "pass";
      await agent.realized("m");
    });
  }
});
