/** Which Events the warnings of TrafficControls cause, and when: test/kubernetes has the tests with a real API server. */
import assert from "node:assert/strict";
import { EventQueue } from "./event_queue.ts";
import type { Happening } from "./events.ts";
import type { ControlStatus } from "./summary.ts";

const { signal } = new AbortController();

/** A status with these warnings, each as its type or as `type: message`. */
function status(...warnings: readonly string[]): ControlStatus {
  const conditions = warnings.map((warning) => {
    const [type = "", message = "said"] = warning.split(": ");
    return { type, message, status: "True" as const, reason: type, lastTransitionTime: "" };
  });
  const realized = { type: "Realized", status: "True" as const, reason: "AllNodes", message: "" };
  return {
    desiredNodes: 1,
    realizedNodes: 1,
    failedNodes: 0,
    ready: "1/1",
    conditions: [{ ...realized, lastTransitionTime: "" }, ...conditions],
  };
}

/** A queue whose Events are taken one by one. */
function start() {
  const told: string[] = [];
  const world = { wait: 0, kept: status(), uid: "u" };
  const tell = (_: unknown, { type, reason, message }: Happening) => {
    if (world.wait === 0) told.push(`${type} ${reason}: ${message}`);
    return Promise.resolve(world.wait);
  };
  const queue = new EventQueue({ tell });
  const control = () => ({ name: "r", uid: world.uid, status: world.kept });
  const is = async (...warnings: readonly string[]) => {
    queue.summarized(control(), status(...warnings));
    const wait = await queue.tell(control(), signal);
    return { told: told.splice(0), wait };
  };
  return { world, queue, is };
}
const ENDED = "On no node any more";

Deno.test("each begin of a warning about sensors is told, each end, and nothing while it goes on", async () => {
  const { is } = start();
  const all = ["Bypassed", "LinkUnknown", "SensorDown", "SensorOverloaded", "SensorSilent"];
  assert.deepEqual((await is()).told, []);
  assert.deepEqual((await is(...all)).told, all.map((each) => `Warning ${each}: said`));
  assert.deepEqual((await is(...all.map((each) => `${each}: in other words`))).told, []);
  assert.deepEqual((await is(...all.slice(2))).told, [
    `Normal BypassedEnded: ${ENDED}`,
    `Normal LinkUnknownEnded: ${ENDED}`,
  ]);
});

Deno.test("other warnings cause no Event", async () => {
  const { is } = start();
  assert.deepEqual((await is("MTUTooSmall", "Superseded")).told, []);
});

Deno.test("a new leader tells nothing that an earlier one has told, and tells the end", async () => {
  const { world, is } = start();
  world.kept = status("SensorDown");
  assert.deepEqual((await is("SensorDown")).told, []);
  assert.deepEqual((await is()).told, [`Normal SensorDownEnded: ${ENDED}`]);
});

Deno.test("a status that the server does not keep changes nothing", async () => {
  const { is } = start();
  assert.equal((await is("SensorDown")).told.length, 1);
  assert.equal((await is("SensorDown")).told.length, 0);
  assert.equal((await is()).told.length, 1);
  assert.equal((await is()).told.length, 0);
});

Deno.test("what may not be told yet is told later, and if it has changed meanwhile, as it is then", async () => {
  const { world, is } = start();
  assert.equal((await is("SensorDown")).wait, undefined);
  world.wait = 7000;
  assert.deepEqual(await is(), { told: [], wait: 7000 });
  assert.deepEqual(await is("SensorDown"), { told: [], wait: 7000 });
  assert.deepEqual(await is(), { told: [], wait: 7000 });
  world.wait = 0;
  assert.deepEqual(await is(), { told: [`Normal SensorDownEnded: ${ENDED}`], wait: undefined });
});

Deno.test("another TrafficControl of the same name has warnings of its own", async () => {
  const { world, queue, is } = start();
  await is("SensorDown");
  world.uid = "other";
  assert.deepEqual((await is("SensorDown")).told, ["Warning SensorDown: said"]);
  world.wait = 7000;
  await is();
  queue.forget("r");
  assert.equal(queue.has("r"), false);
});

Deno.test("an Event that cannot be written is not lost", async () => {
  let fails = true;
  const told: string[] = [];
  const tell = (_: unknown, { reason }: Happening) => {
    if (fails) return Promise.reject(new Error("down"));
    told.push(reason);
    return Promise.resolve(0);
  };
  const queue = new EventQueue({ tell });
  const control = { name: "r", uid: "u" };
  queue.summarized(control, status("SensorDown"));
  await assert.rejects(queue.tell(control, signal), /down/);
  fails = false;
  queue.summarized(control, status("SensorDown"));
  await queue.tell(control, signal);
  assert.deepEqual(told, ["SensorDown"]);
});

Deno.test("a TrafficControl without a uid is one like any other: an API server may say anything", async () => {
  const { world, is } = start();
  Object.assign(world, { uid: undefined });
  assert.deepEqual((await is()).told, []);
  assert.deepEqual((await is("SensorDown")).told, ["Warning SensorDown: said"]);
});
