/** Copies with a cap, on real packets: the cap drops copies alone, and what others do to meters harms no packet. */
import assert from "node:assert/strict";
import { app, internal, podObject, sluice, trafficControl } from "../lab/agent.ts";
import { Lab } from "../lab/lab.ts";
import { eventually } from "../lab/ovs.ts";
import type { TestPod } from "../lab/pod.ts";
import { type Counter, expectCounts, send } from "../lab/traffic.ts";

const LIMIT = { packetsPerSecond: 200, burst: 20 } as const;
/** Packets per second of both directions together, and how many are sent. */
const [OFFERED, PACKETS] = [2000, 6000];
const TOLERANCE = 0.1;
/** Milliseconds within which copies must come again after others have deleted the meters. */
const BACK_WITHIN = 1000;
const SECOND = 1000;
/** A meter of the bridge's owner. */
const FOREIGN = "meter=7,pktps,bands=type=drop,rate=9";

const capped = (name: string, more: object = {}) =>
  trafficControl(name, {
    appliedTo: app("web"),
    direction: "Both",
    action: "Mirror",
    targetPort: internal("tap0"),
    rateLimit: LIMIT,
    ...more,
  });

class Scene implements AsyncDisposable {
  readonly web: TestPod;
  readonly peer: TestPod;
  readonly atWeb: Counter;
  readonly atPeer: Counter;

  private constructor(readonly lab: Lab) {
    [this.web, this.peer] = lab.pods as [TestPod, TestPod];
    [this.atWeb, this.atPeer] = [lab.at(this.web), lab.at(this.peer)];
  }

  static async start(...controls: readonly object[]): Promise<Scene> {
    const scene = new Scene(await Lab.start(2));
    const { lab: { agent, ovs }, web, peer } = scene;
    await ovs.ofctl("add-meter", "br0", FOREIGN);
    await agent.write("pods.yaml", podObject(web, { app: "web" }), podObject(peer, {}));
    await agent.write("tc.yaml", ...controls);
    await agent.settled(
      "the first state",
      ({ trafficControls }) =>
        trafficControls.length === controls.length &&
        trafficControls.every(({ realized }) => realized),
    );
    return scene;
  }

  /** Sends packets both ways, and checks that each arrives. @returns The copies, and how long it took in seconds. */
  async offer(...taps: readonly Counter[]) {
    const { web, peer, atWeb, atPeer } = this;
    for (const tap of taps) tap.reset();
    const [rate, count] = [OFFERED / 2, PACKETS / 2];
    const begin = performance.now();
    const [out, home] = await Promise.all([
      send({ from: web, to: peer, rate, count, pace: atPeer }),
      send({ from: peer, to: web, rate, count, pace: atWeb, version: 6 }),
    ]);
    const seconds = (performance.now() - begin) / SECOND;
    await expectCounts(out, [[atPeer, 1]]);
    await expectCounts(home, [[atWeb, 1]]);
    for (const tap of taps) tap.look();
    const copies = taps.reduce((sum, { frames }) => sum + frames.length, 0);
    return { copies, seconds };
  }

  async expectCapped(...taps: readonly Counter[]): Promise<void> {
    const { copies, seconds } = await this.offer(...taps);
    const wanted = LIMIT.packetsPerSecond * seconds + LIMIT.burst;
    const isRight = Math.abs(copies - wanted) <= wanted * TOLERANCE;
    assert.ok(isRight, `${copies} copies in ${seconds} s, not ${wanted}`);
  }

  /** The numbers of all meters. */
  async meters(): Promise<number[]> {
    const text = await this.lab.ovs.ofctl("dump-meters", "br0");
    return [...text.matchAll(/meter=(\d+)/g)].map(([, id]) => Number(id)).sort((a, b) => a - b);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.lab[Symbol.asyncDispose]();
  }
}

Deno.test("a cap drops copies alone, for both directions together, also after a restart", async (t) => {
  await using scene = await Scene.start(capped("m"));
  const { lab, lab: { agent } } = scene;
  const tap = lab.atDevice("tap0");
  const meters = await scene.meters();
  assert.equal(meters.length, 2);
  await t.step("at first", () => scene.expectCapped(tap));
  await t.step("after a restart, with the same meter", async () => {
    await agent.kill();
    agent.startAgain();
    await agent.realized("m");
    assert.deepEqual(await scene.meters(), meters);
    await scene.expectCapped(tap);
  });
  await t.step("another cap has another meter", async () => {
    await agent.write("tc.yaml", capped("m", { rateLimit: { kilobitsPerSecond: 100 } }));
    await eventually("another meter", async () => {
      const now = await scene.meters();
      return now.length === 2 && now[1] !== meters[1];
    });
  });
  await t.step("without the TrafficControl there is only the owner's meter", async () => {
    await agent.delete("tc.yaml");
    await eventually("no meter", async () => (await scene.meters()).join() === "7");
  });
});

Deno.test("if others delete the meters, no packet is lost, and copies are back within a second", async () => {
  await using scene = await Scene.start(capped("m"));
  const { lab: { ovs }, lab, web, peer, atPeer } = scene;
  const tap = lab.atDevice("tap0");
  const stop = new AbortController();
  const sending = send({
    ...{ from: web, to: peer, rate: OFFERED, pace: atPeer },
    ...{ count: 100_000, signal: stop.signal },
  });
  const someCopies = () => {
    tap.look();
    return tap.frames.length > 0;
  };
  await eventually("copies", someCopies);
  await ovs.ofctl("del-meters", "br0");
  const deleted = performance.now();
  tap.reset();
  const gone = await scene.meters();
  await eventually("copies again", someCopies);
  const took = performance.now() - deleted;
  stop.abort();
  await expectCounts(await sending, [[atPeer, 1]]);
  assert.ok(took < BACK_WITHIN, `copies are back after ${took} ms, meters were ${gone}`);
  await scene.expectCapped(tap);
});

Deno.test("an agent that starts deletes meters that nothing uses, and cleanup deletes all of Sluice's", async () => {
  await using scene = await Scene.start(capped("m"));
  const { lab: { ovs, agent } } = scene;
  const [, own] = await scene.meters();
  await agent.kill();
  await ovs.ofctl("add-meter", "br0", `meter=${own! + 1},pktps,bands=type=drop,rate=9`);
  agent.startAgain();
  await agent.realized("m");
  await eventually("no meter but these", async () => (await scene.meters()).join() === `7,${own}`);
  await agent.kill();
  const { code } = await sluice(ovs, "cleanup", "--ovsdb", ovs.db, "--bridge", "br0");
  assert.equal(code, 0);
  assert.deepEqual(await scene.meters(), [7]);
});

Deno.test("a copy without a cap goes before one with a cap, and one of several ports has the cap, too", async (t) => {
  const sampled = { sampling: { oneFlowIn: 2 } };
  const several = { additionalPorts: [{ name: "b", targetPort: internal("tap2") }] };
  await using scene = await Scene.start(
    capped("a", { rateLimit: { packetsPerSecond: 1, burst: 1 } }),
    {
      ...capped("b"),
      spec: { ...(capped("b") as { spec: object }).spec, ...sampled, rateLimit: undefined },
    },
    capped("c", { ...several, targetPort: internal("tap1") }),
  );
  const { lab, web, peer } = scene;
  await t.step("sampled, with a cap beside it", async () => {
    const tap = lab.atDevice("tap0");
    const each = (from: number) => ({ transport: { protocol: "tcp", from, to: 443 } as const });
    await expectCounts(await send({ from: web, to: peer, count: 1000, each, pace: scene.atPeer }), [
      [scene.atPeer, 1],
    ]);
    tap.look();
    assert.ok(tap.frames.length > 400 && tap.frames.length < 600, `${tap.frames.length} copies`);
  });
  await t.step(
    "several ports share the cap",
    () => scene.expectCapped(lab.atDevice("tap1"), lab.atDevice("tap2")),
  );
});
