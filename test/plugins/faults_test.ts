/** Plugin files in the running agent: what they spoil, and what they do not. */
import assert from "node:assert/strict";
import { app, podObject, trafficControl } from "../lab/agent.ts";
import { eventually } from "../lab/ovs.ts";
import { expectFlow } from "../lab/traffic.ts";
import { control, mirrorTo, PluginLab, prefixIs, WIRE } from "./plugin_lab.ts";

Deno.test("what a plugin does wrongly while running is its own fault: a condition, and the rest goes on", async (t) => {
  await using plugins = await PluginLab.start({ "wire.ts": WIRE, "lib/prefix.ts": prefixIs("a") });
  const { lab } = plugins;
  const [p1, p2] = lab.pods as [typeof lab.pods[0], typeof lab.pods[0]];
  await lab.agent.write("pods.yaml", podObject(p1!, { app: "web" }), podObject(p2!, {}));
  await lab.agent.write("good.yaml", mirrorTo("good", "w"));
  await lab.agent.realized("good");

  for (
    const [name, message] of [["fails", /port throws RangeError: no such wire$/], [
      "odd",
      /port returns a port of which \/type must be string: is 7$/,
    ]] as const
  ) { // deno-fmt-ignore
    await t.step(name, async () => {
      await lab.agent.write("bad.yaml", mirrorTo("bad", name));
      const state = await lab.agent.settled(name, (state) => control(state, "bad")?.conditions[0]?.message.match(message) !== null && control(state, "bad") !== undefined); // deno-fmt-ignore
      const [condition] = control(state, "bad")!.conditions;
      assert.equal(condition!.reason, "PluginFailed");
      assert.match(condition!.message, new RegExp(`Cannot use plugin "${plugins.folder}/wire.ts": `));
      assert.ok(control(state, "good")!.realized);
    });
  }
  await t.step("a last good state goes on", async () => {
    await lab.agent.write("bad.yaml", mirrorTo("bad", "v"));
    await lab.agent.realized("bad", "good");
    await lab.agent.write("bad.yaml", mirrorTo("bad", "fails"));
    await lab.agent.settled("fails", (state) => control(state, "bad")?.realized === false);
    const [tap, at2] = [lab.atDevice("av"), lab.at(p2!)];
    await expectFlow({ from: p1!, to: p2! }, [[tap, 1], [at2, 1]]);
  });
  await t.step("a better version heals it", async () => {
    await plugins.change({ "wire.ts": WIRE.replace('name === "fails"', "false") });
    await lab.agent.realized("bad", "good");
    await plugins.change({ "wire.ts": WIRE });
  });
  await t.step("what it leaves to fail later stops nobody", async () => {
    for (const [name, error] of [["late", "much later"], ["later", "still later"]] as const) {
      await lab.agent.write("bad.yaml", mirrorTo("bad", name));
      await eventually(error, () =>
        Promise.resolve(
          lab.agent.log.some((line) => line.includes("Plugin failed") && line.includes(error)),
        ));
    }
    await lab.agent.realized("bad", "good");
  });
});

const CHECKED = `
export default (api) => api.defineTarget({
  kind: "checked",
  docs: "Delivers packets to an internal port.",
  lifetime: "named",
  schema: api.Type.Object({
    name: api.Type.String({ pattern: "^[a-z0-9]{1,15}$", description: "Name." }),
  }),
  example: { name: "c0" },
  check({ name }) {
    if (name === "throws") throw new Error("cannot judge");
    return name === "strange" ? "no list" : [];
  },
  port: ({ name }) => ({ name, type: "internal", options: {}, identity: name }),
});`;
const COPY = `
export default (api) => api.defineAction({
  name: "Copy",
  docs: "Copies packets.",
  targetPort: "required",
  returnPort: "forbidden",
  treat({ target }) {
    if (target === "boom") throw new Error("not this port");
    return { copies: [{ to: [target === "other" ? "nobody" : target] }] };
  },
});`;

/** The action, the name of the port, and what is said of the plugin; nothing where all is well. */
const FAULTS: readonly (readonly [string, string, RegExp?])[] = [
  ["Mirror", "throws", /checked\.ts": check throws Error: cannot judge/],
  ["Mirror", "strange", /checked\.ts": check must return a list of \{ path, message \}/],
  ["Copy", "boom", /copy\.ts": treat throws Error: not this port/],
  ["Copy", "other", /copy\.ts": treat returns .*nobody/],
  ["Copy", "c1"],
];

Deno.test("a target's check and an action that fail while running are blamed by name, and heal", async (t) => {
  await using plugins = await PluginLab.start({ "checked.ts": CHECKED, "copy.ts": COPY });
  const { lab } = plugins;
  const [p1, p2] = lab.pods as [typeof lab.pods[0], typeof lab.pods[0]];
  await lab.agent.write("pods.yaml", podObject(p1!, { app: "web" }), podObject(p2!, {}));
  const copy = (name: string, action: string, port: string) =>
    trafficControl(name, {
      appliedTo: app("web"),
      direction: "Both",
      action,
      targetPort: { checked: { name: port } },
    });
  await lab.agent.write("good.yaml", copy("good", "Copy", "c0"));
  await lab.agent.realized("good");
  for (const [action, port, message] of FAULTS) {
    await t.step(`${action} ${port}`, async () => {
      await lab.agent.write("tc.yaml", copy("tc", action, port));
      const state = await lab.agent.settled("its state", (state) => {
        const tc = control(state, "tc");
        const [condition] = tc?.conditions ?? [];
        if (!message) return tc?.realized === true;
        return condition?.reason === "PluginFailed" && message.test(condition.message);
      });
      assert.equal(control(state, "good")?.realized, true);
    });
  }
  const taps = ["c0", "c1"].map((name) => lab.atDevice(name));
  await expectFlow({ from: p1!, to: p2! }, [...taps.map((tap) => [tap, 1] as const), [
    lab.at(p2!),
    1,
  ]]);
});
