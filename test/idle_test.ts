/** What an agent that has nothing to do asks the switch: nothing that the switch tells by itself. */
import assert from "node:assert/strict";
import { HEADER_BYTES, MESSAGE, VERSION_1_0 } from "../core/openflow/messages/header.ts";
import { app, internal, podObject, TestAgent, trafficControl } from "./lab/agent.ts";
import { type Message, MessageRelay } from "./lab/message_relay.ts";
import { eventually, PrivateOvs } from "./lab/ovs.ts";
import { TestPod } from "./lab/pod.ts";
import { run } from "./lab/run.ts";

/** OFPMP_AGGREGATE_STATS, a count of flows. */
const COUNT = 2;
/** All that the agent asks, as `kindOf` says it, and how many times the test waits for each. */
const ASKED = [
  `1: ${MESSAGE.echo_request}`,
  `6: ${MESSAGE.multipart_request}/${COUNT}`,
  `6: ${MESSAGE.echo_request}`,
];
const TIMES = 2;
/** Milliseconds: each thing is asked every five seconds. */
const PATIENCE = 30_000;

/** What a message of the agent is, e.g. `1: 16` for a message of type 16 over OpenFlow 1.0. */
function kindOf({ bytes }: Message): string {
  const [version, type] = bytes;
  const isMultipart = version !== VERSION_1_0 && type === MESSAGE.multipart_request;
  const kind = isMultipart ? `/${new DataView(bytes.buffer).getUint16(HEADER_BYTES)}` : "";
  return `${version}: ${type}${kind}`;
}

Deno.test("an idle agent only counts flows, over connections that stay; flooding is stopped again at once", async () => {
  await using ovs = await PrivateOvs.start();
  await TestPod.attach(ovs, "p1", { ips: ["10.9.0.1/24"], mac: "02:aa:00:00:00:01" });
  await using relay = new MessageRelay("openflow", ovs.mgmt().slice("unix:".length));
  const kinds: string[] = [];
  relay.fate = (message) => {
    if (message.sender === "client") kinds.push(kindOf(message));
    return "pass";
  };
  const agent = await TestAgent.start(ovs, ["--openflow", relay.address]);
  try {
    const pod = { name: "p1", mac: "02:aa:00:00:00:01", ips: ["10.9.0.1"] };
    await agent.write(
      "all.yaml",
      podObject(pod, { app: "web" }),
      trafficControl("m", {
        appliedTo: app("web"),
        direction: "Both",
        action: "Mirror",
        targetPort: internal("ids0"),
      }),
    );
    await agent.settled("the mirror", ({ ports }) => ports.some(({ name }) => name === "ids0"));
    assert.equal(relay.accepted.length, 2, "one connection for each version");

    kinds.length = 0;
    await eventually("all that is asked from time to time", () => {
      const isThere = (wanted: string) => kinds.filter((kind) => kind === wanted).length >= TIMES;
      return ASKED.every(isThere);
    }, PATIENCE);
    assert.deepEqual([...new Set(kinds)].sort(), ASKED);
    assert.equal(relay.accepted.length, 2, "no other connection");

    const ofctl = (...args: string[]) =>
      run("ovs-ofctl", ["-O", "OpenFlow10", ...args], { env: ovs.environment });
    await ofctl("mod-port", "br0", "ids0", "flood");
    const isStopped = async () =>
      /\(ids0\): addr.*\n +config: +NO_FLOOD/.test(await ofctl("show", "br0"));
    await eventually("that it does not flood", isStopped, 1000);
    assert.equal(relay.accepted.length, 2);
  } finally {
    await agent.stop();
  }
});
