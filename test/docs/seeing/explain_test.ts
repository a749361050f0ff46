/** The commands of docs/seeing.md about `sluice explain` show what the page shows. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { app, internal, podObject, sluice, trafficControl } from "../../lab/agent.ts";
import { Lab } from "../../lab/lab.ts";
import { ROOT } from "../../lab/paths.ts";
import { commandsOf } from "../pages.ts";

const PAGE = join(ROOT, "docs/seeing.md");
const SECTION = "Why is it mirrored, or why not: sluice explain";

/** The blocks of output in the section. */
async function shownBlocks(): Promise<string[]> {
  const text = await Deno.readTextFile(PAGE);
  const section = text.split(/^## /m).find((part) => part.startsWith(`${SECTION}\n`))!;
  const all = [...section.matchAll(/^```(\w*)\n([^]*?)^```/gm)];
  return all.filter(([, language]) => language === "").map(([, , block]) => block!);
}

const mirror = (name: string, value: string) =>
  trafficControl(name, {
    appliedTo: app(value),
    direction: "Both",
    action: "Mirror",
    targetPort: internal("ids0"),
  });
const redirect = (name: string, day: number, pair: readonly [string, string]) =>
  trafficControl(name, {
    appliedTo: app("web"),
    direction: "Egress",
    action: "Redirect",
    targetPort: internal(pair[0]),
    returnPort: internal(pair[1]),
  }, { creationTimestamp: `2026-01-0${day}T00:00:00Z` });

const lines = (text: string) => text.trimEnd().split("\n");

Deno.test("sluice explain shows a Pod and a TrafficControl as docs/seeing.md does", async () => {
  await using lab = await Lab.start(0);
  const web = await lab.addPod("web1");
  const db = await lab.addPod("db2");
  await lab.agent.write("pods.yaml", podObject(web, { app: "web" }), podObject(db, { app: "db" }));
  const objects = {
    "mirror-web": mirror("mirror-web", "web"),
    "mirror-db": mirror("mirror-db", "db"),
    "inspect": redirect("inspect", 1, ["ips0", "ips1"]),
    "inspect-late": redirect("inspect-late", 2, ["ips2", "ips3"]),
  };
  for (const [written, object] of Object.entries(objects)) {
    await lab.agent.write(`${written}.yaml`, object); // one after the other, so ports have the same numbers each time
    await lab.agent.settled(written, ({ trafficControls }) => {
      const last = trafficControls.find(({ name }) => name === written);
      return last !== undefined &&
        (last.realized || last.conditions.some(({ reason }) => reason === "Superseded"));
    });
  }
  const commands = await commandsOf("docs/seeing.md", SECTION);
  const outputs: string[] = [];
  for (const command of commands) {
    const [program, ...args] = command.split(" ");
    assert.equal(program, "sluice");
    const { code, stdout, stderr } = await sluice(lab.ovs, ...args);
    assert.equal(code, 0, stderr);
    outputs.push(stdout);
  }
  const blocks = await shownBlocks();
  if (Deno.env.get("SLUICE_SHOW")) { for (const output of outputs) console.log(output); }
  assert.equal(blocks.length, outputs.length);
  for (const [index, output] of outputs.entries()) {
    assert.deepEqual(lines(output), lines(blocks[index]!), commands[index]);
  }
});
