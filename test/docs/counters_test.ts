/** The commands of docs/counters.md tell what was counted by Pod, as the page shows it. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { parse } from "yaml";
import { podObject, sluice } from "../lab/agent.ts";
import { Lab } from "../lab/lab.ts";
import { eventually } from "../lab/ovs.ts";
import { ROOT } from "../lab/paths.ts";
import type { TestPod } from "../lab/pod.ts";
import { expectFlow } from "../lab/traffic.ts";
import { commandsOf } from "./pages.ts";

const PAGE = "docs/counters.md";
const SECTION = "By Pod";

/** The blocks of the section that are in this language. */
async function blocks(language: string): Promise<string[]> {
  const page = await Deno.readTextFile(join(ROOT, PAGE));
  const text = page.split(/^## /m).find((part) => part.startsWith(`${SECTION}\n`))!;
  const all = text.matchAll(/^```(\w*)\n([^]*?)^```/gm);
  return [...all].filter(([, name]) => name === language).map(([, , block]) => block!);
}

const words = (line: string) => line.trim().split(/ +/);
/** A series without the names of its Pod and its Namespace. */
const formOf = (series: string) => series.replaceAll(/(pod|namespace)="[^"]*"| \d+$/g, "$1");

Deno.test("the commands of docs/counters.md show what was counted by Pod", async () => {
  await using lab = await Lab.start(3);
  const { agent, ovs } = lab;
  const [one, other, peer] = lab.pods as [TestPod, TestPod, TestPod];
  const WEB = { app: "web" };
  await agent.write("pods.yaml", podObject(one, WEB), podObject(other, WEB), podObject(peer, {}));
  const [object] = await blocks("yaml");
  await agent.write("tc.yaml", parse(object!));
  await agent.realized("mirror-web-app");
  const copies = lab.atDevice("tap0");
  await expectFlow({ from: one, to: peer, count: 25 }, [[copies, 1]]);
  await expectFlow({ from: peer, to: other, count: 12 }, [[copies, 1]]);
  const counted = async () => (await agent.state()).trafficControls[0]!.byPod!;
  await eventually("the counts", async () => {
    const [first, second] = await counted();
    return first!.copied!.egress!.packets >= 25 && second!.copied!.ingress!.packets >= 12;
  });
  const [wide, json] = await Promise.all(
    (await commandsOf(PAGE, SECTION)).map((command) => {
      const [program, ...args] = command.split(" ");
      assert.equal(program, "sluice");
      return sluice(ovs, ...args);
    }),
  );
  assert.deepEqual([wide!.code, json!.code], [0, 0]);
  const [table, series] = await blocks("");
  const lines = wide!.stdout.split("\n");
  const at = lines.indexOf("Counted by Pod");
  const [head, ...rows] = lines.slice(at + 1, at + 4).map(words);
  assert.deepEqual(head, words(table!.split("\n")[0]!));
  assert.deepEqual(rows.map(([control, pod]) => [control, pod]), [
    ["mirror-web-app", "default/p1"],
    ["mirror-web-app", "default/p2"],
  ]);
  assert.ok(Number(rows[0]![2]) >= 25 && Number(rows[1]![2]) >= 12, wide!.stdout);
  assert.equal(JSON.parse(json!.stdout).trafficControls[0].byPod.length, 2);
  const { text } = await agent.get("/metrics");
  const shown = text.split("\n").map(formOf);
  for (const line of series!.trim().split("\n")) assert.ok(shown.includes(formOf(line)), line);
});
