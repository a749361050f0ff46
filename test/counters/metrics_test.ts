/** /metrics says exactly what was done for each TrafficControl, and hangs on no switch. */
import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import { app, internal, podObject, trafficControl } from "../lab/agent.ts";
import { Lab } from "../lab/lab.ts";
import { eventually } from "../lab/ovs.ts";
import type { TestPod } from "../lab/pod.ts";
import { expectFlow } from "../lab/traffic.ts";
import { bridgeWire } from "../lab/wire.ts";

/** Milliseconds within which a counter must be exact. */
const EXACT_WITHIN = 1500;
/** Milliseconds after which a scrape has hung, as Prometheus sees it by default. */
const SCRAPE_TIMEOUT = 10_000;

const PREFIX = "sluice_traffic_control_";

/** The series of TrafficControls, by the text before the value. */
async function scrape({ agent }: Lab): Promise<Readonly<Record<string, number>>> {
  const { text } = await agent.get("/metrics");
  const lines = text.split("\n").filter((line) => line.startsWith(PREFIX));
  return Object.fromEntries(lines.map((line) => {
    const [series, value] = line.split(" ");
    return [series!, Number(value)];
  }));
}

const series = (unit: string, name: string, direction: string, what: string) =>
  `${PREFIX}${unit}_total{name="${name}",direction="${direction}",what="${what}"}`;

/** The two series of these frames. */
const both = (name: string, direction: string, what: string, frames: readonly Uint8Array[]) => ({
  [series("packets", name, direction, what)]: frames.length,
  [series("bytes", name, direction, what)]: frames.reduce((sum, { length }) => sum + length, 0),
});

/** The frame's source MAC. */
const sourceOf = (frame: Uint8Array) =>
  [...frame.subarray(6, 12)].map((byte) => byte.toString(16).padStart(2, "0")).join(":");

const MIRROR = trafficControl("m", {
  appliedTo: app("web"),
  direction: "Both",
  action: "Mirror",
  targetPort: internal("tap-m"),
});
const REDIRECT = trafficControl("r", {
  appliedTo: app("watched"),
  direction: "Ingress",
  action: "Redirect",
  targetPort: internal("tap0"),
  returnPort: internal("tap1"),
});

Deno.test("the metrics of TrafficControls are the packets that were sent, and go with them", async (t) => {
  await using lab = await Lab.start(3);
  const { agent, ovs } = lab;
  const [web, watched, peer] = lab.pods as [TestPod, TestPod, TestPod];
  await agent.write(
    "pods.yaml",
    podObject(web, { app: "web" }),
    podObject(watched, { app: "watched" }),
    podObject(peer, {}),
  );
  await agent.write("tc.yaml", MIRROR);
  await agent.realized("m");
  const copies = lab.atDevice("tap-m");
  await t.step("exactly", async () => {
    await expectFlow({ from: web, to: peer, count: 40 }, [[copies, 1]]);
    await expectFlow({ from: peer, to: web, count: 30, version: 6 }, [[copies, 1]]);
    assert.equal(copies.frames.length, 70);
    const wanted = () => {
      copies.look(); // each time: a kernel may send one meanwhile
      const { egress = [], ingress = [] } = Object.groupBy(
        [...copies.frames, ...copies.strays],
        (frame) => sourceOf(frame) === web.mac ? "egress" : "ingress",
      );
      return {
        ...both("m", "egress", "copied", egress),
        ...both("m", "ingress", "copied", ingress),
      };
    };
    const isExact = async () => isDeepStrictEqual(await scrape(lab), wanted());
    await eventually("the counts", isExact, EXACT_WITHIN).catch(async (late) => {
      assert.deepEqual(await scrape(lab), wanted());
      throw late;
    });
  });
  await t.step("also those of a redirect that comes", async () => {
    await agent.write("tc.yaml", MIRROR, REDIRECT);
    await agent.realized("m", "r");
    await bridgeWire(ovs, ["tap0", "tap1"]);
    const into = lab.atDevice("tap0");
    await expectFlow({ from: peer, to: watched, count: 20 }, [[lab.at(watched), 1], [into, 1]]);
    const redirected = series("packets", "r", "ingress", "redirected");
    // The bridge behind the ports may send packets of its own: so at least
    const isCounted = async () => (await scrape(lab))[redirected]! >= 20;
    await eventually("the counts", isCounted, EXACT_WITHIN);
    const { [series("packets", "m", "egress", "copied")]: copied } = await scrape(lab);
    assert.ok(copied! >= 40);
  });
  await t.step("a switch that hangs holds no scrape up", async () => {
    const pid = Number(await Deno.readTextFile(`${ovs.dir}/ovs-vswitchd.pid`));
    Deno.kill(pid, "SIGSTOP");
    try {
      const begun = performance.now();
      const { status, text } = await agent.get("/metrics");
      assert.ok(performance.now() - begun < SCRAPE_TIMEOUT);
      assert.equal(status, 200);
      assert.match(text, /^sluice_traffic_controls{state="realized"} 2$/m);
      assert.deepEqual(await scrape(lab), {});
    } finally {
      Deno.kill(pid, "SIGCONT");
    }
    await agent.realized("m", "r");
  });
  await t.step("the series go with the TrafficControl", async () => {
    await agent.write("tc.yaml", REDIRECT);
    await agent.realized("r");
    const names = Object.keys(await scrape(lab));
    assert.deepEqual(names, [
      series("packets", "r", "ingress", "redirected"),
      series("bytes", "r", "ingress", "redirected"),
    ]);
  });
});
