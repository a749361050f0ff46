/** The commands of docs/suricata.md, with a real Suricata on a host with systemd: an IDS, an IPS, and an IPS that dies. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { parse } from "yaml";
import { keepsConnections } from "../../core/doctor/suricata.ts";
import { sluice } from "../lab/agent.ts";
import { unread } from "../lab/lab.ts";
import { eventually } from "../lab/ovs.ts";
import { DEPLOY, ROOT } from "../lab/paths.ts";
import type { TestPod } from "../lab/pod.ts";
import { Stream } from "../lab/stream.ts";
import { send } from "../lab/traffic.ts";
import { losses } from "../sensors/scene.ts";
import { NO_SURICATA } from "../suricata/program.ts";
import { ask, askUntil, FAMILIES, listens, SuricataScene } from "../suricata/scene.ts";
import { Talk } from "../suricata/talk.ts";
import { commandsOf } from "./pages.ts";

const PAGE = "docs/suricata.md";
const MIRROR = "mirror-db-to-local";
const REDIRECT = "redirect-prod-to-local";
/** The number of the rule of deploy/suricata. */
const RULE = 1000001;
/** Sizes of pings: the largest in one packet of Ethernet, and one that is sent in fragments. */
const BIG_PINGS = ["1472", "4000"];
const [PASSED, BLOCKED] = [[200, 200], ["no answer", "no answer"]] as const;

/** Runs the commands of a section. */
async function follow(scene: SuricataScene, section: string): Promise<void> {
  const commands = await commandsOf(PAGE, section);
  assert.ok(commands.length > 0, section);
  for (const command of commands) await scene.run(command);
}

async function startIPS(scene: SuricataScene): Promise<void> {
  await follow(scene, "Inline IPS");
  await scene.lab.agent.settled(
    "the redirect",
    ({ trafficControls }) =>
      trafficControls.some(({ name, realized }) => name === REDIRECT && realized),
  );
  for (const device of ["tap0", "tap1"]) await listens(scene.lab.ovs.netns, device);
  await passes(scene);
}

/** Waits until Suricata forwards: its sockets are there a moment before that. */
async function passes(scene: SuricataScene): Promise<void> {
  const { shop, client } = scene.pods;
  await eventually("an answer", async () => {
    return (await ask(client, shop, "/good")).every((answered) => answered === PASSED[0]);
  });
}

async function bigPingsPass(from: TestPod, to: TestPod): Promise<void> {
  for (const version of FAMILIES) {
    for (const size of BIG_PINGS) {
      const { sent, received } = await from.ping(to.ip(version), 5, "-s", size);
      assert.equal(received, sent, `IPv${version}, ${size} bytes`);
    }
  }
}

Deno.test({
  name: "the commands of docs/suricata.md: an IDS alerts, and an inline IPS blocks",
  ignore: NO_SURICATA,
  fn: async (t) => {
    await using scene = await SuricataScene.start();
    const { lab, pods: { db, shop, client } } = scene;
    await follow(scene, "Install it");
    await t.step(
      "as an IDS, it alerts for what it sees on the mirror, and all passes",
      async () => {
        await follow(scene, "IDS on a mirror");
        await lab.agent.realized(MIRROR);
        await listens(lab.ovs.netns, "ids0");
        assert.deepEqual(await ask(client, db, "/good"), PASSED);
        const alerts = await askUntil(() => ask(client, db, "/evil"), async () => {
          const alerts = await scene.events("ids", "alert");
          const families = new Set(alerts.map(({ src_ip }) => src_ip.includes(":")));
          return families.size === FAMILIES.length && alerts;
        });
        for (const { http, alert } of alerts) {
          const { action, signature_id } = alert!;
          assert.deepEqual([http?.url, action, signature_id], ["/evil", "allowed", RULE]);
        }
      },
    );
    await t.step("as an inline IPS, it blocks, and the rest passes", async () => {
      await startIPS(scene);
      assert.deepEqual(await ask(client, shop, "/good"), PASSED);
      assert.deepEqual(await ask(client, shop, "/evil"), BLOCKED);
      await bigPingsPass(client, shop);
      const actions = (await scene.events("ips", "alert")).map(({ alert }) => alert!.action);
      assert.deepEqual(new Set(actions), new Set(["blocked"]));
      assert.ok((await scene.events("ips", "drop")).length >= FAMILIES.length);
    });
    await t.step("and one can see that it works", async () => {
      const [tail, status] = await commandsOf(PAGE, "See that it works");
      assert.equal(JSON.parse(await scene.run(tail!)).event_type, "drop");
      const [program, ...args] = status!.split(" ");
      assert.equal(program, "sluice");
      const { code, stdout } = await sluice(lab.ovs, ...args);
      assert.equal(code, 0);
      assert.match(stdout, new RegExp(`^${REDIRECT} .*Redirect`, "m"));
    });
    const [addRule, reload, addThread, restart] = await commandsOf(PAGE, "Your own rules");
    await t.step("it loads changed rules, and loses no packet", async () => {
      const stream = new Stream({ from: shop, to: client }, lab.at(client), [lab.atDevice("tap0")]);
      await stream.goesOn("all", async () => {
        await scene.run(addRule!);
        await scene.run(reload!);
        await eventually("another rule", async () => {
          const answered = await ask(client, shop, "/bad");
          return JSON.stringify(answered) === JSON.stringify(BLOCKED);
        });
      });
    });
    await t.step("with two threads, it does the same", async () => {
      await scene.run(addThread!);
      await scene.run(restart!);
      await passes(scene);
      assert.deepEqual(await ask(client, shop, "/evil"), BLOCKED);
      await bigPingsPass(client, shop);
    });
  },
});

Deno.test("sluice doctor finds that the Suricata of docs/suricata.md keeps connections", async () => {
  const text = await Deno.readTextFile(join(DEPLOY, "suricata/ips/suricata.yaml"));
  const ports = ["tap0", "tap1"];
  assert.equal(keepsConnections({ args: ["suricata"], text }, ports), "yes");
  const without = text.replace("midstream: yes", "midstream: no");
  assert.notEqual(keepsConnections({ args: ["suricata"], text: without }, ports), "yes");
});

Deno.test("the redirect that fails open is the guide's, with the fields that docs/suricata.md shows", async () => {
  const file = async (name: string) => parse(await Deno.readTextFile(join(ROOT, "docs", name)));
  const page = await Deno.readTextFile(join(ROOT, PAGE));
  const shown = parse(/```yaml\n(.*?)```/s.exec(page)![1]!);
  const guide = await file(`examples/${REDIRECT}.yaml`);
  const wanted = { ...guide, spec: { ...guide.spec, ...shown.spec } };
  assert.deepEqual(await file(`suricata/${REDIRECT}.yaml`), wanted);
});

/** Packets per second, and for how long, in seconds. */
const [RATE, SECONDS] = [500, 10];

Deno.test({
  name:
    "an IPS that fails open is killed, and comes back: packets are lost for less than a second, and no connection is cut",
  ignore: NO_SURICATA,
  fn: async (t) => {
    await using scene = await SuricataScene.start();
    const { lab, pods: { shop, client } } = scene;
    await follow(scene, "Install it");
    await startIPS(scene);
    await follow(scene, "When Suricata dies");
    const sensor = async (wanted: boolean, reasons: readonly string[]) =>
      await lab.agent.settled(
        `isOpen ${wanted}`,
        ({ sensors, trafficControls: [ips] }) =>
          sensors.length === 1 && sensors[0]!.isOpen === wanted &&
          (wanted || sensors[0]!.state === "up") &&
          JSON.stringify(ips!.conditions.map(({ reason }) => reason).sort()) ===
            JSON.stringify(reasons),
      );
    await sensor(false, []);
    assert.deepEqual(await ask(client, shop, "/evil"), BLOCKED);
    await using talk = await Talk.begin(client, shop.ip());
    await using old = await Talk.begin(client, shop.ip(6));
    const [atClient, atSensor] = [lab.at(client), lab.atDevice("tap0")];
    const unreadBefore = await unread(lab.ovs, shop);
    const sending = send({ from: shop, to: client, count: RATE * SECONDS, rate: RATE });
    await t.step("killed, it is passed by", async () => {
      await scene.kill("suricata@ips");
      await sensor(true, ["Bypassed", "SensorDown"]);
      await talk.goesOn();
      await old.goesOn();
    });
    await t.step("systemd starts it again, and packets are inspected again", async () => {
      await sensor(false, []);
      assert.deepEqual(await ask(client, shop, "/good"), PASSED);
      assert.deepEqual(await ask(client, shop, "/evil"), BLOCKED);
      await talk.goesOn();
      await old.goesOn();
    });
    await t.step("the packets", async () => {
      const ids = await sending;
      const { lost, besideTheGap, twice } = losses(ids, atClient);
      atSensor.look();
      const uninspected = ids.filter((id) => atClient.count(id) > 0 && atSensor.count(id) === 0);
      if (Deno.env.get("SLUICE_TEST_LOG")) console.log({ lost, uninspected: uninspected.length });
      assert.ok(lost > 0 && lost < RATE, `lost ${lost}`);
      assert.ok(besideTheGap <= await unread(lab.ovs, shop) - unreadBefore, `${besideTheGap} more`);
      assert.equal(twice, 0);
      assert.ok(uninspected.length > 0);
    });
  },
});
