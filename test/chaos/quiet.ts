/** What must hold when nothing has happened for a while. @module */
import assert from "node:assert/strict";
import { stringify } from "yaml";
import type { State } from "../../core/report/state.ts";
import { podObject, sluice, type TestAgent } from "../lab/agent.ts";
import { eventually } from "../lab/ovs.ts";
import { difference, snapshot } from "../ownership/snapshot.ts";
import type { Expected } from "./expected.ts";
import { assertTreatments } from "./oracle.ts";
import { assertPackets } from "./packets.ts";
import { podAddresses, podMac } from "./furniture.ts";
import { pluginsOption } from "./plugin_files.ts";
import { assertWritesWithLock, holderOf } from "./second.ts";
import type { World } from "./world.ts";

/**
 * Milliseconds within which the agent must have settled. Longest are: a request of the agent without an answer, and the
 * next attempt to write the state folder, which comes 10 s after one that failed.
 */
const SETTLE = 40_000;
/** Milliseconds within which both switches must be equal: links that come up, and ports that drain for 2 s. */
const AGREE = 10_000;
/** Not one of those that the switch has learned, nor one of the owner, whose cookies are similar. */
const OWN_FLOW = /^ cookie=0x51ce0000[0-9a-f]{8},/;
const NOTHING = "0 to add, 0 to change, 0 to remove";

/** Waits until the agent has settled, and compares. */
export async function assertQuiet(world: World, expected: Expected): Promise<void> {
  await look(world);
  const agent = await holderOf(world.agent, world.second);
  const state = await settled(world, agent, expected);
  await assertPlanned(world, expected);
  await assertFlowCount(world, agent);
  await assertForeign(world, agent);
  await assertPackets(world, expected, state);
  await look(world);
  await world.watch.measure();
  expected.fresh.clear();
}

/** @throws {Error} If an agent has done what none may ever do. */
async function look({ agent, second, watch }: World): Promise<void> {
  await watch.look();
  assertWritesWithLock(agent.log);
  await second.look();
}

/** Waits until the agent that has the lock says that all is as expected. */
async function settled(world: World, agent: TestAgent, expected: Expected): Promise<State> {
  let wrong: unknown = "no answer";
  const isSettled = async () => {
    await look(world);
    const { status, text } = await agent.get("/api/v1/state");
    if (status !== 200) return false;
    const state = JSON.parse(text) as State;
    try {
      assertKnown(state, expected);
      assertTreatments(state, expected);
    } catch (error) {
      wrong = error;
      return false;
    }
    const ready = await agent.get("/readyz");
    wrong = ready.text;
    return ready.status === 200 && state;
  };
  return await eventually("that the agent settles", isSettled, SETTLE).catch(async (error) => {
    const state = (await agent.get("/api/v1/state")).text;
    throw new Error([error, wrong, state, ...agent.log].join("\n"), { cause: wrong });
  });
}

/** @throws {AssertionError} If it has other objects, a problem with the switch, or keeps no last good state. */
function assertKnown(
  { trafficControls, pods, conditions, issues }: State,
  expected: Expected,
): void {
  const controls = trafficControls.map(({ name }) => name).filter((name) => name !== "refused");
  const unsaved = issues.filter((issue) => issue.includes("cannot be written"));
  const withObject = [...expected.pods].filter(([, { labels }]) => labels).map(([name]) => name);
  assert.deepEqual(
    { controls, pods: pods.map(({ name }) => name), conditions, unsaved },
    { controls: expected.names, pods: withObject.sort(), conditions: [], unsaved: [] },
  );
}

/** A model that is built anew from the expected objects finds nothing to change on the switch. */
async function assertPlanned({ ovs }: World, expected: Expected): Promise<void> {
  const file = `${ovs.dir}/expected.yaml`;
  await Deno.writeTextFile(
    file,
    expectedObjects(expected).map((each) => stringify(each)).join("---\n"),
  );
  const where = ["--bridge", "br0", "--ovsdb", ovs.db, "--node", "node1"];
  let text = "";
  await eventually("a plan without changes", async () => {
    const { stdout, stderr } = await sluice(
      ovs,
      "plan",
      ...where,
      ...pluginsOption(ovs),
      "-f",
      file,
    );
    text = stdout + stderr;
    return text.trimEnd().endsWith(NOTHING);
  }, AGREE).catch(() => assert.fail(`The switch is not as a fresh agent wants it:\n${text}`));
}

function expectedObjects({ controls, pods, namespace }: Expected): object[] {
  const found = [...pods].filter(([, { labels }]) => labels).map(([name, { labels }]) =>
    podObject({ name, mac: podMac(name), ips: podAddresses(name) }, labels!)
  );
  const metadata = { name: "default", labels: namespace };
  return [...controls.values(), ...found, { apiVersion: "v1", kind: "Namespace", metadata }];
}

/** The switch has as many flows with Sluice's cookie as the agent says, counted by ovs-ofctl. */
async function assertFlowCount({ ovs }: World, agent: TestAgent): Promise<void> {
  let text = "";
  await eventually("as many flows", async () => {
    const dump = await ovs.ofctl("--no-stats", "dump-flows", "br0");
    const own = dump.split("\n").filter((flow) => OWN_FLOW.test(flow)).length;
    const { flows } = await agent.state();
    text = `${own} flows are on the switch, ${flows} are wanted\n${dump}`;
    return own === flows;
  }, AGREE).catch(() => assert.fail(text));
}

/** Everything that is not Sluice's is as on the switch without Sluice. */
async function assertForeign({ ovs, shadow }: World, agent: TestAgent): Promise<void> {
  let both = ["", ""] as [string, string];
  await eventually("agreement", async () => {
    const [wanted, found] = await Promise.all([snapshot(shadow), snapshot(ovs)]);
    both = [wanted.portable, found.portable];
    return both[0] === both[1];
  }, AGREE).catch(() =>
    assert.fail(
      `What is not Sluice's differs from the switch without Sluice:\n${difference(...both)}\n${
        agent.log.join("\n")
      }`,
    )
  );
}
