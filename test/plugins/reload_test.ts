/** Plugin files in the running agent: what they do, and what changes on SIGHUP. */
import assert from "node:assert/strict";
import { podObject, sluice } from "../lab/agent.ts";
import { flowAges } from "../lab/lab.ts";
import { eventually } from "../lab/ovs.ts";
import { expectFlow } from "../lab/traffic.ts";
import { control, mirrorTo, PluginLab, pluginStates, prefixIs, WIRE } from "./plugin_lab.ts";

Deno.test("a plugin's target gets packets; SIGHUP takes changes up, also of what it imports; a refused change keeps what was", async (t) => {
  await using plugins = await PluginLab.start({
    "wire.ts": WIRE,
    "lib/prefix.ts": prefixIs("a"),
    "broken.ts": "let x = ;",
  });
  const { lab } = plugins;
  const [p1, p2] = lab.pods as [typeof lab.pods[0], typeof lab.pods[0]];
  await lab.agent.write("pods.yaml", podObject(p1!, { app: "web" }), podObject(p2!, {}));
  await lab.agent.write("tc.yaml", mirrorTo("m", "w"));
  await lab.agent.realized("m");
  const at2 = lab.at(p2!);
  await expectFlow({ from: p1!, to: p2! }, [[lab.atDevice("aw"), 1], [at2, 1]]);

  await t.step("the refused file is named in status and /readyz, which is ready", async () => {
    assert.deepEqual(pluginStates(await lab.agent.state()), [
      "broken.ts refused",
      "wire.ts loaded",
    ]);
    const text = await eventually("ready", async () => { // it is not while a round is under way
      const { status, text } = await lab.agent.get("/readyz");
      return status === 200 && text;
    });
    assert.match(text, /^ok\nplugin .*broken\.ts is refused: cannot be imported: SyntaxError/);
    const shown = await sluice(lab.ovs, "status");
    assert.match(shown.stdout, /^target +wire +1\.0\.0 +loaded +\/.*wire\.ts$/m);
    assert.match(shown.stdout, /^ {2}problem: .*broken\.ts: cannot be imported/m);
  });

  await t.step("a change of an imported file is another port", async () => {
    await plugins.change({ "lib/prefix.ts": prefixIs("b"), "broken.ts": undefined });
    await lab.agent.realized("m");
    const state = await lab.agent.settled(
      "port bw",
      ({ ports }) => ports.some(({ name }) => name === "bw"),
    ); // deno-fmt-ignore
    assert.deepEqual([control(state, "m")?.target, pluginStates(state)], ["bw", ["wire.ts loaded"]]);
    await expectFlow({ from: p1!, to: p2! }, [[lab.atDevice("bw"), 1], [at2, 1]]);
  });

  await t.step("loading all again loses no packet and touches no flow", async () => {
    const [tap, before] = [lab.atDevice("bw"), await flowAges(lab.ovs)];
    const flow = expectFlow({ from: p1!, to: p2!, count: 1000, rate: 1000 }, [[tap, 1], [at2, 1]]);
    for (let times = 0; times < 3; times++) await lab.agent.reload();
    await flow;
    const after = await flowAges(lab.ovs);
    assert.deepEqual([...after.keys()].sort(), [...before.keys()].sort());
    for (const [key, { duration }] of before) assert.ok(after.get(key)!.duration > duration, key);
  });

  await t.step("a change that is refused leaves all as it was, and is named", async () => {
    await plugins.change({ "wire.ts": `${WIRE} for (;;);`, "lib/prefix.ts": prefixIs("c") });
    const state = await lab.agent.realized("m");
    assert.deepEqual([control(state, "m")?.target, pluginStates(state)], ["bw", ["wire.ts kept"]]);
    assert.match(
      (await lab.agent.get("/readyz")).text,
      /is refused, an earlier version goes on: hangs/,
    );
    await lab.agent.write("tc2.yaml", mirrorTo("m2", "v")); // by the version that goes on
    assert.equal(control(await lab.agent.realized("m", "m2"), "m2")?.target, "bv");
    await lab.agent.delete("tc2.yaml");
    await lab.agent.realized("m");
  });

  await t.step("a file that is gone takes its kind with it, not the last good state", async () => {
    await plugins.change({ "wire.ts": undefined });
    const state = await lab.agent.settled(
      "refused",
      (state) => control(state, "m")?.realized === false,
    );
    assert.match(control(state, "m")!.conditions[0]!.message, /targetPort\/wire.*must be one of/);
    assert.equal(control(state, "m")!.conditions[0]!.reason, "Invalid");
    await expectFlow({ from: p1!, to: p2! }, [[lab.atDevice("bw"), 1], [at2, 1]]);
    await plugins.change({ "wire.ts": WIRE, "lib/prefix.ts": prefixIs("b") });
    await lab.agent.realized("m");
  });

  await t.step("SIGHUP with a folder that is gone: all goes on", async () => {
    await Deno.rename(plugins.folder, `${plugins.folder}.away`);
    await lab.agent.reload();
    assert.match(
      lab.agent.log.findLast((line) => /Plugins (not )?reloaded/.test(line))!,
      /Plugins not reloaded.*Cannot read plugin folder/,
    );
    await Deno.rename(`${plugins.folder}.away`, plugins.folder);
    await lab.agent.realized("m");
  });
});
