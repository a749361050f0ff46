/** Plugin files in the running agent: what they do, what they spoil, what changes on SIGHUP. */
import assert from "node:assert/strict";
import { join } from "node:path";
import type { State } from "../../core/report/state.ts";
import { app, podObject, sluice, trafficControl } from "../lab/agent.ts";
import { flowAges, Lab } from "../lab/lab.ts";
import { eventually } from "../lab/ovs.ts";
import { expectFlow } from "../lab/traffic.ts";

/** A target whose ports have a prefix, from a file that it imports. */
const WIRE = `
import { prefix } from "./lib/prefix.ts";
export const version = "1.0.0";
export default (api) => api.defineTarget({
  kind: "wire",
  docs: "Delivers packets to an internal port.",
  lifetime: "named",
  schema: api.Type.Object({
    name: api.Type.String({ pattern: "^[a-z0-9]{1,8}$", description: "Name." }),
  }),
  example: { name: "w0" },
  port({ name }) {
    if (name === "fails") throw new RangeError("no such wire");
    if (name === "late") setTimeout(() => { throw new Error("much later"); });
    if (name === "later") Promise.reject(new Error("still later"));
    return { name: prefix + name, type: name === "odd" ? 7 : "internal", options: {}, identity: name };
  },
});`;
const prefixIs = (prefix: string) => `export const prefix: string = "${prefix}";`;

class PluginLab implements AsyncDisposable {
  private constructor(readonly lab: Lab, readonly folder: string) {}

  static async start(files: Readonly<Record<string, string>>, count = 2): Promise<PluginLab> {
    const folder = await Deno.makeTempDir({ prefix: "slplugin" });
    await Deno.mkdir(join(folder, "lib"));
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(join(folder, name), text);
    }
    return new PluginLab(await Lab.start(count, { args: ["--plugins", folder] }), folder);
  }

  /** The files change, then SIGHUP. */
  async change(files: Readonly<Record<string, string | undefined>>): Promise<void> {
    for (const [name, text] of Object.entries(files)) {
      if (text === undefined) await Deno.remove(join(this.folder, name));
      else await Deno.writeTextFile(join(this.folder, name), text);
    }
    await this.lab.agent.reload();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.lab[Symbol.asyncDispose]();
    await Deno.remove(this.folder, { recursive: true });
  }
}

const mirrorTo = (name: string, wire: string) =>
  trafficControl(name, {
    appliedTo: app("web"),
    direction: "Both",
    action: "Mirror",
    targetPort: { wire: { name: wire } },
  });
const control = ({ trafficControls }: State, name: string) =>
  trafficControls.find((each) => each.name === name);
const pluginStates = ({ plugins }: State) =>
  plugins.map(({ file, state }) => `${file.split("/").at(-1)} ${state}`);

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

const RESOLVER = `
export default (api) => api.defineResolver({
  name: "by-uid",
  docs: "Finds ports that carry the Pod's UID.",
  resolve({ uid, ips, annotations }, ports) {
    if (annotations.fails) throw new Error("no Pod for me");
    if (annotations.odd) return [{ port: "x", macs: ["NO"], ips, match: "mac" }];
    return ports.withExternalID("my-uid", uid).map(({ name, external_ids }) => ({
      port: name,
      macs: external_ids["my-mac"] ? [external_ids["my-mac"]] : [],
      ips,
      match: "mac",
    }));
  },
});`;

Deno.test("a plugin's resolver finds Pods; one that it fails at is said, with the file", async () => {
  await using plugins = await PluginLab.start({});
  const { lab } = plugins;
  const [p1, p2] = lab.pods as [typeof lab.pods[0], typeof lab.pods[0]];
  await lab.ovs.vsctl(
    "set",
    "interface",
    p1!.name,
    "external_ids:my-uid=u1",
    `external_ids:my-mac="${p1!.mac}"`,
  ); // deno-fmt-ignore
  const pod = (name: string, annotations: Record<string, string> = {}) => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "default", uid: name, labels: { app: "web" }, annotations },
    status: { podIPs: [] },
  });
  await lab.agent.write(
    "pods.yaml",
    pod("u1"),
    pod("u2", { fails: "yes" }),
    pod("u3", { odd: "yes" }),
  ); // deno-fmt-ignore
  await lab.agent.write(
    "tc.yaml",
    trafficControl("m", { appliedTo: app("web"), direction: "Both", action: "Mirror", targetPort: { ovsInternal: { name: "tap0" } } }), // deno-fmt-ignore
  );
  const reasons = (state: State) => control(state, "m")?.conditions.map(({ reason }) => reason);
  await lab.agent.settled(
    "nobody finds them",
    (state) => reasons(state)?.join() === "NoPort,NoPort,NoPort",
  ); // deno-fmt-ignore
  await plugins.change({ "by_uid.ts": RESOLVER });
  const state = await lab.agent.settled(
    "found",
    (state) => reasons(state)?.join() === "ResolverFailed,ResolverFailed",
  ); // deno-fmt-ignore
  const messages = control(state, "m")!.conditions.map(({ message }) => message);
  assert.match(
    messages[0]!,
    /Resolver "by-uid": Cannot use plugin ".*by_uid\.ts": resolve throws Error: no Pod for me/,
  );
  assert.match(
    messages[1]!,
    /by_uid\.ts": resolve returns at \/0\/macs\/0 what does not fit: A MAC/,
  );
  await expectFlow({ from: p1!, to: p2! }, [[lab.atDevice("tap0"), 1], [lab.at(p2!), 1]]);
});

Deno.test("a resolver that nobody knows, and a plugin folder that is not there, are said at the start", async () => {
  const args = ["agent", "--manifests", "/nowhere", "--ovsdb", "unix:/nowhere"];
  args.push("--state-dir", "none");
  const resolver = await sluice(undefined, ...args, "--resolver", "mine");
  assert.equal(resolver.code, 1);
  assert.match(resolver.stderr, /Cannot use resolver "mine": not one of annotation, antrea, /);
  const config = await Deno.makeTempFile();
  await Deno.writeTextFile(config, "plugins: /nowhere\n");
  for (const way of [["--plugins", "/nowhere"], ["--config", config]]) {
    const folder = await sluice(undefined, ...args, ...way);
    assert.equal(folder.code, 1);
    assert.match(folder.stderr, /Cannot read plugin folder "\/nowhere": No such file/);
  }
  await Deno.remove(config);
});
