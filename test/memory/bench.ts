/** An agent that is to remember what was right, and ways to make it wrong. @module */
import assert from "node:assert/strict";
import { join } from "node:path";
import { stringify } from "yaml";
import type { State } from "../../core/report/state.ts";
import { app, internal, podObject, TestAgent, trafficControl } from "../lab/agent.ts";
import { Lab } from "../lab/lab.ts";
import { eventually, type PrivateOvs } from "../lab/ovs.ts";
import type { TestPod } from "../lab/pod.ts";
import { expectCounts, expectFlow, send } from "../lab/traffic.ts";
import { bridgeWire } from "../lab/wire.ts";
import { FlowWitness } from "../lab/witness.ts";

export type Spec = Readonly<Record<string, unknown>>;
export const mirror = (port: string, more: Spec = {}) =>
  trafficControl("m", {
    appliedTo: app("web"),
    direction: "Both",
    action: "Mirror",
    targetPort: internal(port),
    ...more,
  });
export const redirect = (more: Spec = {}) =>
  trafficControl("r", {
    appliedTo: app("db"),
    direction: "Both",
    action: "Redirect",
    targetPort: internal("tap0"),
    returnPort: internal("tap1"),
    ...more,
  });

/** Packets a second: so few wait in a queue that a starved switch drops none. */
export const RATE = 50;
/** More than are ever sent. */
export const MOST = 10_000;

export const halfOf = (object: object) => {
  const text = stringify(object);
  return text.slice(0, text.indexOf("kind") + "kind: Traffic".length);
};

/** UUID of the only row of table Open_vSwitch. */
export async function databaseID(ovs: PrivateOvs): Promise<string> {
  return (await ovs.vsctl("get", "open_vswitch", ".", "_uuid")).trim();
}

/** A mirrored Pod, a redirected one, and one that they talk to. */
export class Bench implements AsyncDisposable {
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

  /** The file of a bridge with the source `files`. */
  async stateFile(bridge = "br0"): Promise<string> {
    return join(this.folder, `${bridge}.files.${await databaseID(this.lab.ovs)}.json`);
  }

  /** What is in the file of a bridge; nothing as long as there is none. */
  async kept(bridge: string): Promise<string> {
    return await Deno.readTextFile(await this.stateFile(bridge)).catch(() => "");
  }

  /** Until it holds so many TrafficControls, in files and as objects: a moment after they are realized. */
  async remembered(count: number): Promise<void> {
    await eventually(`${count} remembered`, async () => {
      const text = await this.kept("br0");
      if (text === "") return false;
      const { parts } = JSON.parse(text);
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

export const issue = (name: string) => ({ issues }: State) =>
  issues.some((each) => each.includes(`/${name}:`));
export const isInvalid = (name: string) => ({ trafficControls }: State) =>
  trafficControls.some((tc) =>
    tc.name === name && tc.conditions.some(({ reason }) => reason === "Invalid")
  );
