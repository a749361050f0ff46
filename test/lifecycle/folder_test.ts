/** The folder of manifests: away, vanished, with a pipe in it. */
import assert from "node:assert/strict";
import { podObject } from "../lab/agent.ts";
import { Lab } from "../lab/lab.ts";
import { eventually } from "../lab/ovs.ts";
import type { TestPod } from "../lab/pod.ts";
import { run } from "../lab/run.ts";
import { Stream } from "../lab/stream.ts";
import { FlowWitness } from "../lab/witness.ts";
import { leftovers, mirror } from "./ours.ts";

Deno.test("a TrafficControl that goes while the agent is away is cleaned up; a missing folder deletes nothing", async () => {
  await using lab = await Lab.start(2);
  const [p1, p2] = lab.pods as [TestPod, TestPod];
  const { agent } = lab;
  await agent.write("pods.yaml", podObject(p1, { app: "web" }), podObject(p2, {}));
  await agent.write("tc.yaml", mirror("m", "tap0"));
  await agent.realized("m");
  const there = (await leftovers(lab)).length;
  await agent.stop();
  await Deno.rename(agent.manifests, `${agent.manifests}.away`);
  agent.startAgain();
  await eventually(
    "that it waits",
    async () => /Source "files" has not given/.test((await agent.get("/readyz")).text),
  );
  assert.equal((await leftovers(lab)).length, there);
  await Deno.remove(`${agent.manifests}.away/tc.yaml`);
  await Deno.rename(`${agent.manifests}.away`, agent.manifests);
  await agent.realized();
  assert.deepEqual(await leftovers(lab), []);
});

Deno.test("a folder that vanishes under a running agent deletes nothing: it says so, and goes on", async () => {
  await using lab = await Lab.start(2);
  const [p1, p2] = lab.pods as [TestPod, TestPod];
  const { agent } = lab;
  await agent.write("pods.yaml", podObject(p1, { app: "web" }), podObject(p2, {}));
  await agent.write("tc.yaml", mirror("m", "tap0"));
  await agent.realized("m");
  const stream = new Stream({ from: p1, to: p2 }, lab.at(p2), [lab.atDevice("tap0")]);
  await using witness = await FlowWitness.start(lab.ovs);
  const before = await leftovers(lab);
  await stream.goesOn("all", async () => {
    await Deno.rename(agent.manifests, `${agent.manifests}.away`);
    await agent.settled("an issue", ({ issues }) => issues.length > 0);
    await Deno.rename(`${agent.manifests}.away`, agent.manifests);
    await agent.settled("no issue", ({ issues }) => issues.length === 0);
  });
  await witness.caughtUp();
  assert.deepEqual(witness.ours, []);
  assert.deepEqual(await leftovers(lab), before);
  await agent.write("tc.yaml", mirror("m", "tap1")); // it is looked at as before
  await agent.settled("it", ({ trafficControls: [tc] }) => tc?.target === "tap1" && tc.realized);
});

Deno.test("a named pipe in the folder stops neither the agent's work nor its end", async () => {
  await using lab = await Lab.start(2);
  const [p1] = lab.pods as [TestPod];
  const { agent } = lab;
  await agent.write("pods.yaml", podObject(p1, { app: "web" }));
  await agent.write("tc.yaml", mirror("m", "tap0"));
  await agent.realized("m");
  for (const name of ["pipe", "pipe.yaml"]) await run("mkfifo", [`${agent.manifests}/${name}`]);
  await agent.settled("an issue", ({ issues }) => issues.some((issue) => /pipe\.yaml/.test(issue)));
  for (const name of ["m2", "m3"]) {
    await agent.write(`${name}.yaml`, mirror(name, name));
    await agent.settled(
      name,
      ({ trafficControls }) => trafficControls.some((tc) => tc.name === name && tc.realized),
    );
  }
  await agent.stop();
  agent.startAgain();
  await agent.realized("m", "m2", "m3");
  await agent.delete("pipe");
  await run("mkfifo", [`${agent.manifests}/pipe`]); // another one, under the same name
  await run("mkfifo", [`${agent.manifests}/another`]);
  await run("mkfifo", [`${agent.manifests}/.hidden`]);
  await agent.stop(); // before it has looked again
});
