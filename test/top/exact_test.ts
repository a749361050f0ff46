/** `sluice top` counts exactly what is captured at the target port, by TrafficControl, by Pod and by port. */
import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import { app, internal, podObject, sluice, trafficControl } from "../lab/agent.ts";
import { Lab } from "../lab/lab.ts";
import { eventually } from "../lab/ovs.ts";
import type { TestPod } from "../lab/pod.ts";
import { type Counter, expectFlow } from "../lab/traffic.ts";
import { MOVES, TopProcess, type TopRow } from "./top_process.ts";

/** Of what kernels send by themselves nothing is UDP, so that only the test's own packets are copied. */
const RULES = [{ action: "Include", protocol: "UDP" }];
const mirror = (name: string, target: string) =>
  trafficControl(name, {
    appliedTo: app("web"),
    direction: "Both",
    action: "Mirror",
    targetPort: internal(target),
    rules: RULES,
    counters: "PerPod",
  });

async function started(): Promise<Lab> {
  const lab = await Lab.start(3);
  const [web1, web2, peer] = lab.pods as [TestPod, TestPod, TestPod];
  const WEB = { app: "web" };
  await lab.agent.write(
    "pods.yaml",
    podObject(web1, WEB),
    podObject(web2, WEB),
    podObject(peer, {}),
  );
  await lab.agent.write("tc.yaml", mirror("m", "tap-m"));
  await lab.agent.realized("m");
  return lab;
}

function captured({ frames }: Counter) {
  return {
    packets: frames.length,
    bytes: frames.reduce((sum, { length }) => sum + length, 0),
  };
}

/** Waits until the sums are what was captured. @throws {AssertionError} If they never are. */
async function expectSum(sum: () => object, wanted: () => object): Promise<void> {
  await eventually("the sums", () => isDeepStrictEqual(sum(), wanted())).catch((late) => {
    assert.deepEqual(sum(), wanted());
    throw late;
  });
}

Deno.test("top's sums are the captured copies, by TrafficControl, Pod and port, and no rate is negative", async (t) => {
  await using lab = await started();
  const { agent, ovs } = lab;
  const [web1, web2, peer] = lab.pods as [TestPod, TestPod, TestPod];
  const copies = lab.atDevice("tap-m");
  await using byControl = new TopProcess(ovs);
  await using byPod = new TopProcess(ovs, "--by", "pod");
  await using byPort = new TopProcess(ovs, "--by", "port");
  const all = [byControl, byPod, byPort];
  await eventually(
    "a first line of each",
    () => all.every(({ lines }) => lines.length > 0),
    30_000,
  );
  const isControl = ({ trafficControl }: TopRow) => trafficControl === "m";
  const isTarget = ({ port }: TopRow) => port === "tap-m";
  await t.step("exactly", async () => {
    await expectFlow({ from: web1, to: peer, count: 70 }, [[copies, 1]]);
    await expectFlow({ from: peer, to: web1, count: 30, version: 6 }, [[copies, 1]]);
    await expectFlow({ from: web2, to: peer, count: 25 }, [[copies, 1]]);
    assert.equal(copies.frames.length, 125);
    await expectSum(() => byControl.sum("copied", isControl), () => captured(copies));
    await expectSum(
      () => byPod.sum("copied", ({ pod }) => pod !== undefined),
      () => captured(copies),
    );
    const ofPod = (name: string) => byPod.sum("copied", ({ pod }) => pod === name).packets;
    assert.deepEqual([ofPod(web1.name), ofPod(web2.name)], [100, 25]);
    assert.ok(byPod.sum("sent", ({ pod }) => pod === web1.name).packets >= 70);
    const isIn = () => byPort.sum("sent", isTarget).packets >= copies.frames.length;
    await eventually("all at the port", isIn);
    // A kernel may send some into a port by itself, and none of them is a copy
    const surplus = byPort.sum("sent", isTarget).packets - copies.frames.length;
    assert.ok(surplus <= 5, `${surplus} packets that are no copies`);
  });
  await t.step(
    "also of a TrafficControl that is made anew, whose counters begin with 0",
    async () => {
      await agent.delete("tc.yaml");
      await agent.realized();
      await agent.write("tc.yaml", mirror("m", "tap-m"));
      await agent.realized("m");
      const again = lab.atDevice("tap-m"); // the port is another one now
      const before = captured(copies);
      await expectFlow({ from: web1, to: peer, count: 10 }, [[again, 1]]);
      await expectSum(() => byControl.sum("copied", isControl), () => {
        const more = captured(again);
        return { packets: before.packets + more.packets, bytes: before.bytes + more.bytes };
      });
    },
  );
  await t.step("no rate is negative, and each is what was counted in that time", () => {
    for (const { rows, seconds } of all.flatMap(({ lines }) => lines)) {
      assert.ok(seconds > 0);
      for (const moved of rows.flatMap((row) => MOVES.map((what) => row[what]))) {
        if (!moved) continue;
        assert.ok(Object.values(moved).every((value) => value >= 0), JSON.stringify(moved));
        const [low, high] = [0.8, 1.25].map((share) => share * moved.packets / seconds);
        assert.ok(moved.packetsPerSecond >= low! && moved.packetsPerSecond <= high!);
      }
    }
  });
});

Deno.test("top with --count 1 is two readings and one table, without escape sequences in a pipe", async () => {
  await using lab = await started();
  const top = (...args: string[]) =>
    sluice(lab.ovs, "top", "--count", "1", "--interval", "200ms", ...args);
  const { code, stdout, stderr } = await top();
  assert.deepEqual([code, stderr], [0, ""]);
  assert.match(
    stdout,
    /^Node node1, per second, over \d+\.\d s\n\nTRAFFICCONTROL +COPIED\/S +BYTES\/S\nm +0 +0\n$/,
  );
  assert.match((await top("--by", "pod")).stdout, /^default\/p1 +\S+ +\S+ +\S+ +\S+ +\S+ +\S+$/m);
  assert.match((await top("--by", "port")).stdout, /^tap-m +\d+ +m +\S+ +\S+ +\S+ +\S+$/m);
  const json = await top("-o", "json", "--by", "port");
  assert.equal(json.stdout.trim().split("\n").length, 1);
  const [row] = JSON.parse(json.stdout).rows;
  assert.deepEqual([row.bridge, row.port, row.trafficControls], ["br0", "tap-m", ["m"]]);
});

Deno.test("top without an agent is an error; a switch that hangs is told, and afterwards nothing is lost", async (t) => {
  await using lab = await started();
  const { agent, ovs } = lab;
  await t.step("a switch that hangs", async () => {
    const [web, , peer] = lab.pods as [TestPod, TestPod, TestPod];
    const copies = lab.atDevice("tap-m");
    await using top = new TopProcess(ovs);
    await eventually("a line", () => top.lines.length > 0, 30_000);
    await expectFlow({ from: web, to: peer, count: 15 }, [[copies, 1]]);
    const pid = Number(await Deno.readTextFile(`${ovs.dir}/ovs-vswitchd.pid`));
    Deno.kill(pid, "SIGSTOP");
    try {
      await eventually(
        "a word",
        () => top.lines.some(({ unread }) => unread?.[0] === "br0"),
        10_000,
      );
    } finally {
      Deno.kill(pid, "SIGCONT");
    }
    await expectSum(
      () => top.sum("copied", ({ trafficControl }) => trafficControl === "m"),
      () => captured(copies),
    );
  });
  await t.step("no agent", async () => {
    await agent.stop();
    const { code, stdout, stderr } = await sluice(ovs, "top", "-n", "1");
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(
      stderr,
      /^sluice: Cannot reach the agent at "127\.0\.0\.1:10360": is it running\?/,
    );
  });
});
