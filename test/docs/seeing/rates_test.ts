/** The commands of docs/seeing.md about rates, the cluster and metrics, and that the page shows what they write. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { app, internal, podObject, PROGRAM, sluice, trafficControl } from "../../lab/agent.ts";
import { Lab } from "../../lab/lab.ts";
import { eventually, type PrivateOvs } from "../../lab/ovs.ts";
import { ROOT } from "../../lab/paths.ts";
import type { TestPod } from "../../lab/pod.ts";
import { MONITORING, NO_PROMETHEUS, Prometheus, promtool } from "../../monitoring/prometheus.ts";
import { commandsOf } from "../pages.ts";

const PAGE = "docs/seeing.md";
const TOP = "Which traffic flows now: sluice top";
const CLUSTER = "The whole cluster: sluice status --cluster";
const METRICS = "Metrics, a dashboard and alerts";
/** These are run by test/kubernetes/cluster_status_test.ts and test/monitoring/operator_test.ts. */
const ELSEWHERE =
  /^(sluice status --cluster|kubectl apply -f deploy\/monitoring\/prometheus-rule\.yaml)/;

const wordsOf = (line: string) => line.trim().split(/ +/);

/** The heads of tables that a section shows. */
async function headsOf(section: string): Promise<string[][]> {
  const page = await Deno.readTextFile(join(ROOT, PAGE));
  const text = page.split(/^## /m).find((part) => part.startsWith(`${section}\n`))!;
  return text.split("\n").filter((line) => /^[A-Z]+ {3}/.test(line)).map(wordsOf);
}

/** Runs a command that has no end until it has written, then sends SIGINT. */
async function untilWritten(ovs: PrivateOvs, args: readonly string[]): Promise<string> {
  const child = new Deno.Command("ip", {
    args: ["netns", "exec", ovs.netns, "setpriv", "--pdeathsig", "KILL", ...PROGRAM, ...args],
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  let text = "";
  for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
    if (text === "") child.kill("SIGINT");
    text += part;
  }
  assert.equal((await child.status).code, 0, args.join(" "));
  return text;
}

async function started(): Promise<Lab> {
  const lab = await Lab.start(2);
  const [web, peer] = lab.pods as [TestPod, TestPod];
  await lab.agent.write(
    "pods.yaml",
    podObject(web, { app: "web" }),
    podObject(peer, { app: "db" }),
  );
  const mirror = trafficControl("m", {
    appliedTo: app("web"),
    direction: "Both",
    action: "Mirror",
    targetPort: internal("tap0"),
    counters: "PerPod",
  });
  const redirect = trafficControl("r", {
    appliedTo: app("db"),
    direction: "Both",
    action: "Redirect",
    targetPort: internal("tap1"),
    returnPort: internal("tap2"),
  });
  await lab.agent.write("tc.yaml", mirror, redirect);
  await lab.agent.realized("m", "r");
  return lab;
}

Deno.test("the commands about rates, and about a node's state, write what the page shows", async () => {
  await using lab = await started();
  const written: string[] = [];
  const commands = [...await commandsOf(PAGE, TOP), ...await commandsOf(PAGE, CLUSTER)];
  for (const command of commands.filter((each) => !ELSEWHERE.test(each))) {
    const [program, ...args] = wordsOf(command);
    assert.equal(program, "sluice");
    const isEndless = !args.includes("-n");
    const text = isEndless
      ? await untilWritten(lab.ovs, args)
      : (await sluice(lab.ovs, ...args)).stdout;
    assert.ok(text.length > 0, command);
    written.push(text);
  }
  const heads = written.flatMap((text) => text.split("\n")).map(wordsOf);
  const shown = await headsOf(TOP);
  assert.ok(shown.length > 0);
  for (const head of shown) {
    assert.ok(heads.some((each) => head.join(" ") === each.join(" ")), head.join(" "));
  }
  const page = await Deno.readTextFile(join(ROOT, PAGE));
  const [, line] = /^```json\n(\{[^]*?^\})\n```/m.exec(page)!;
  const own = written.find((text) => text.startsWith("{"))!;
  const keysOf = (json: string) => {
    const { rows: [row], ...more } = JSON.parse(json);
    return [Object.keys(more), Object.keys(row), Object.keys(row.sent)];
  };
  assert.deepEqual(keysOf(line!), keysOf(own));
});

Deno.test({
  name: "the commands about Prometheus do what the page says",
  ignore: NO_PROMETHEUS,
  async fn() {
    const commands = (await commandsOf(PAGE, METRICS)).filter((each) => !ELSEWHERE.test(each));
    assert.equal(commands.length, 4);
    for (const command of commands) {
      const [program, ...args] = wordsOf(command);
      if (program === "prometheus") continue; // below
      assert.equal(program, "promtool");
      const { code, stderr } = await promtool(
        ...args.map((each) => each.replace(/^deploy\/monitoring\//, "")),
      );
      assert.equal(code, 0, `${command}\n${stderr}`);
    }
    assert.ok(commands.includes("prometheus --config.file=deploy/monitoring/prometheus.yaml"));
    await using lab = await started();
    await using prometheus = await Prometheus.start(lab.ovs.netns); // with that file
    await eventually("an agent that answers", async () => {
      const [up] = await prometheus.query('up{job="sluice"}');
      return up?.value[1] === "1";
    }, 30_000);
  },
});

Deno.test("the page names each file of deploy/monitoring", async () => {
  const page = await Deno.readTextFile(join(ROOT, PAGE));
  for await (const { name } of Deno.readDir(MONITORING)) {
    assert.ok(page.includes(`\`${name}\``), name);
  }
});
