/** A switch or a database that hangs, or breaks again and again, while the agent runs. */
import assert from "node:assert/strict";
import { LIMITS } from "../../core/base/limits.ts";
import { MESSAGE } from "../../core/openflow/messages/header.ts";
import { app, internal, podObject, TestAgent, trafficControl } from "../lab/agent.ts";
import { type Message, MessageRelay } from "../lab/message_relay.ts";
import { eventually, PrivateOvs } from "../lab/ovs.ts";
import { TestPod } from "../lab/pod.ts";

/** Milliseconds: longer than a deadline, and the pauses behind it. */
const PATIENCE = 3 * LIMITS.switchAnswer;
/** Milliseconds in which attempts are counted, and how many may be made: half of each pause is left to chance. */
const COUNTING = 5 * LIMITS.switchSteady;
const MOST_ATTEMPTS = 2 * 5;

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

/** OFPBCT_COMMIT_REPLY, behind the header and the id of the bundle: OpenFlow 1.5.1 section 7.3.9.2. */
const COMMIT_REPLY = { offset: 12, type: 5 } as const;

const isCommitReply = (message: Message) => {
  const { buffer, byteOffset } = message.bytes;
  return fromSwitch(MESSAGE.bundle_control)(message) &&
    new DataView(buffer, byteOffset).getUint16(COMMIT_REPLY.offset) === COMMIT_REPLY.type;
};

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
    /OpenFlow connection lost bridge=br0 .*br0\.mgmt.*no answer to barrier_request within \d+ ms/,
  ],
  [
    "the answer to a dump",
    "bridge",
    fromSwitch(MESSAGE.multipart_reply),
    /OpenFlow connection lost bridge=br0 .*no answer to multipart_request \w+ within \d+ ms/,
  ],
  [
    "the answer to a bundle's commit",
    "bridge",
    isCommitReply,
    /OpenFlow connection lost bridge=br0 .*no answer to bundle_control commit within \d+ ms/,
  ],
  [
    "the answer to a transaction",
    "database",
    ({ sender, name, bytes }) =>
      sender === "server" && name === "answer" &&
      new TextDecoder().decode(bytes).includes("next_cfg"),
    /OVSDB not connected .*db\.sock.*no answer to transact within \d+ ms/,
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
      const said = await eventually(
        "the log's line",
        () => agent.log.find((each) => line.test(each)),
        PATIENCE,
      );
      assert.ok(said.includes(`within ${LIMITS.switchAnswer} ms`), said);
      const { status, text } = await agent.get("/healthz");
      assert.deepEqual([status, text], [200, "ok\n"]);
      await agent.settled("the change", ({ ports }) => ports[0]?.name === `ids${index + 1}`);
      assert.match(await ovs.ofctl("dump-flows", "br0"), /cookie=0x51ce/);
    });
  }
});

/** Where the peer breaks each time, and what the log says of each attempt. */
const BREAKS: readonly [string, "database" | "bridge", (message: Message) => boolean, RegExp][] = [
  [
    "the switch breaks at the first dump",
    "bridge",
    fromSwitch(MESSAGE.multipart_reply),
    /OpenFlow connected/,
  ],
  [
    "the switch breaks at each bundle",
    "bridge",
    fromSwitch(MESSAGE.bundle_control),
    /OpenFlow connected/,
  ],
  [
    "the database breaks at each transaction",
    "database",
    ({ name }) => name === "transact",
    /OVSDB connected/,
  ],
];

Deno.test("a peer that breaks after its first messages is asked with pauses of up to a second", async (t) => {
  await using world = await start();
  const { agent } = world;
  await agent.realized("m");
  for (const [index, [what, socket, isMeant, line]] of BREAKS.entries()) {
    await t.step(what, async () => {
      world[socket].fate = (message) => isMeant(message) ? "cut" : "pass";
      const lines = () => agent.log.filter((each) => line.test(each)).length;
      const earlier = lines();
      const attempts = () => lines() - earlier;
      await agent.write("tc.yaml", mirror(`ids${index + 1}`));
      await eventually("some attempts", () => attempts() > 6, PATIENCE);
      const [begin, before] = [performance.now(), attempts()];
      await eventually("that time", () => performance.now() - begin > COUNTING, PATIENCE);
      const count = attempts() - before;
      assert.ok(count >= 2 && count <= MOST_ATTEMPTS, `${count} attempts in ${COUNTING} ms`);
      const { status, text } = await agent.get("/readyz");
      assert.equal(status, 503);
      assert.match(text, /^bridge br0: (Disconnected|RoundFailed): .*: (start|see) /);
      world[socket].fate = () => "pass";
      await agent.settled("the change", ({ ports }) => ports[0]?.name === `ids${index + 1}`);
    });
  }
});

/** A daemon that is stopped, and what is said of it. */
const STOPPED: readonly [string, RegExp, RegExp][] = [
  [
    "ovs-vswitchd",
    /OpenFlow connection lost bridge=br0 .*no answer to \w+/,
    /^bridge br0: Disconnected: .*br0\.mgmt.*: start Open vSwitch, or name its sockets; run "sluice doctor" for more$/m,
  ],
  [
    "ovsdb-server",
    /OVSDB not connected address=\S+ error=.*no answer to \w+/,
    /^bridge br0: Disconnected: OVSDB at .* does not answer: start Open vSwitch, or name its sockets; run "sluice doctor" for more$/m,
  ],
];

Deno.test("a daemon that is stopped for a while is named in the log and by /readyz; then all goes on", async (t) => {
  await using world = await start();
  const { agent, ovs } = world;
  await agent.realized("m");
  for (const [index, [daemon, line, reason]] of STOPPED.entries()) {
    await t.step(daemon, async () => {
      const own = () =>
        ovs.ofctl(
          "dump-flows",
          "br0",
          "cookie=0x51ce000000000000/0xffffffff00000000",
          "--no-stats",
        );
      const pid = Number(await Deno.readTextFile(`${ovs.dir}/${daemon}.pid`));
      const flows = (await own()).split("\n").length;
      Deno.kill(pid, "SIGSTOP");
      try {
        await eventually(
          "the log's line",
          () => agent.log.some((each) => line.test(each)),
          PATIENCE,
        );
        await agent.write("tc.yaml", mirror(`ids${index + 1}`));
        const { status, text } = await agent.get("/readyz");
        assert.equal(status, 503);
        assert.match(text, reason);
        assert.equal((await agent.get("/healthz")).status, 200);
      } finally {
        Deno.kill(pid, "SIGCONT");
      }
      await agent.settled("the change", ({ ports }) => ports[0]?.name === `ids${index + 1}`);
      assert.equal((await own()).split("\n").length, flows);
    });
  }
});

Deno.test("a quiet agent is ready each time that it is asked", async () => {
  await using world = await start();
  const { agent, ovs } = world;
  await agent.realized("m");
  // An agent counts the flows of its switch every five seconds, and while it asks, it is ready, too.
  const ask =
    "for i in $(seq 500); do curl -q -s -o /dev/null -w '%{http_code}\\n' $0; done | sort | uniq -c";
  const answers = await ovs.exec("sh", "-c", ask, "http://127.0.0.1:10360/readyz");
  assert.equal(answers.trim(), "500 200");
});
