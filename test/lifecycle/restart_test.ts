/** What an agent that starts again writes to OVSDB: which agent it is, and nothing else. */
import assert from "node:assert/strict";
import { podObject } from "../lab/agent.ts";
import { Lab } from "../lab/lab.ts";
import { eventually, type PrivateOvs } from "../lab/ovs.ts";
import type { TestPod } from "../lab/pod.ts";
import { run } from "../lab/run.ts";
import { mirror } from "./ours.ts";

/** Each value of the database by its table, row and column; those of maps by their keys. */
async function values(ovs: PrivateOvs): Promise<Map<string, string>> {
  const text = await run("ovsdb-client", ["-f", "json", "dump", ovs.db, "Open_vSwitch"], {
    env: ovs.environment,
  });
  const found = new Map<string, string>();
  for (const line of text.trim().split("\n")) {
    const { caption, headings, data } = JSON.parse(line);
    for (const row of data) {
      const id = `${caption} ${row[headings.indexOf("_uuid")][1]}`;
      for (const [index, column] of headings.entries()) {
        if (/statistics$/.test(column)) continue; // ovs-vswitchd counts
        const [kind, pairs] = [row[index]].flat();
        const entries = kind === "map" ? pairs : [["", row[index]]];
        for (const [key, value] of entries) {
          found.set(`${id} ${column}:${key}`, JSON.stringify(value));
        }
      }
    }
  }
  return found;
}

Deno.test("an agent that starts again writes its own name into the bridge's row, and no other value changes", async () => {
  await using lab = await Lab.start(2);
  const { agent, ovs, pods: [p1, p2] } = lab;
  await agent.write("pods.yaml", podObject(p1 as TestPod, { app: "web" }), podObject(p2!, {}));
  await agent.write("tc.yaml", mirror("m", "tap0"));
  await agent.realized("m");
  for (const end of ["stop", "kill"] as const) {
    const before = await values(ovs);
    assert.ok([...before.keys()].some((key) => key.endsWith(" next_cfg:")));
    await agent[end]();
    assert.deepEqual(await values(ovs), before, "the end of an agent writes nothing");
    agent.startAgain();
    await eventually("the lock", () => agent.log.find((line) => /Bridge locked/.test(line)));
    await agent.realized("m");
    const after = await values(ovs);
    const changed = [...new Set([...before.keys(), ...after.keys()])]
      .filter((key) => before.get(key) !== after.get(key))
      .map((key) => key.split(" ").at(-1));
    // A row's version, which OVSDB itself counts, has no meaning to others
    assert.deepEqual(changed.filter((key) => key !== "_version:"), ["external_ids:sluice-agent"]);
  }
});
