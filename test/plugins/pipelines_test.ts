/** A pipeline from a plugin file: chosen by the bridge or by name, on real packets, changed by SIGHUP. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { stringify } from "yaml";
import type { ControlState, State } from "../../core/report/state.ts";
import { app, internal, podObject, sluice, trafficControl } from "../lab/agent.ts";
import { flowAges, Lab } from "../lab/lab.ts";
import { eventually } from "../lab/ovs.ts";
import { PLUGINS } from "../lab/paths.ts";
import type { TestPod } from "../lab/pod.ts";
import { expectFlow } from "../lab/traffic.ts";
import { target } from "./folder.ts";

const EXAMPLE = join(PLUGINS, "mirror_only.ts");
const SIGN = "test-owner";

/** The worked example, for bridges that carry a sign. @param change What is different in it. */
async function mirrorOnly(change = (text: string) => text): Promise<string> {
  const text = await Deno.readTextFile(EXAMPLE);
  const fits = `    fits: ({ external_ids }) => external_ids["${SIGN}"] === "yes",\n`;
  const fitting = text.replace(/ +\/\/ fits: .*\n/, fits);
  assert.notEqual(fitting, text);
  return change(fitting);
}

async function folderOf(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "slpipe" });
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(join(folder, name), text);
  }
  return folder;
}

const MIRROR = trafficControl("m", {
  appliedTo: app("web"),
  direction: "Both",
  action: "Mirror",
  targetPort: internal("tap0"),
});
const REDIRECT = trafficControl("r", {
  appliedTo: app("web"),
  direction: "Both",
  action: "Redirect",
  targetPort: internal("in0"),
  returnPort: internal("out0"),
});
const REFUSAL = {
  reason: "UnsupportedTreatment",
  message: 'Pipeline "mirror-only" cannot do redirects',
  cure: "choose another pipeline with --pipeline, or another treatment",
};

const control = ({ trafficControls }: State, name: string): ControlState | undefined =>
  trafficControls.find((each) => each.name === name);
const reasonOf = (state: State, name: string) => control(state, name)?.conditions[0]?.reason;
/** Numbers of the tables that Sluice's flows are in. */
async function tablesOf({ ovs }: Lab): Promise<string> {
  const tables = [...(await flowAges(ovs)).keys()].map((flow) => /table=(\d+)/.exec(flow)?.[1]);
  return [...new Set(tables)].sort().join();
}
const OWN_TABLES = "0,200,201,202,203,204";

async function writePods({ agent, pods }: Lab): Promise<[TestPod, TestPod, TestPod]> {
  const [p1, p2, p3] = pods as [TestPod, TestPod, TestPod];
  await agent.write(
    "pods.yaml",
    podObject(p1, { app: "web" }),
    podObject(p2, { app: "web" }),
    podObject(p3, {}),
  );
  return [p1, p2, p3];
}

/** Both directions have one copy each, two selected Pods have one as well, and all packets come to their end. */
async function expectMirrored(lab: Lab, [p1, p2, p3]: readonly [TestPod, TestPod, TestPod]) {
  const [at1, at2, at3, tap] = [lab.at(p1), lab.at(p2), lab.at(p3), lab.atDevice("tap0")];
  for (const version of [4, 6] as const) {
    await expectFlow({ from: p1, to: p3, version }, [[at3, 1], [tap, 1]]);
    await expectFlow({ from: p3, to: p1, version }, [[at1, 1], [tap, 1]]);
    await expectFlow({ from: p1, to: p2, version }, [[at2, 1], [tap, 1]]);
  }
}

Deno.test("a bridge gets the pipeline of a plugin file that fits it, and the built-in one again", async (t) => {
  const folder = await folderOf({ "mirror_only.ts": await mirrorOnly() });
  const lab = await Lab.start(3, { args: ["--plugins", folder] });
  try {
    const { agent, ovs } = lab;
    const pods = await writePods(lab);
    await agent.write("m.yaml", MIRROR);
    await agent.write("r.yaml", REDIRECT);
    await agent.realized("m", "r");

    await t.step("it fits: a mirror goes on, a redirect says what cannot be done", async () => {
      await ovs.vsctl("br-set-external-id", "br0", SIGN, "yes");
      const state = await agent.settled("refused", (state) => reasonOf(state, "r") !== undefined);
      assert.deepEqual(control(state, "r")?.conditions, [REFUSAL]);
      assert.equal(control(state, "r")?.realized, false);
      assert.equal(control(state, "m")?.realized, true);
      assert.equal(await tablesOf(lab), OWN_TABLES);
      await eventually(
        "nothing of the redirect is left",
        async () => !/in0|out0/.test(await ovs.vsctl("list-ports", "br0")),
      );
      await expectMirrored(lab, pods);
      const status = await sluice(ovs, "status");
      assert.match(
        status.stdout,
        /Pipeline "mirror-only" cannot do redirects: choose another pipeline/,
      );
    });
    await t.step("nothing comes in by the target", async () => {
      const at3 = lab.at(pods[2]);
      const tap = { netns: ovs.netns, device: "tap0", mac: pods[0].mac };
      await expectFlow({ from: { ...pods[0], ...tap }, to: pods[2] }, [[at3, 0]]);
    });
    await t.step("it changes by SIGHUP", async () => {
      const moved = await mirrorOnly((text) => text.replaceAll(/6500(?=[01])/g, "6510"));
      await Deno.writeTextFile(join(folder, "mirror_only.ts"), moved);
      await agent.reload();
      await eventually(
        "the other priority",
        async () => [...(await flowAges(ovs)).keys()].some((flow) => /priority=65100/.test(flow)),
      );
      const flows = [...(await flowAges(ovs)).keys()];
      assert.deepEqual(flows.filter((flow) => /priority=6500[01],/.test(flow)), []);
      await expectMirrored(lab, pods);
    });
    await t.step("the same again leaves every flow as it is", async () => {
      await agent.settled("quiet", (state) => control(state, "m")!.realized);
      const before = [...(await flowAges(ovs))].map(([flow, { packets }]) => [flow, packets]);
      await agent.reload();
      await agent.settled("quiet", (state) => control(state, "m")!.realized);
      const after = await flowAges(ovs);
      assert.deepEqual([...after.keys()].sort(), before.map(([flow]) => flow).sort());
      for (const [flow, packets] of before) {
        assert.ok(after.get(flow as string)!.packets >= Number(packets), `${flow}`);
      }
    });
    await t.step("it is refused, and what was loaded goes on", async () => {
      const silent = await mirrorOnly((text) => text.replace('"output"', '"note"'));
      await Deno.writeTextFile(join(folder, "mirror_only.ts"), silent);
      await agent.reload();
      const { plugins } = await agent.state();
      assert.deepEqual(plugins.map(({ name, state }) => [name, state]), [["mirror-only", "kept"]]);
      assert.match(plugins[0]!.problems[0]!, /^packets: a copy, egress: an IPv4 packet/);
      await expectMirrored(lab, pods);
    });
    await t.step("the sign goes: the redirect is done", async () => {
      await ovs.vsctl("br-set-external-id", "br0", SIGN);
      await agent.settled("realized", (state) => control(state, "r")!.realized);
      assert.match(await tablesOf(lab), /^0,200,.*,213$/);
      const pair = lab.atDevice("in0");
      await expectFlow({ from: pods[0], to: pods[2] }, [[pair, 1], [lab.at(pods[2]), 0]]);
    });
    await t.step("it goes with its file", async () => {
      await ovs.vsctl("br-set-external-id", "br0", SIGN, "yes");
      await agent.settled("refused", (state) => reasonOf(state, "r") === REFUSAL.reason);
      await Deno.remove(join(folder, "mirror_only.ts"));
      await agent.reload();
      await agent.settled("realized", (state) => control(state, "r")!.realized);
    });
  } finally {
    await lab[Symbol.asyncDispose]();
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("--pipeline names one, for agent, plan and doctor; one that is not there is said", async (t) => {
  const folder = await folderOf({ "mirror_only.ts": await Deno.readTextFile(EXAMPLE) });
  const named = ["--plugins", folder, "--pipeline", "mirror-only"];
  const at = ({ ovs }: Lab) => ["--bridge", "br0", "--ovsdb", ovs.db];
  const lab = await Lab.start(3, { args: named });
  try {
    const { agent, ovs } = lab;
    const pods = await writePods(lab);
    await agent.write("m.yaml", MIRROR);
    await agent.realized("m");
    assert.equal(await tablesOf(lab), OWN_TABLES);
    await expectMirrored(lab, pods);

    await t.step("plan", async () => {
      const manifests = await folderOf({
        "all.yaml": [podObject(pods[0], { app: "web" }), MIRROR, REDIRECT].map((object) =>
          stringify(object)
        ).join("---\n"),
      });
      const planned = await sluice(ovs, "plan", "-f", manifests, ...at(lab), ...named);
      assert.match(
        planned.stdout,
        /^! r: UnsupportedTreatment: Pipeline "mirror-only" cannot do redirects/m,
      );
      const builtIn = await sluice(ovs, "plan", "-f", manifests, ...at(lab), "--plugins", folder);
      assert.doesNotMatch(builtIn.stdout, /UnsupportedTreatment/); // the example fits no bridge by itself
      assert.match(builtIn.stdout, /^\+ flow .*table=208/m);
      await Deno.remove(manifests, { recursive: true });
    });
    await t.step("doctor", async () => {
      const found = await sluice(ovs, "doctor", ...at(lab), ...named);
      assert.match(found.stdout, /owners +No owner's marks are seen: pipeline mirror-only/);
      assert.match(found.stdout, /Tables 200 to 204 are free/);
    });
    await t.step("a name that is not there", async () => {
      const wrong = ["--plugins", folder, "--pipeline", "mine"];
      const said = /^sluice: Cannot use pipeline "mine": not one of interpose, ovn, mirror-only$/m;
      for (const command of [["agent", "--manifests", folder], ["doctor"]]) {
        const { code, stderr } = await sluice(ovs, ...command, ...at(lab), ...wrong);
        assert.equal(code, 1, stderr);
        assert.match(stderr, said);
      }
    });
    await t.step("SIGHUP without its file keeps it, and loads everything else", async () => {
      await Deno.remove(join(folder, "mirror_only.ts"));
      for (const kind of ["wire", "fibre"]) { // also when it was gone before
        await Deno.writeTextFile(join(folder, `${kind}.ts`), target(kind));
        await agent.reload();
        const { plugins } = await agent.settled("quiet", (state) => control(state, "m")!.realized);
        assert.ok(plugins.some(({ name, state }) => name === kind && state === "loaded"));
        assert.equal(await tablesOf(lab), OWN_TABLES);
        await expectMirrored(lab, pods);
      }
      const said = agent.log.filter((line) => line.includes("Pipeline not found"));
      assert.equal(said.length, 2, agent.log.join("\n"));
    });
  } finally {
    await lab[Symbol.asyncDispose]();
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a pipeline that fails on this bridge alone: the next that fits is taken, and its file is said", async () => {
  const failing = await mirrorOnly((text) =>
    text.replace(/fits: .*/, "fits: () => true,").replace(
      "cannot: limits,",
      'cannot: tableBase === 77 ? (() => { throw new Error("not here"); })() : limits,',
    )
  );
  assert.match(failing, /not here/);
  const folder = await folderOf({ "mirror_only.ts": failing });
  const args = ["--plugins", folder, "--table-base", "77"];
  const lab = await Lab.start(3, { args });
  try {
    const { agent, ovs } = lab;
    await writePods(lab);
    await agent.write("r.yaml", REDIRECT);
    await agent.realized("r");
    const said = agent.log.filter((line) => line.includes("Pipeline failed"));
    assert.equal(said.length, 1, agent.log.join("\n"));
    assert.match(said[0]!, /mirror_only\.ts.*create throws Error: not here/);
    const named = ["--bridge", "br0", "--ovsdb", ovs.db, "--pipeline", "mirror-only"];
    const again = await sluice(ovs, "agent", "--manifests", folder, ...named, ...args);
    assert.equal(again.code, 1);
    assert.match(
      again.stderr,
      /^sluice: Cannot use plugin ".*only\.ts": create throws .*not here$/m,
    );
  } finally {
    await lab[Symbol.asyncDispose]();
    await Deno.remove(folder, { recursive: true });
  }
});
