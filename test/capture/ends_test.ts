/** However a session ends, nothing of it stays in the switch. */
import assert from "node:assert/strict";
import { LIMITS } from "../../core/base/limits.ts";
import { podObject, PROGRAM } from "../lab/agent.ts";
import { readPcapng } from "../lab/pcapng.ts";
import { Stream } from "../lab/stream.ts";
import { expectFlow, send } from "../lab/traffic.ts";
import { run } from "../lab/run.ts";
import { type Capture, MIRROR, Scene } from "./scene.ts";

const POD = "pod/default/p1";
const read = async ({ file }: Capture) => readPcapng(await Deno.readFile(file));

/** All flows but those of which one of two is there at a time. */
async function flows({ lab: { ovs } }: Scene): Promise<string[]> {
  const text = await ovs.ofctl("dump-flows", "--no-stats", "br0");
  return text.split("\n").filter((line) => !line.includes("pkt_mark")).sort();
}

Deno.test("a client that is killed leaves nothing in the switch, and its file has whole packets", async () => {
  await using scene = await Scene.start(MIRROR);
  const { web, peer, lab } = scene;
  const before = await flows(scene);
  const capture = await scene.capture(POD);
  assert.ok((await scene.left()).length > 0);
  await send({ from: web, to: peer, count: 20 });
  await capture.has(2000);
  capture.kill("SIGKILL");
  await capture.ended();
  await scene.clean();
  assert.equal((await read(capture)).packets.length, 20);
  assert.deepEqual(await flows(scene), before);
  await expectFlow({ from: web, to: peer }, [[lab.at(peer), 1], [lab.atDevice("tap0"), 1]]);
});

Deno.test("a session that begins and ends loses no packet of a Pod and no copy, and doubles none", async () => {
  await using scene = await Scene.start(MIRROR);
  const { web, peer, lab } = scene;
  const stream = new Stream({ from: web, to: peer }, lab.at(peer), [lab.atDevice("tap0")]);
  await stream.goesOn("all", async () => {
    const ofPod = await scene.capture(POD);
    const ofControl = await scene.capture("tc/mirror-web");
    await ofPod.stop();
    await ofControl.stop();
  });
});

Deno.test("an agent that is killed leaves nothing of a session when it has started again, and the client says what it has", async () => {
  await using scene = await Scene.start(MIRROR);
  const { lab: { agent, ovs }, web, peer, lab } = scene;
  const ports = await ovs.vsctl("list-ports", "br0");
  const capture = await scene.capture(POD);
  await send({ from: web, to: peer, count: 20 });
  await capture.has(2000);
  await agent.kill();
  const { code, said } = await capture.ended();
  assert.equal(code, 1);
  assert.match(said, /Kept 20 packets; how many were left out is not known: there was no end\n$/);
  assert.ok((await scene.left()).length > 0, "nobody has removed them yet");
  await expectFlow({ from: web, to: peer }, [[lab.at(peer), 1], [lab.atDevice("tap0"), 1]]);
  agent.startAgain();
  await scene.clean();
  assert.equal(await ovs.vsctl("list-ports", "br0"), ports);
  assert.equal((await read(capture)).packets.length, 20);
});

Deno.test("an agent that is stopped ends its sessions with their last blocks", async () => {
  await using scene = await Scene.start();
  const { lab: { agent }, web, peer } = scene;
  const capture = await scene.capture(POD);
  await send({ from: web, to: peer, count: 20 });
  await capture.has(2000);
  await agent.stop();
  const { code, said } = await capture.ended();
  assert.equal(said, "Kept 20 packets, left out 0: the agent ends\n");
  assert.equal(code, 0);
  assert.deepEqual(await scene.left(), []);
});

Deno.test("a session ends with --count, with --duration, and with the reader of a pipe", async () => {
  await using scene = await Scene.start();
  const { web, peer, lab } = scene;
  const counted = await scene.capture(POD, "--count", "7", "--snaplen", "40");
  await send({ from: web, to: peer, count: 20 });
  const { said } = await counted.ended();
  assert.match(said, /^Kept 7 packets, left out 0: it has as many packets as were asked for\n$/);
  assert.deepEqual(
    (await read(counted)).packets.map(({ data, length }) => [data.length, length]),
    Array(7).fill([40, 66]),
  );
  const timed = await scene.capture(POD, "--duration", "200ms");
  assert.equal((await timed.ended()).said, "Kept 0 packets, left out 0: its time is over\n");
  const command = [...PROGRAM, "capture", "--address", "127.0.0.1:10360", POD].join(" ");
  const piped = run("ip", [
    "netns",
    "exec",
    lab.ovs.netns,
    "sh",
    "-c",
    `${command} | head -c 100; echo; ${command} | true`,
  ]); // deno-fmt-ignore
  const sending = new AbortController();
  const stream = send({ from: web, to: peer, count: 100_000, rate: 100, signal: sending.signal });
  await piped;
  sending.abort();
  await stream;
  await scene.clean();
});

Deno.test("a node has so many sessions at once, and another one when one has ended", async () => {
  await using scene = await Scene.start();
  const { web, peer } = scene;
  const all: Capture[] = [];
  while (all.length < LIMITS.captureSessions) all.push(await scene.capture(POD));
  const { code, said } = await scene.run(POD).ended();
  assert.equal(code, 1);
  assert.match(said, /Cannot capture: this node has 4 sessions already: end another one first/);
  await send({ from: web, to: peer, count: 20 });
  for (const capture of all) await capture.has(2000);
  const [first, ...others] = all;
  assert.match((await first!.stop()).said, /^Kept 20 packets, left out 0/);
  const next = await scene.capture(POD);
  for (const capture of [...others, next]) await capture.stop();
  for (const capture of others) assert.equal((await read(capture)).packets.length, 20);
  await scene.clean();
});

Deno.test("what cannot be captured is refused with the reason, and changes nothing", async () => {
  await using scene = await Scene.start(MIRROR);
  const { lab: { agent, ovs }, peer } = scene;
  const before = await flows(scene);
  const refused = async (...args: string[]) => {
    const { code, said } = await scene.run(...args).ended();
    assert.equal(code, 1);
    return said;
  };
  assert.match(await refused("pod/default/p9"), /"pod\/default\/p9": no such Pod is on this node/);
  assert.match(await refused("tc/other"), /"tc\/other": this node has no such TrafficControl/);
  assert.match(await refused("web"), /"web": neither tc\/NAME nor pod\/NAMESPACE\/NAME/);
  assert.match(await refused(POD, "--duration", "2h"), /duration "7200000": not a number/);
  const rules = `${ovs.dir}/rules.yaml`;
  await Deno.writeTextFile(rules, "- {action: Include, protocol: TCPP}\n");
  assert.match(await refused(POD, "--rules", rules), /with these rules: rules\/0\/protocol: /);
  assert.deepEqual(await flows(scene), before);
  await agent.write("pods.yaml", podObject(peer, {}));
  await agent.settled("one Pod", ({ pods }) => pods.length === 1);
  assert.match(await refused("tc/mirror-web"), /none of its Pods has a port on the bridge/);
  assert.deepEqual(await scene.left(), []);
});

Deno.test("a program of another user than root and the agent's gets no packets", async () => {
  await using scene = await Scene.start();
  const { netns } = scene.lab.ovs;
  const url = "http://127.0.0.1:10360/api/v1/capture?target=pod/default/p1&duration=10";
  const ask = [
    "curl",
    "-s",
    "-o",
    "/dev/null",
    "-w",
    "%{http_code}",
    "-H",
    "sluice-capture: 1",
    url,
  ];
  const nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
  assert.equal(await run("ip", ["netns", "exec", netns, ...nobody, ...ask]), "403");
  assert.equal(await run("ip", ["netns", "exec", netns, ...ask]), "200");
});
