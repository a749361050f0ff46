/** Targets of plugin files that nothing comes back through: no end of a pair, whether or not their author says so. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { stringify } from "yaml";
import { app, internal, podObject, sluice, trafficControl } from "../lab/agent.ts";
import { Lab } from "../lab/lab.ts";
import type { TestPod } from "../lab/pod.ts";
import { expectFlow } from "../lab/traffic.ts";
import { collector } from "../lab/tunnel.ts";
import { FAR, SPANS } from "./spans.ts";

async function pluginFolder(): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "slplugin" });
  for (const [name, text] of Object.entries(SPANS)) {
    await Deno.writeTextFile(join(folder, name), text);
  }
  return folder;
}

type Spec = Readonly<Record<string, unknown>>;
const common = { appliedTo: app("web"), direction: "Both" };
const redirect = (targetPort: Spec, returnPort: Spec) =>
  trafficControl("r", { ...common, action: "Redirect", targetPort, returnPort });
const mirror = (targetPort: Spec) =>
  trafficControl("m", { ...common, action: "Mirror", targetPort });

/** The redirect, and the place that is refused. */
const REFUSED: readonly (readonly [object, string])[] = ["span", "saidSpan"].flatMap((kind) => {
  const port = { [kind]: { session: 1 } };
  return [
    [redirect(port, internal("tap0")), `/spec/targetPort/${kind}`],
    [redirect(internal("tap0"), port), `/spec/returnPort/${kind}`],
  ] as const;
});
const SAID = "cannot be used by action Redirect";

Deno.test("a one-way plugin target is refused for Redirect by validate and the CRD's rules", async (t) => {
  const folder = await pluginFolder();
  for (const [object, path] of REFUSED) {
    await t.step(path, async () => {
      await Deno.writeTextFile(join(folder, "tc.yaml"), stringify(object));
      const file = ["-f", join(folder, "tc.yaml")];
      const { code, stdout } = await sluice(undefined, "validate", ...file, "--plugins", folder);
      assert.equal(code, 1);
      assert.match(stdout, new RegExp(`^.*tc\\.yaml:\\d+: ${path}: ${SAID}$`, "m"));
    });
  }
  await t.step("a mirror may have both", async () => {
    const objects = ["span", "saidSpan"].map((kind) => mirror({ [kind]: { session: 1 } }));
    await Deno.writeTextFile(join(folder, "tc.yaml"), stringify(objects[0]));
    await Deno.writeTextFile(
      join(folder, "other.yaml"),
      stringify({ ...objects[1], metadata: { name: "other" } }),
    ); // deno-fmt-ignore
    const ran = await sluice(undefined, "validate", "-f", folder, "--plugins", folder);
    assert.equal(ran.code, 0, ran.stdout);
  });
  await t.step("the CRD has a rule for the one that says it", async () => {
    const { stdout } = await sluice(undefined, "crd", "--plugins", folder);
    assert.ok(stdout.includes(`message: targetPort.saidSpan ${SAID}`));
    assert.ok(!stdout.includes(`targetPort.span ${SAID}`), "the type may depend on the spec");
  });
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a one-way plugin target is refused for Redirect by the agent, and gets a mirror's copies", async (t) => {
  const folder = await pluginFolder();
  await using lab = await Lab.start(2, { args: ["--plugins", folder] });
  const { agent } = lab;
  const [p1, p2] = lab.pods as [TestPod, TestPod];
  await agent.write("pods.yaml", podObject(p1, { app: "web" }), podObject(p2, {}));
  const at2 = lab.at(p2);
  for (const [object, path] of REFUSED) {
    await t.step(path, async () => {
      await agent.write("tc.yaml", object);
      const state = await agent.settled(
        path,
        ({ trafficControls: [r] }) => r?.conditions[0]?.message.startsWith(path) === true,
      );
      const [r] = state.trafficControls;
      assert.deepEqual([r!.realized, r!.conditions[0]!.reason], [false, "Invalid"]);
      assert.equal(r!.conditions[0]!.message, `${path}: ${SAID}`);
      assert.deepEqual([state.flows, state.ports], [0, []]);
    });
  }
  await expectFlow({ from: p1, to: p2 }, [[at2, 1]]);
  await t.step("a mirror", async () => {
    await agent.delete("tc.yaml");
    const at = lab.atPlace("collector", await collector(lab.ovs, [FAR]));
    await agent.write("m.yaml", mirror({ span: { session: 1 } }));
    await agent.realized("m");
    await expectFlow({ from: p1, to: p2 }, [[at2, 1], [at, 1]]);
  });
  await Deno.remove(folder, { recursive: true });
});
