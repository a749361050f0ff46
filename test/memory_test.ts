/** The last good state of what is broken outlives the agent: what is mirrored and redirected stays so. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { stringify } from "yaml";
import type { State } from "../core/report/state.ts";
import { app, internal, podObject, sluice, TestAgent, trafficControl } from "./lab/agent.ts";
import { get } from "./lab/http.ts";
import { Lab } from "./lab/lab.ts";
import { eventually } from "./lab/ovs.ts";
import type { TestPod } from "./lab/pod.ts";
import { expectCounts, expectFlow, send } from "./lab/traffic.ts";
import { bridgeWire, rewire } from "./lab/wire.ts";
import { FlowWitness } from "./lab/witness.ts";

type Spec = Readonly<Record<string, unknown>>;
const mirror = (port: string, more: Spec = {}) =>
  trafficControl("m", {
    appliedTo: app("web"),
    direction: "Both",
    action: "Mirror",
    targetPort: internal(port),
    ...more,
  });
const redirect = (more: Spec = {}) =>
  trafficControl("r", {
    appliedTo: app("db"),
    direction: "Both",
    action: "Redirect",
    targetPort: internal("tap0"),
    returnPort: internal("tap1"),
    ...more,
  });

/** Packets a second: so few wait in a queue that a starved switch drops none. */
const RATE = 50;
/** More than are ever sent. */
const MOST = 10_000;

const stateFile = (folder: string) => join(folder, "br0.files.json");
const halfOf = (object: object) => {
  const text = stringify(object);
  return text.slice(0, text.indexOf("kind") + "kind: Traffic".length);
};

/** A mirrored Pod, a redirected one, and one that they talk to. */
class Bench implements AsyncDisposable {
  private constructor(readonly lab: Lab) {}

  static async start(args: readonly string[] = []): Promise<Bench> {
    const bench = new Bench(await Lab.start(3, { args }));
    const { agent, lab } = bench;
    const [web, db, other] = lab.pods as [TestPod, TestPod, TestPod];
    await agent.write("web.yaml", podObject(web, { app: "web" }));
    await agent.write("db.yaml", podObject(db, { app: "db" }));
    await agent.write("other.yaml", podObject(other, {}));
    await agent.write("m.yaml", mirror("ids0"));
    await agent.write("r.yaml", redirect());
    await agent.realized("m", "r");
    await bridgeWire(lab.ovs, ["tap0", "tap1"]);
    return bench;
  }

  get agent(): TestAgent {
    return this.lab.agent;
  }
  get folder(): string {
    return join(this.lab.ovs.dir, "state");
  }

  /** Until it holds so many TrafficControls, in files and as objects: a moment after they are realized. */
  async remembered(count: number): Promise<void> {
    await eventually(`${count} remembered`, async () => {
      const { parts } = JSON.parse(await Deno.readTextFile(stateFile(this.folder)));
      const names = [parts.objects, parts.source].map((part) => Object.keys(part).join(" "));
      return names.every((all, index) =>
        (all.match(index === 0 ? /TrafficControl\/[mr]/g : /\/[mr]\.yaml/g)?.length ?? 0) === count
      );
    });
  }

  /** A file as it should not be, until the agent has seen it. */
  async spoil(name: string, text: string, isSeen: (state: State) => boolean): Promise<void> {
    await Deno.writeTextFile(join(this.agent.manifests, name), text);
    await this.agent.settled(`${name} is wrong`, isSeen);
  }

  /** What is mirrored or redirected has its ports, and is seen there; the rest has neither ports nor flows. */
  async treated({ mirrored, redirected }: { mirrored: boolean; redirected: boolean }) {
    const { lab } = this;
    const [web, db, other] = lab.pods as [TestPod, TestPod, TestPod];
    const ports = [...mirrored ? ["ids0"] : [], ...redirected ? ["tap0", "tap1"] : []];
    await eventually(`no port but ${ports}`, async () => {
      const all = (await lab.ovs.vsctl("list-ports", "br0")).trim().split("\n");
      return all.filter((name) => !/^p\d$/.test(name)).join() === ports.join();
    });
    const sensor = (there: boolean, name: string) =>
      there ? [[lab.atDevice(name), 1] as const] : [];
    await expectFlow({ from: web, to: other }, [[lab.at(other), 1], ...sensor(mirrored, "ids0")]);
    await expectFlow({ from: other, to: db }, [[lab.at(db), 1], ...sensor(redirected, "tap0")]);
    if (ports.length > 0) return;
    assert.doesNotMatch(await lab.ovs.ofctl("dump-flows", "br0"), /cookie=0x51ce/);
  }

  /** While something happens every packet is mirrored, or redirected, and no flow of ours is touched. */
  async undisturbed(change: () => Promise<unknown>): Promise<void> {
    const { lab } = this;
    const [web, db, other] = lab.pods as [TestPod, TestPod, TestPod];
    await using witness = await FlowWitness.start(lab.ovs);
    const places = [[lab.at(other), 1], [lab.atDevice("ids0"), 1]] as const;
    const inline = [[lab.at(db), 1], [lab.atDevice("tap0"), 1]] as const;
    const done = new AbortController();
    const stream = { count: MOST, rate: RATE, signal: done.signal };
    const sending = Promise.all([
      send({ from: web, to: other, ...stream }),
      send({ from: other, to: db, ...stream }),
    ]);
    await change().finally(() => done.abort());
    const [copied, inspected] = await sending;
    assert.ok(copied.length > 0 && inspected.length > 0);
    await expectCounts(copied, places);
    await expectCounts(inspected, inline);
    await witness.caughtUp();
    assert.deepEqual(witness.ours, []);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.lab[Symbol.asyncDispose]();
  }
}

const issue = (name: string) => ({ issues }: State) =>
  issues.some((each) => each.includes(`/${name}:`));
const isInvalid = (name: string) => ({ trafficControls }: State) =>
  trafficControls.some((tc) =>
    tc.name === name && tc.conditions.some(({ reason }) => reason === "Invalid")
  );

/** Ways to be wrong, and how status shows each. */
const WRONG: readonly (readonly [
  what: string,
  file: (object: object) => string,
  isSeen: (name: string) => (state: State) => boolean,
])[] = [
  ["cut in half", halfOf, (name) => issue(`${name}.yaml`)],
  ["emptied", () => "", (name) => issue(`${name}.yaml`)],
  [
    "invalid",
    (object) => stringify(object).replace("direction: Both", "direction: Sideways"),
    isInvalid,
  ],
];

Deno.test("the agent is killed and started again beside broken files: all is treated as before", async (t) => {
  await using bench = await Bench.start();
  const { agent } = bench;
  for (const [what, wrong, isSeen] of WRONG) {
    await t.step(what, async () => {
      await bench.remembered(2);
      const [seenM, seenR] = [isSeen("m"), isSeen("r")];
      const both = (state: State) => seenM(state) && seenR(state);
      await bench.undisturbed(async () => {
        await bench.spoil("m.yaml", wrong(mirror("ids0")), seenM);
        await bench.spoil("r.yaml", wrong(redirect()), both);
        for (let restart = 0; restart < 2; restart++) { // what is recalled is remembered again
          await agent.kill();
          agent.startAgain();
          const { trafficControls } = await agent.settled("the same", both);
          assert.deepEqual(trafficControls.map(({ pods }) => pods.length), [1, 1]);
        }
      });
      await agent.write("m.yaml", mirror("ids0"));
      await agent.write("r.yaml", redirect());
      await agent.realized("m", "r");
      assert.deepEqual((await agent.state()).issues, []);
    });
  }
  await t.step("a Pod that is invalid", async () => {
    const [web] = bench.lab.pods as [TestPod];
    const pod = stringify(podObject(web, { app: "web" })).replace("app: web", "app: [web]");
    const seen = ({ issues }: State) => issues.some((each) => each.startsWith('Pod "default/p1"'));
    await bench.undisturbed(async () => {
      await bench.spoil("web.yaml", pod, seen);
      await agent.kill();
      agent.startAgain();
      await agent.settled("the same", seen);
    });
    await agent.write("web.yaml", podObject(web, { app: "web" }));
    await agent.realized("m", "r");
  });
});

Deno.test("what is deleted while the agent is away does not come back; what is mended counts", async (t) => {
  await using bench = await Bench.start();
  const { agent, lab } = bench;
  await t.step("a broken file and an invalid object are deleted", async () => {
    await bench.remembered(2);
    await bench.spoil("m.yaml", halfOf(mirror("ids0")), issue("m.yaml"));
    await bench.spoil("r.yaml", stringify(redirect({ direction: "Sideways" })), isInvalid("r"));
    await agent.kill();
    await agent.delete("m.yaml");
    await agent.delete("r.yaml");
    agent.startAgain();
    await agent.realized();
    await bench.treated({ mirrored: false, redirected: false });
    await bench.remembered(0);
  });
  await t.step("the same files, wrong from the start, have no state to go on with", async () => {
    await Deno.writeTextFile(join(agent.manifests, "m.yaml"), halfOf(mirror("ids0")));
    await agent.write("r.yaml", redirect({ direction: "Sideways" }));
    const both = (state: State) => issue("m.yaml")(state) && isInvalid("r")(state);
    await agent.settled("issues", both);
    await agent.kill();
    agent.startAgain();
    await agent.settled("issues", both);
    await bench.treated({ mirrored: false, redirected: false });
  });
  await t.step("mended while the agent is away", async () => {
    await agent.kill();
    await agent.write("m.yaml", mirror("ids0"));
    await agent.write("r.yaml", redirect());
    agent.startAgain();
    await agent.realized("m", "r");
    await rewire(lab.ovs, ["tap0", "tap1"]);
    await bench.treated({ mirrored: true, redirected: true });
  });
  await t.step("mended in another way than before, after a restart", async () => {
    await bench.remembered(2);
    await bench.spoil("m.yaml", halfOf(mirror("ids0")), issue("m.yaml"));
    await agent.kill();
    agent.startAgain();
    await agent.settled("issue", issue("m.yaml"));
    await agent.write("m.yaml", mirror("ids1"));
    const { issues } = await agent.settled(
      "mirrored to ids1",
      ({ trafficControls: [m] }) => m?.target === "ids1" && m.realized,
    );
    assert.deepEqual(issues, []);
    const [web, , other] = lab.pods as [TestPod, TestPod, TestPod];
    await expectFlow({ from: web, to: other }, [[lab.at(other), 1], [lab.atDevice("ids1"), 1]]);
  });
});

Deno.test("a damaged memory is said and ignored; the agent works", async () => {
  await using bench = await Bench.start();
  const { agent } = bench;
  await bench.remembered(2);
  await bench.spoil("m.yaml", halfOf(mirror("ids0")), issue("m.yaml"));
  await agent.kill();
  const text = await Deno.readTextFile(stateFile(bench.folder));
  await Deno.writeTextFile(stateFile(bench.folder), text.slice(0, text.length / 2));
  agent.startAgain();
  await agent.realized("r");
  assert.ok(issue("m.yaml")(await agent.state()));
  assert.ok(agent.log.some((line) => /warning State not read file=.*br0\.files\.json/.test(line)));
  await bench.treated({ mirrored: false, redirected: true });
});

Deno.test("a state folder that cannot be written is an issue, warned of once; the agent works", async () => {
  const file = await Deno.makeTempFile({ prefix: "sls" });
  try {
    await using bench = await Bench.start(["--state-dir", join(file, "state")]);
    const { agent } = bench;
    await bench.treated({ mirrored: true, redirected: true });
    const { issues } = await agent.settled("an issue", ({ issues }) => issues.length > 0);
    assert.match(issues.join("\n"), /br0\.files\.json: cannot be written: .*last good state$/);
    const { stdout } = await sluice(bench.lab.ovs, "status");
    assert.ok(stdout.split("\n").includes(`  ${issues[0]}`), stdout);
    const warnings = agent.log.filter((line) => /warning State not written/.test(line));
    assert.equal(warnings.length, 1);
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("--state-dir none keeps nothing, and is no issue", async () => {
  await using bench = await Bench.start(["--state-dir", "none"]);
  const { agent } = bench;
  await bench.spoil("m.yaml", halfOf(mirror("ids0")), issue("m.yaml"));
  await bench.treated({ mirrored: true, redirected: true });
  await agent.kill();
  agent.startAgain();
  const { issues } = await agent.realized("r");
  assert.equal(issues.length, 1);
  await bench.treated({ mirrored: false, redirected: true });
  await assert.rejects(Deno.stat(bench.folder), Deno.errors.NotFound);
});

Deno.test("with the gate off the state is removed, and does not come back with the gate", async () => {
  await using bench = await Bench.start();
  const { agent, lab: { ovs } } = bench;
  await bench.remembered(2);
  await bench.spoil("m.yaml", halfOf(mirror("ids0")), issue("m.yaml"));
  await agent.stop();
  const off = join(ovs.dir, "off.conf");
  await Deno.writeTextFile(off, "featureGates: {TrafficControl: false}\n");
  agent.startAgain("--config", off);
  await agent.settled("nothing", ({ ports }) => ports.length === 0);
  await bench.treated({ mirrored: false, redirected: false });
  assert.deepEqual([...Deno.readDirSync(bench.folder)], []);
  await agent.stop();
  agent.startAgain();
  await agent.realized("r");
  await rewire(ovs, ["tap0", "tap1"]);
  await bench.treated({ mirrored: false, redirected: true });
});

const SECOND = "127.0.0.1:10361";

Deno.test("two agents on two bridges share a state folder, and nothing in it", async () => {
  await using bench = await Bench.start();
  const { agent, lab: { ovs } } = bench;
  await ovs.addBridge("br1");
  const manifests = join(ovs.dir, "manifests1");
  await Deno.mkdir(manifests);
  const pod = { name: "q1", mac: "02:bb:00:00:00:01", ips: ["10.9.1.1/24"] };
  await ovs.vsctl("add-port", "br1", "q1", "--", "set", "interface", "q1", "type=internal");
  const write = (name: string, text: string) => Deno.writeTextFile(join(manifests, name), text);
  await write("web.yaml", stringify(podObject(pod as unknown as TestPod, { app: "web" })));
  await write("m.yaml", stringify(mirror("ids1")));
  const source = ["--source", "files", "--manifests", manifests];
  const args = ["--bridge", "br1", "--listen", SECOND];
  await using second = await TestAgent.start(ovs, args, source);
  /** None while it starts. */
  const state = async (): Promise<State | undefined> => {
    const { status, text } = await get(ovs.netns, `http://${SECOND}/api/v1/state`);
    return status === 200 ? JSON.parse(text) : undefined;
  };
  const portsOf = async () => (await state())?.ports.map(({ name }) => name).join();
  await eventually("br1 mirrored", async () => await portsOf() === "ids1");
  await bench.remembered(2);
  await eventually("both remembered", async () => {
    const text = await Deno.readTextFile(join(bench.folder, "br1.files.json"));
    return text.includes("TrafficControl/m") && text.includes("ids1");
  });
  await agent.kill();
  await second.kill();
  await write("m.yaml", halfOf(mirror("ids1")));
  await Deno.writeTextFile(join(agent.manifests, "m.yaml"), halfOf(mirror("ids0")));
  agent.startAgain();
  second.startAgain();
  await eventually("br1 as before", async () => {
    const { issues, trafficControls: [tc] } = await state() ?? { issues: [], trafficControls: [] };
    return issues.length === 1 && tc?.realized === true && tc.target === "ids1";
  });
  const { ports } = await agent.settled("the issue", issue("m.yaml"));
  assert.deepEqual(ports.map(({ name }) => name).sort(), ["ids0", "tap0", "tap1"]);
  await bench.treated({ mirrored: true, redirected: true });
});
