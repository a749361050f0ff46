/** What `plan` and `doctor` say of several bridges is what the agent then says and makes there. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { sentence } from "../../core/contracts/condition.ts";
import { app, sluice, trafficControl } from "../lab/agent.ts";
import { parseReport } from "../doctor/patient.ts";
import { ON_BOTH, TwoBridges } from "./world.ts";

const ids = trafficControl("ids", {
  appliedTo: app("web"),
  direction: "Both",
  action: "Mirror",
  targetPort: { ovsInternal: { name: "ids0" } },
});
const ips = trafficControl("ips", {
  appliedTo: app("web"),
  direction: "Both",
  action: "Redirect",
  targetPort: { ovsInternal: { name: "tap0" } },
  returnPort: { ovsInternal: { name: "tap1" } },
});
const NAMES = ["ids0", "tap0", "tap1"];

/** The lines of each bridge that tell of ports, and of conditions. */
function readPlan(text: string): Map<string, { ports: string[]; conditions: string[] }> {
  const parts = text.split(/^Bridge (\S+):\n/m).slice(1);
  const found = new Map<string, { ports: string[]; conditions: string[] }>();
  for (let index = 0; index < parts.length; index += 2) {
    const lines = parts[index + 1]!.split("\n");
    found.set(parts[index]!, {
      ports: lines.flatMap((line) => /^\+ port (\S+)/.exec(line)?.[1] ?? []).sort(),
      conditions: lines.filter((line) => line.startsWith("! ")).sort(),
    });
  }
  return found;
}

Deno.test("plan and doctor give a name to the first bridge that needs it, as the agent does", async () => {
  await using world = await TwoBridges.start();
  const { agent, ovs } = world;
  await agent.settled("ready", () => true); // one that has not begun ends with another code
  await agent.stop();
  await agent.write("pods.yaml", world.pod("web", ["web0", "web1"], { app: "web" }));
  await agent.write("tc.yaml", ids, ips);
  const where = [...ON_BOTH, "--ovsdb", ovs.db, "--node", "node1"];
  const { stdout } = await sluice(ovs, "plan", "-f", agent.manifests, ...where);
  const config = join(ovs.dir, "sluice.yaml");
  const text = "ovsBridge: [br0, br1]\nsource: files\nnode: node1\n";
  await Deno.writeTextFile(config, text);
  const byFile = ["--config", config, "--ovsdb", ovs.db];
  const same = await sluice(ovs, "plan", "-f", agent.manifests, ...byFile);
  assert.deepEqual(same, { code: 0, stdout, stderr: "" }, "the bridges by --config");
  const source = ["--source", "files", "--manifests", agent.manifests];
  const doctor = ["doctor", ...where, ...source, "-o", "json"];
  const { findings } = parseReport(await sluice(ovs, ...doctor));

  agent.startAgain();
  const state = await agent.settled(
    "on one bridge",
    ({ trafficControls: all }) =>
      all.length === 2 && all.every(({ bridges }) => bridges?.some(({ realized }) => realized)),
  );
  const planned = readPlan(stdout);
  assert.deepEqual([...planned.keys()], ["br0", "br1"]);
  const made = (bridge: string) =>
    state.ports.filter((port) => port.bridge === bridge).map(({ name }) => name).sort();
  for (const [bridge, { ports }] of planned) assert.deepEqual(ports, made(bridge), bridge);
  assert.deepEqual(planned.get("br0"), { ports: NAMES, conditions: [] });
  const said = state.trafficControls.flatMap(({ name, conditions }) =>
    conditions.map((each) => `! ${name}: ${each.reason}: ${sentence(each)}`)
  );
  assert.deepEqual(
    planned.get("br1")!.conditions,
    said.map((line) => line.replace("Bridge br1: ", "")).sort(),
  );
  assert.equal(said.length, NAMES.length);
  assert.equal(findings.filter(({ check }) => check === "clock").length, 1);
  const told = findings.filter(({ check }) => check === "controls").map(({ message }) => message);
  assert.deepEqual(
    told.sort(),
    state.trafficControls.flatMap(({ name, conditions }) =>
      conditions.map(({ reason, message }) => `TrafficControl "${name}": ${reason}: ${message}`)
    ).sort(),
  );
  await agent.stop();
  const { stdout: removal } = await sluice(ovs, "cleanup", "--dry-run", ...byFile);
  const bridges = [...removal.matchAll(/^Would remove \d+ flows .* from bridge (\S+)\.$/gm)];
  assert.deepEqual(bridges.map(([, bridge]) => bridge), ["br0", "br1"]);
});
