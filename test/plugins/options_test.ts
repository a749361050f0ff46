/** Options from plugin files: what the commands know of them, and what they do in the running agent. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { stringify } from "yaml";
import type { State } from "../../core/report/state.ts";
import { app, internal, podObject, sluice, trafficControl } from "../lab/agent.ts";
import { Lab } from "../lab/lab.ts";
import type { TestPod } from "../lab/pod.ts";
import { expectFlow } from "../lab/traffic.ts";
import { bridgeWire } from "../lab/wire.ts";

/** @param high The priority of what is urgent. */
const urgency = (high: number) => `
export const version = "1.${high}";
export default (api) => api.defineOption({
  field: "howUrgent",
  docs: "Says how urgent a redirect is.",
  schema: api.Type.String({ pattern: "^(High|Low|Odd|Broken)$", description: "High or Low." }),
  example: "High",
  goesWith: "hops",
  check: (value) => value === "Odd" ? [{ path: "", message: "is too odd" }] : [],
  rules: [{ rule: "self != 'Odd'", message: "is too odd" }],
  effect(value) {
    if (value === "Broken") throw new RangeError("no such urgency");
    return { priority: value === "High" ? ${high} : 500 };
  },
});`;

type Spec = Readonly<Record<string, unknown>>;
const redirect = (name: string, ends: readonly [string, string], more: Spec = {}, metadata = {}) =>
  trafficControl(name, {
    appliedTo: app("web"),
    direction: "Both",
    action: "Redirect",
    targetPort: internal(ends[0]),
    returnPort: internal(ends[1]),
    ...more,
  }, metadata);

async function folderOf(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "sloption" });
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(join(folder, name), text);
  }
  return folder;
}

Deno.test("validate, crd and plugin list know the option of a plugin file", async () => {
  const ends = ["tap0", "tap1"] as const;
  const annotated = (value: string) => ({ annotations: { "sluice.dev/how-urgent": value } });
  const objects = [
    redirect("field", ends, { howUrgent: "High" }),
    redirect("annotation", ends, {}, annotated("Low")),
    redirect("odd", ends, { howUrgent: "Odd" }),
    redirect("other", ends, {}, annotated("very")),
    redirect("broken", ends, { howUrgent: "Broken" }),
    trafficControl("mirror", {
      appliedTo: app("web"),
      direction: "Both",
      action: "Mirror",
      targetPort: internal("tap0"),
      howUrgent: "Low",
    }),
  ];
  const plugins = await folderOf({ "urgency.ts": urgency(7) });
  const manifests = await folderOf({
    "tc.yaml": objects.map((object) => stringify(object)).join("---\n"),
  });
  try {
    const validated = await sluice(undefined, "validate", "-f", manifests, "--plugins", plugins);
    const lines = validated.stdout.trim().split("\n");
    assert.deepEqual(lines.map((line) => line.replace(/^.*tc\.yaml:\d+: /, "")), [
      "/spec/howUrgent: is too odd",
      '/metadata/annotations/sluice.dev~1how-urgent: does not fit: High or Low: is "very"',
      `/spec: Cannot use plugin "${plugins}/urgency.ts": effect throws RangeError: no such urgency`,
      "/spec/howUrgent: must be absent for action Mirror",
    ], validated.stdout + validated.stderr);
    const crd = (await sluice(undefined, "crd", "--plugins", plugins)).stdout;
    assert.match(crd, /howUrgent:\n +type: string\n +description: Says how urgent/);
    assert.match(crd, /!has\(self\.howUrgent\) \|\| self\.action in \["Redirect"\]/);
    assert.match(crd, /rule: self != 'Odd'\n +message: is too odd/);
    const listed = await sluice(undefined, "plugin", "list", "--plugins", plugins);
    assert.match(listed.stdout, /^option +priority +\S+ +loaded +built-in$/m);
    assert.match(listed.stdout, /^option +howUrgent +1\.7 +loaded +\/.*urgency\.ts$/m);
  } finally {
    for (const folder of [plugins, manifests]) await Deno.remove(folder, { recursive: true });
  }
});

const winners = ({ trafficControls }: State) =>
  trafficControls.filter(({ realized }) => realized).map(({ name }) => name).join();

Deno.test("the option of a plugin file decides in the agent; SIGHUP takes its changes up; what it throws blames it", async (t) => {
  const folder = await folderOf({ "urgency.ts": urgency(7) });
  const lab = await Lab.start(2, { args: ["--plugins", folder] });
  try {
    const { agent } = lab;
    const [p1, p2] = lab.pods as [TestPod, TestPod];
    await agent.write("pods.yaml", podObject(p1, { app: "web" }), podObject(p2, {}));
    await agent.write("a.yaml", redirect("a", ["tap0", "tap1"], { priority: 100 }));
    await agent.write("b.yaml", redirect("b", ["tap2", "tap3"], { howUrgent: "High" }));
    await agent.settled("b", (state) => winners(state) === "b");
    for (const pair of [["tap0", "tap1"], ["tap2", "tap3"]] as const) {
      await bridgeWire(lab.ovs, pair);
    }
    const [at2, a, b] = [lab.at(p2), lab.atDevice("tap0"), lab.atDevice("tap2")];
    const through = (seen: typeof a) =>
      expectFlow({ from: p1, to: p2 }, [[at2, 1], [a, seen === a ? 1 : 0], [
        b,
        seen === b ? 1 : 0,
      ]]);
    await through(b);

    await t.step("it changes", async () => {
      await Deno.writeTextFile(join(folder, "urgency.ts"), urgency(200));
      await agent.reload();
      const { trafficControls } = await agent.settled("a", (state) => winners(state) === "a");
      assert.deepEqual(trafficControls[1]?.conditions.map(({ message }) => message), [
        'TrafficControl "a" with priority 100 redirects Pod "default/p1"; this one has priority 200',
      ]);
      await through(a);
    });
    await t.step("it is refused, and what was loaded goes on", async () => {
      await Deno.writeTextFile(join(folder, "urgency.ts"), urgency(2000));
      await agent.reload();
      const state = await agent.state();
      assert.deepEqual(state.plugins.map(({ state, problems }) => [state, problems[0]]), [
        ["kept", 'effect: priority must be a whole number from 0 to 1000: is 2000 (for "High")'],
      ]);
      assert.equal(winners(state), "a");
    });
    await t.step(
      "it throws for one value: the last good state of that object goes on",
      async () => {
        await agent.write("a.yaml", redirect("a", ["tap0", "tap1"], { howUrgent: "Broken" }));
        const { trafficControls } = await agent.settled(
          "a condition",
          ({ trafficControls: [a] }) => a?.conditions[0]?.reason === "PluginFailed",
        );
        assert.match(
          trafficControls[0]!.conditions[0]!.message,
          /urgency\.ts": effect throws RangeError: no such urgency/,
        );
        await through(a);
      },
    );
  } finally {
    await lab[Symbol.asyncDispose]();
    await Deno.remove(folder, { recursive: true });
  }
});
