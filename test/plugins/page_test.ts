/** docs/plugins.md, done as it says: its files, its commands in their order, and packets in the end. */
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { stringify } from "yaml";
import { podObject } from "../lab/agent.ts";
import { eventually, PrivateOvs } from "../lab/ovs.ts";
import { ROOT, script } from "../lab/paths.ts";
import { introduce, TestPod } from "../lab/pod.ts";
import { run, spawnIn } from "../lab/run.ts";
import { Counter, expectFlow } from "../lab/traffic.ts";

interface Step {
  /** A file that the page has whole, with its name in the first line, or commands. */
  readonly file?: string;
  readonly text: string;
}

async function stepsOf(page: string): Promise<Step[]> {
  const text = await Deno.readTextFile(join(ROOT, page));
  return [...text.matchAll(/^```(sh|ts|yaml)(?: ignore)?\n([^]*?)^```/gm)].map(
    ([, language, block]) => {
      if (language === "sh") return { text: block! };
      const file = /^(?:\/\/|#) (\S+)\n/.exec(block!)![1]!;
      return { file, text: block! };
    },
  );
}
const commandsIn = (text: string) =>
  text.split("\n").map((line) => line.replace(/\s+#.*/, "").trim()).filter((line) => line !== "");

Deno.test("an author who follows docs/plugins.md has a working target", async () => {
  await using ovs = await PrivateOvs.start();
  const [p1, p2] = [
    await TestPod.attach(ovs, "p1", { ips: ["10.9.0.1/24"], mac: "02:aa:00:00:00:01" }),
    await TestPod.attach(ovs, "p2", { ips: ["10.9.0.2/24"], mac: "02:aa:00:00:00:02" }),
  ];
  await introduce(p1, p2);
  const folder = join(ovs.dir, "author");
  await Deno.mkdir(join(folder, "manifests"), { recursive: true });
  await Deno.symlink(script("sluice"), join(folder, "sluice"));
  await Deno.writeTextFile(
    join(folder, "manifests", "pods.yaml"),
    [podObject(p1, { app: "web" }), podObject(p2, {})].map((pod) => stringify(pod)).join("---\n"),
  );
  const env = {
    PATH: `${folder}:${Deno.env.get("PATH")}`,
    SLUICE_OVSDB: ovs.db,
    SLUICE_LISTEN: "127.0.0.1:10360",
    SLUICE_STATE_DIR: join(folder, "state"),
  }; // deno-fmt-ignore
  const shell = (command: string) =>
    run("ip", ["netns", "exec", ovs.netns, "sh", "-c", command], { env, cwd: folder });
  let agent: Deno.ChildProcess | undefined;
  const ran: string[] = [];
  try {
    for (const { file, text } of await stepsOf("docs/plugins.md")) {
      if (file) {
        await Deno.mkdir(dirname(join(folder, file)), { recursive: true });
        await Deno.writeTextFile(join(folder, file), text);
        continue;
      }
      for (const command of commandsIn(text)) {
        ran.push(command.split(" ").slice(0, 2).join(" "));
        if (!command.startsWith("sluice agent")) await shell(command);
        else {
          agent = spawnIn(ovs.netns, ["sh", "-c", `cd ${folder} && exec ${command}`], {
            env,
            stderr: "null",
          }); // deno-fmt-ignore
          await eventually("the agent", () => shell("sluice status").then(() => true, () => false));
        }
      }
    }
    assert.deepEqual(ran, [
      "sluice plugin",
      "sluice plugin",
      "sluice validate",
      "sluice plan",
      "sluice agent",
      "sluice status",
      "sluice crd",
    ]); // deno-fmt-ignore
    await shell("sluice plugin check plugins");
    await eventually("realized", async () => / yes( +\d+)?$/m.test(await shell("sluice status")));
    using sensor = new Counter("ids-7", { netns: ovs.netns, device: "ids-7" });
    using at2 = Counter.at(p2);
    await expectFlow({ from: p1, to: p2 }, [[sensor, 1], [at2, 1]]);
  } finally {
    agent?.kill("SIGTERM");
    await agent?.status;
  }
});
