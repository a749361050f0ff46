/** A real Prometheus asks a real agent: every expression of the dashboard and the rules has data, and alerts are raised. */
import assert from "node:assert/strict";
import { app, internal, podObject, trafficControl } from "../lab/agent.ts";
import { Lab } from "../lab/lab.ts";
import { eventually } from "../lab/ovs.ts";
import type { TestPod } from "../lab/pod.ts";
import { expectFlow } from "../lab/traffic.ts";
import { bridgeWire } from "../lab/wire.ts";
import { alertExpressions, dashboardExpressions, ofWhatIsThere } from "./expressions.ts";
import { NO_PROMETHEUS, Prometheus } from "./prometheus.ts";

/** Milliseconds until two scrapes and an evaluation are over, on a busy machine. */
const SCRAPED = 30_000;

/** A node with a mirror that counts by Pod, and a redirect with a sensor that is probed. */
async function started(): Promise<Lab> {
  const lab = await Lab.start(3);
  const { agent, ovs } = lab;
  const [web, watched, peer] = lab.pods as [TestPod, TestPod, TestPod];
  await agent.write(
    "pods.yaml",
    podObject(web, { app: "web" }),
    podObject(watched, { app: "watched" }),
    podObject(peer, {}),
  );
  const mirror = trafficControl("m", {
    appliedTo: app("web"),
    direction: "Both",
    action: "Mirror",
    targetPort: internal("tap-m"),
    counters: "PerPod",
  });
  const redirect = trafficControl("r", {
    appliedTo: app("watched"),
    direction: "Both",
    action: "Redirect",
    targetPort: internal("tap0"),
    returnPort: internal("tap1"),
    healthProbe: {},
  });
  await agent.write("tc.yaml", mirror, redirect);
  await eventually("the ports", async () => {
    const { text } = await agent.get("/api/v1/state");
    return text !== "" && JSON.parse(text).ports.length === 3;
  });
  await bridgeWire(ovs, ["tap0", "tap1"]);
  await agent.settled(
    "a sensor that works",
    ({ sensors, trafficControls }) =>
      sensors.some(({ state }) => state === "up") &&
      trafficControls.every(({ realized }) => realized),
  );
  return lab;
}

Deno.test({
  name: "every expression of the dashboard and of the rules has data of a real agent",
  ignore: NO_PROMETHEUS,
  async fn(t) {
    await using lab = await started();
    const { agent, ovs } = lab;
    const [web, , peer] = lab.pods as [TestPod, TestPod, TestPod];
    await using prometheus = await Prometheus.start(ovs.netns);
    const copies = lab.atDevice("tap-m");
    await t.step("what was copied is what Prometheus counts", async () => {
      await expectFlow({ from: web, to: peer, count: 40 }, [[copies, 1]]);
      const query =
        'sluice_traffic_control_packets_total{name="m",direction="egress",what="copied"}';
      const isCounted = async () => {
        const [sample] = await prometheus.query(query);
        return Number(sample?.value[1]) >= 40;
      };
      await eventually("the count", isCounted, SCRAPED);
    });
    await t.step("each expression", async () => {
      const all = [...await dashboardExpressions(), ...await alertExpressions()];
      for (const { of, text } of all) {
        await prometheus.query(text); // as it stands, it is valid
        const there = ofWhatIsThere(text);
        const hasData = async () => (await prometheus.query(there)).length > 0;
        await eventually(`${of}: ${there}`, hasData, SCRAPED);
      }
    });
    await t.step("the rules are evaluated, and none is pending while all is well", async () => {
      const { groups } = await prometheus.api("rules") as {
        groups: readonly { rules: readonly { name: string; health: string; state: string }[] }[];
      };
      const rules = groups.flatMap(({ rules }) => rules);
      assert.equal(rules.length, (await alertExpressions()).length);
      assert.deepEqual(rules.filter(({ health }) => health !== "ok"), []);
      const odd = rules.filter(({ state }) => state !== "inactive").map(({ name }) => name);
      assert.deepEqual(odd, []);
    });
    await t.step("a TrafficControl that is refused raises its alert", async () => {
      const wrong = trafficControl("wrong", {
        appliedTo: app("web"),
        direction: "Both",
        action: "Mirror",
        targetPort: { device: { name: "nowhere" } },
      });
      await agent.write("wrong.yaml", wrong);
      await eventually("the alert", async () => {
        const { alerts } = await prometheus.api("alerts") as {
          alerts: readonly { labels: { alertname: string }; state: string }[];
        };
        return alerts.some(({ labels, state }) =>
          labels.alertname === "SluiceTrafficControlRefused" && state === "pending"
        );
      }, SCRAPED);
    });
  },
});
