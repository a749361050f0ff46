/** /metrics of a running agent, and where it is to be had. */
import assert from "node:assert/strict";
import { app, internal, podObject, trafficControl } from "./lab/agent.ts";
import { get } from "./lab/http.ts";
import { Lab } from "./lab/lab.ts";
import { eventually } from "./lab/ovs.ts";
import type { TestPod } from "./lab/pod.ts";

const ELSEWHERE = "127.0.0.1:10361";

const control = (name: string, targetPort: object) =>
  trafficControl(name, {
    appliedTo: app("web"),
    direction: "Both",
    action: "Mirror",
    targetPort,
  }); // deno-fmt-ignore

async function scrape({ agent }: Lab): Promise<(series: string) => number> {
  const { text } = await agent.get("/metrics");
  const lines = text.split("\n").map((line) => line.split(" "));
  return (series) => Number(lines.find(([name]) => name === series)?.[1]);
}

Deno.test("/metrics says what the agent does, and what became of its connections", async (t) => {
  await using lab = await Lab.start(2, { args: ["--metrics-listen", ELSEWHERE] });
  const { agent, ovs } = lab;
  const [p1, p2] = lab.pods as [TestPod, TestPod];
  await agent.write("p1.yaml", podObject(p1, { app: "web" }));
  await agent.write("p2.yaml", podObject(p2, { app: "other" }));
  await agent.write("good.yaml", control("good", internal("tap0")));
  await agent.write("bad.yaml", control("bad", { device: { name: "nowhere" } }));
  const state = await agent.settled(
    "one realized, one refused",
    ({ trafficControls }) =>
      trafficControls.some(({ name, realized }) => name === "good" && realized) &&
      trafficControls.some(({ name, conditions }) => name === "bad" && conditions.length > 0),
  );
  await t.step("what is", async () => {
    const expected = {
      'sluice_traffic_controls{state="realized"}': 1,
      'sluice_traffic_controls{state="refused"}': 1,
      'sluice_traffic_controls{state="pending"}': 0,
      'sluice_traffic_controls{state="planned"}': 0,
      "sluice_pods": 2,
      "sluice_selected_pods": 1,
      "sluice_ports": 1,
      "sluice_flows": state.flows,
      "sluice_ready": 1,
      "sluice_source_complete": 1,
      "sluice_source_issues": 0,
      'sluice_connected{peer="ovsdb"}': 1,
      'sluice_connected{peer="openflow"}': 1,
      'sluice_connections_total{peer="ovsdb"}': 1,
    }; // deno-fmt-ignore
    // A missing device is looked for four times a second: as long as that takes, it is not ready.
    const isNow = async () => {
      const value = await scrape(lab);
      const wrong = Object.entries(expected).filter(([series, wanted]) => value(series) !== wanted);
      return wrong.length === 0 && value;
    };
    const value = await eventually("all values", isNow);
    assert.ok(value('sluice_flow_changes_total{command="add"}') >= state.flows);
    assert.ok(value("sluice_round_duration_seconds_count") >= 1);
    assert.ok(value("process_cpu_seconds_total") > 0);
  });
  await t.step("Open vSwitch away, and back", async () => {
    await ovs.killVswitchd();
    const is = (series: string, wanted: number) =>
      eventually(series, async () => (await scrape(lab))(series) === wanted);
    const before = (await scrape(lab))('sluice_connections_total{peer="openflow"}');
    await is('sluice_connected{peer="openflow"}', 0);
    await is("sluice_ready", 0);
    await ovs.startVswitchd();
    await is('sluice_connected{peer="openflow"}', 1);
    await is("sluice_ready", 1);
    assert.ok((await scrape(lab))('sluice_connections_total{peer="openflow"}') > before);
  });
  await t.step("the other address shows numbers only", async () => {
    const statusOf = async (path: string) =>
      (await get(ovs.netns, `http://${ELSEWHERE}${path}`)).status;
    assert.equal(await statusOf("/metrics"), 200);
    for (const path of ["/api/v1/state", "/readyz", "/healthz"]) {
      assert.equal(await statusOf(path), 404, path);
    }
  });
});
