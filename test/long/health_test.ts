/** /healthz of an agent whose rounds all fail, for longer than they may: it is to be started again. Ten minutes. */
import assert from "node:assert/strict";
import { LIMITS } from "../../core/base/limits.ts";
import { app, internal, podObject, TestAgent, trafficControl } from "../lab/agent.ts";
import { MessageRelay } from "../lab/message_relay.ts";
import { eventually, PrivateOvs } from "../lab/ovs.ts";

/** Milliseconds that a failed round and the pause behind it take. */
const ROUND = 30_000;

Deno.test("/healthz fails when no round has ended well for too long, and not before; then all is well again", async () => {
  await using ovs = await PrivateOvs.start();
  await ovs.vsctl("add-port", "br0", "p1", "--", "set", "interface", "p1", "type=internal");
  await using database = new MessageRelay("jsonRPC", ovs.db.slice("unix:".length));
  await using agent = await TestAgent.start(ovs, ["--ovsdb", database.address]);
  const pod = { name: "p1", mac: "02:aa:00:00:00:01", ips: ["10.9.0.1"] };
  await agent.write("pod.yaml", podObject(pod, { app: "web" }));
  const mirror = (target: string) =>
    agent.write(
      "tc.yaml",
      trafficControl("m", {
        appliedTo: app("web"),
        direction: "Both",
        action: "Mirror",
        targetPort: internal(target),
      }),
    );
  await mirror("ids0");
  await agent.realized("m");

  database.fate = ({ name }) => name === "transact" ? "cut" : "pass";
  const begin = performance.now();
  await mirror("ids1");
  const fails = async () => {
    const { status, text } = await agent.get("/healthz");
    return status === 200 ? undefined : text;
  };
  const text = await eventually("/healthz to fail", fails, LIMITS.roundAge + ROUND);
  assert.ok(performance.now() - begin > LIMITS.roundAge - ROUND, "not before");
  assert.match(text, /^bridge br0: .*\d+ s/);

  database.fate = () => "pass";
  await agent.settled("the change", ({ ports }) => ports[0]?.name === "ids1");
  assert.deepEqual(await agent.get("/healthz").then(({ status }) => status), 200);
});
