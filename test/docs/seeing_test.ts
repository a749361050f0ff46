/** The commands of docs/seeing.md say what the page shows. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { sluice, TestAgent } from "../lab/agent.ts";
import { PrivateOvs } from "../lab/ovs.ts";
import { EXAMPLES, ROOT } from "../lab/paths.ts";
import { introduce, TestPod } from "../lab/pod.ts";
import { collector } from "../lab/tunnel.ts";
import { bridgeWire } from "../lab/wire.ts";

const PAGE = "docs/seeing.md";
const SECTION = "What happens to a packet: sluice trace";
const REMOTE = "10.0.10.2";
const CONTROLS = [
  "mirror-all-to-remote",
  "mirror-db-to-local",
  "mirror-web-app",
  "redirect-prod-to-local",
];

/** Each command of the section, with the block behind it; nothing if the next block is another command. */
async function examples(): Promise<{ command: string; shown: string | undefined }[]> {
  const page = await Deno.readTextFile(join(ROOT, PAGE));
  const text = page.split(/^## /m).find((part) => part.startsWith(`${SECTION}\n`))!;
  const blocks = [...text.matchAll(/^```(\w*)\n([^]*?)^```/gm)];
  return blocks.flatMap(([, language, block], at) => {
    if (language !== "sh") return [];
    const [, next, shown] = blocks[at + 1] ?? [];
    return [{ command: block!.trim(), shown: next === "" ? shown : undefined }];
  });
}

/** Numbers of ports are not the same each time. */
const stable = (text: string) => text.replace(/\bport \d+/g, "port #").trim();

/** Everything as `scripts/demo` has it, and a sensor that sends on what it gets. */
async function demo(ovs: PrivateOvs): Promise<TestAgent> {
  const pods = [];
  for (const [index, name] of ["web", "db", "shop"].entries()) {
    const number = index + 1;
    const ips = [`10.9.0.${number}/24`];
    pods.push(await TestPod.attach(ovs, name, { mac: `02:00:00:00:00:0${number}`, ips }));
  }
  await introduce(...pods);
  await collector(ovs, [REMOTE]);
  const agent = await TestAgent.start(ovs);
  for await (const { name } of Deno.readDir(EXAMPLES)) await agent.copy(join(EXAMPLES, name));
  await agent.realized(...CONTROLS);
  await bridgeWire(ovs, ["tap0", "tap1"]);
  const [web, db, shop] = pods as [TestPod, TestPod, TestPod];
  assert.equal((await shop.ping(web.ip(), 1)).received, 1); // so that NORMAL knows their MACs
  assert.equal((await web.ping(db.ip(), 1)).received, 1);
  return agent;
}

Deno.test("the commands of docs/seeing.md say what happens to packets, as the page shows it", async (t) => {
  await using ovs = await PrivateOvs.start();
  const agent = await demo(ovs);
  await using _ = agent;
  const run = (command: string, ...more: string[]) =>
    sluice(ovs, ...command.split(" ").slice(1), "--ovsdb", ovs.db, ...more);
  const all = await examples();
  assert.equal(all.filter(({ shown }) => shown !== undefined).length, 2);
  for (const { command, shown } of all) {
    await t.step(command, async () => {
      const { code, stdout, stderr } = await run(command);
      assert.equal(code, 0, stderr);
      if (shown !== undefined) assert.equal(stable(stdout), stable(shown));
    });
  }
  const { command } = all[0]!;
  await t.step("as JSON", async () => {
    const { stdout } = await run(command, "-o", "json");
    const { steps } = JSON.parse(stdout);
    assert.deepEqual(
      steps.map(({ from }: { from: { port: string } }) => from.port),
      ["web", "tap1"],
    );
  });
  await t.step("without --to-mac where the router is not known", async () => {
    const { code, stderr } = await run("sluice trace pod/default/web --to 192.0.2.7 --port 443");
    assert.equal(code, 1);
    assert.match(stderr, /^sluice: Cannot find the destination MAC: .*; give --to-mac\n$/);
  });
  await t.step("a Pod that is not there, and without an agent", async () => {
    const unknown = await run("sluice trace pod/default/none --to 10.9.0.1 --port 80");
    assert.equal(unknown.code, 1);
    assert.match(unknown.stderr, /Cannot find Pod "default\/none": the agent knows no port of it/);
    await agent.stop();
    const alone = await run(command);
    assert.equal(alone.code, 1);
    assert.match(alone.stderr, /Cannot find Pod "default\/web": no agent answers/);
    const ends = "port/web --from-ip 10.9.0.1 --to 10.9.0.2 --to-mac 02:00:00:00:00:02";
    const { code, stdout } = await run(`sluice trace ${ends} --port 80`);
    assert.equal(code, 0);
    assert.match(
      stdout,
      /copied to ids0 \(port \d+\) for a TrafficControl whose name is not known/,
    );
    assert.match(stdout, /sent to db \(port \d+\), as bridge br0 forwards it/);
    assert.match(stdout, /^Not known:$/m);
  });
});
