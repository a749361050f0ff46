/** Sources that are not what they say, or that nobody knows: what is learned of them, and what is not. */
import assert from "node:assert/strict";
import { LEARNED } from "../../plugins/pipelines/_layout.ts";
import { podObject } from "../lab/agent.ts";
import { macTable, ofport, unread } from "../lab/lab.ts";
import { eventually } from "../lab/ovs.ts";
import type { TestPod } from "../lab/pod.ts";
import { type Counter, expectCounts, expectFlow, send } from "../lab/traffic.ts";
import { mirror, start } from "./bench.ts";

Deno.test("spoofed sources: a redirected Pod does not get round, a mirrored one stays mirrored, a pair launders none", async () => {
  const { lab, p1, p2, p3 } = await start(3);
  await using _ = lab;
  const [at1, at2, at3] = [lab.at(p1), lab.at(p2), lab.at(p3)];
  const [sensor, ids] = [lab.atDevice("tap0"), lab.atDevice("ids0")];
  const nobody = { from: "02:99:00:00:00:01" };
  // From the redirected Pod: not through, and not past the pair.
  await expectFlow({ from: p1, to: p3, frame: nobody }, [[at3, 0], [sensor, 0], [at2, 0]]);
  await expectFlow({ from: p1, to: p3, frame: { from: p3.mac } }, [[at3, 0], [sensor, 0]]);
  // From the mirrored Pod: seen all the same.
  await expectFlow({ from: p2, to: p3, frame: nobody }, [[at3, 1], [ids, 1]]);
  // To the redirected Pod with another Pod's MAC: a pair would give it back by that Pod's own port.
  await expectFlow({ from: p2, to: p1, frame: { from: p3.mac } }, [[at1, 0], [sensor, 0]]);
  await p3.ping(p2.ip(4), 1);
  assert.equal((await macTable(lab.ovs)).get(p3.mac), await ofport(lab.ovs, p3.name));
  await expectFlow({ from: p3, to: p1 }, [[at1, 1], [sensor, 1]]);
});

/** A MAC of its own for each frame; locally administered. */
const randomMac = (index: number) =>
  `02:98:00:00:${(index >> 8).toString(16).padStart(2, "0")}:${
    (index & 255).toString(16).padStart(2, "0")
  }`;
const MANY = 6000;
/** So many wait at once for the switch to read them; its sockets hold 270. */
const AT_ONCE = 100;

/** Frames that each have another source MAC. Each lot ends in one that must come: what went before it was read. */
async function flood(
  { from, to, sign, at, count = MANY }: {
    readonly from: TestPod;
    readonly to: TestPod;
    /** Whom the sign is for, and where it comes. */
    readonly sign: TestPod;
    readonly at: Counter;
    readonly count?: number;
  },
): Promise<number[]> {
  const ids: number[] = [];
  while (ids.length < count) {
    const first = ids.length;
    const each = (index: number) => ({ from: randomMac(first + index) });
    ids.push(...await send({ from, to, count: AT_ONCE, each }));
    const [last] = await send({ from, to: sign, count: 1 });
    await eventually("the last of a lot", () => (at.look(), at.count(last!) === 1));
  }
  return ids;
}

Deno.test(`${MANY} random source MACs fill nothing of ours, and are mirrored all the same`, async () => {
  const { lab, p1, p2, p3 } = await start(4);
  await using _ = lab;
  const neighbour = lab.pods[3]!;
  const [at1, at2, at3] = [lab.at(p1), lab.at(p2), lab.at(p3)];
  const [ids, sensor] = [lab.atDevice("ids0"), lab.atDevice("tap0")];
  const learned = async () =>
    (await lab.ovs.ofctl("dump-flows", "br0")).split("\n")
      .filter((flow) => /^ cookie=0x51ce0001/.test(flow)).length;
  const toThird = { sign: p3, at: at3 };
  const toSecond = { sign: p2, at: at2 };
  await expectCounts(await flood({ from: p1, to: p3, ...toThird }), [[at3, 0], [sensor, 0]]);
  await expectCounts(await flood({ from: p2, to: p3, ...toThird }), [[at3, 1], [ids, 1]]);
  const unverified = [[at1, 0], [sensor, 0]] as const;
  await expectCounts(await flood({ from: p2, to: p1, ...toThird }), [...unverified, [ids, 1]]);
  await expectCounts(await flood({ from: p3, to: p1, ...toSecond }), unverified);
  const pods = await learned();
  assert.ok(pods <= lab.pods.length, `${pods}`); // by their own MACs
  // A port that is no Pod's may have many: they are remembered up to a limit, and nobody else suffers.
  await expectFlow({ from: neighbour, to: p1 }, [[at1, 1], [sensor, 1]]);
  const room = LEARNED.limit - await learned();
  const many = await flood({ from: neighbour, to: p1, ...toThird });
  assert.equal(await learned(), LEARNED.limit);
  await expectCounts(many.slice(0, room), [[at1, 1], [sensor, 1]]);
  await expectCounts(many.slice(room), [[at1, 0], [sensor, 1]]); // dropped behind the sensor
  await expectCounts(await flood({ from: neighbour, to: p3, ...toThird }), [[at3, 1], [sensor, 0]]);
  assert.equal(await learned(), LEARNED.limit);
  await expectFlow({ from: neighbour, to: p1 }, [[at1, 1], [sensor, 1]]);
  await expectFlow({ from: p3, to: p1 }, [[at1, 1], [sensor, 1]]);
  await expectFlow({ from: p1, to: p2 }, [[at2, 1], [sensor, 1], [ids, 1]]);
});

Deno.test("what was learned of a stranger survives changes that do not concern it", async () => {
  const { lab, p1, p2, p3 } = await start(4);
  await using _ = lab;
  const stranger = lab.pods[3]!;
  const [at1, sensor] = [lab.at(p1), lab.atDevice("tap0")];
  await expectFlow({ from: stranger, to: p1 }, [[at1, 1], [sensor, 1]]);
  const age = async () => {
    const dump = await lab.ovs.ofctl("dump-flows", "br0");
    const flow = dump.split("\n").find((line) =>
      /^ cookie=0x51ce0001/.test(line) && line.includes(stranger.mac)
    );
    return Number(/duration=([\d.]+)s/.exec(flow ?? "")?.[1]);
  };
  const before = await age();
  const unreadBefore = await unread(lab.ovs, stranger);
  const done = new AbortController();
  const sending = send({ from: stranger, to: p1, count: 60_000, rate: 1000, signal: done.signal });
  await lab.agent.write("more.yaml", { ...mirror("seen"), metadata: { name: "another" } });
  await lab.agent.realized("another", "m-seen", "r-in");
  await lab.agent.write("pods2.yaml", podObject(p3!, { app: "in" }));
  await lab.agent.delete("more.yaml");
  await lab.agent.realized("m-seen", "r-in");
  await lab.agent.kill();
  lab.agent.startAgain();
  await lab.agent.realized("m-seen", "r-in");
  await lab.ovs.vsctl("del-port", p2.name);
  await lab.agent.settled(
    "a Pod without a port",
    ({ pods }) => pods.some(({ ports }) => ports.length === 0),
  );
  done.abort();
  const ids = await sending;
  const lost = () => (sensor.look(), ids.filter((id) => sensor.count(id) === 0));
  await eventually("all frames", () => lost().length === 0, 2000).catch(() => {});
  const never = await unread(lab.ovs, stranger) - unreadBefore; // the Pod's kernel may have sent some of them
  assert.ok(lost().length <= never, `${lost().length} lost, ${never} never read`);
  await expectCounts(ids.filter((id) => sensor.count(id) > 0), [[at1, 1], [sensor, 1]]);
  assert.ok(await age() > before, "learned anew");
});
