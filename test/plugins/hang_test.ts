/** What a plugin file's functions may do at worst: it is named, its TrafficControls have PluginFailed, and all else goes on. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { LIMITS } from "../../core/base/limits.ts";
import { app, internal, podObject, trafficControl } from "../lab/agent.ts";
import { eventually } from "../lab/ovs.ts";
import { PLUGINS } from "../lab/paths.ts";
import { control, mirrorTo, PluginLab } from "./plugin_lab.ts";
import { FAULTS, WIRE } from "./wire_faults.ts";

/** The functions that can fail, and a TrafficControl for which each is called with the value `bad`. */
const OTHERS = {
  "action.ts": `export default (api) => api.defineAction({
    name: "Odd", docs: "Copies packets.", targetPort: "required", returnPort: "forbidden",
    treat: ({ target }) => { if (target === "bad") for (;;); return { copies: [{ to: [target] }] }; },
  });`,
  "option.ts": `export default (api) => api.defineOption({
    field: "odd", docs: "Names a case.",
    schema: api.Type.String({ pattern: "^[a-z]+$", description: "A word." }), example: "good",
    check: (value) => { if (value === "bad") for (;;); return []; },
    effect: (value) => { if (value === "worse") for (;;); return { priority: 1 }; },
  });`,
} as const;

const spec = (more: object) => ({
  appliedTo: app("web"),
  direction: "Both",
  action: "Mirror",
  targetPort: internal("ids0"),
  ...more,
});

/** Milliseconds. Each of the agent's calls may take as long as the limit says. */
const TIMEOUT = LIMITS.pluginCall * 10;

async function failed(lab: PluginLab["lab"], name: string): Promise<string> {
  const found = await eventually(`the condition of ${name}`, async () => {
    const text = (await lab.agent.get("/api/v1/state")).text;
    const tc = text === "" ? undefined : control(JSON.parse(text), name);
    return tc?.conditions.find(({ reason }) => reason === "PluginFailed");
  }, TIMEOUT).catch((error) => {
    throw new Error(`${error.message}\n${lab.agent.log.slice(-20).join("\n")}`);
  });
  return found.message;
}

Deno.test("a target with one value that its function cannot bear: the agent names it, and goes on", async (t) => {
  await using plugins = await PluginLab.start({ "wire.ts": WIRE, ...OTHERS });
  const { lab } = plugins;
  const [p1] = lab.pods;
  await lab.agent.write("pods.yaml", podObject(p1!, { app: "web" }));
  await lab.agent.write("good.yaml", mirrorTo("good", "w0"), trafficControl("builtin", spec({})));
  await lab.agent.realized("good", "builtin");
  for (const [index, name] of Object.keys(FAULTS).entries()) {
    await t.step(name, async () => {
      if (index % (LIMITS.pluginFailures - 1) === 0) await lab.agent.reload(); // forgets earlier faults
      await lab.agent.write("bad.yaml", mirrorTo("bad", name));
      const message = await failed(lab, "bad");
      assert.match(
        message,
        new RegExp(`^/spec: Cannot use plugin "${plugins.folder}/wire.ts": port[: ]`),
      );
      // The same plugin works with other values, at once.
      await lab.agent.write("good2.yaml", mirrorTo("good2", `w${name.length}`));
      const state = await lab.agent.settled(
        "the others",
        (state) => control(state, "good2")?.realized === true,
      );
      for (const other of ["good", "builtin"]) assert.ok(control(state, other)?.realized, other);
      await lab.agent.delete("good2.yaml");
      await lab.agent.delete("bad.yaml");
      await lab.agent.settled("bad is gone", (state) => control(state, "bad") === undefined);
    });
  }
  await lab.agent.reload();
  await t.step("an action, an option's check, and its effect", async () => {
    const wire = (name: string) => ({ targetPort: { wire: { name } } });
    const cases = {
      treat: ["action.ts", spec({ action: "Odd", ...wire("bad") })],
      check: ["option.ts", spec({ odd: "bad" })],
      effect: ["option.ts", spec({ odd: "worse" })],
    } as const;
    for (const [method, [file, bad]] of Object.entries(cases)) { // each is another fault of the same control
      await lab.agent.write("bad.yaml", trafficControl("bad", bad));
      await eventually(
        method,
        async () =>
          (await failed(lab, "bad")) ===
            `/spec: Cannot use plugin "${plugins.folder}/${file}": ${method} does not return within 2 s`,
        TIMEOUT,
      );
    }
    await lab.agent.delete("bad.yaml");
    await lab.agent.realized("good", "builtin");
  });
  await t.step(
    "a timer that never ends makes the next call fail, and the one after that work",
    async () => {
      await lab.agent.write("bad.yaml", mirrorTo("bad", "later"));
      await lab.agent.settled("later", (state) => control(state, "bad") !== undefined);
      await lab.agent.write("bad.yaml", mirrorTo("bad", "w7"));
      await lab.agent.settled("w7", (state) => control(state, "bad") !== undefined);
      await lab.agent.write("good3.yaml", mirrorTo("good3", "w8"));
      await lab.agent.settled("w8", (state) => control(state, "good3")?.realized === true);
    },
  );
});

Deno.test("a resolver that does not return for one Pod: that Pod has ResolverFailed, and others are found", async () => {
  await using plugins = await PluginLab.start({
    "resolver.ts": `export default (api) => api.defineResolver({
      name: "odd", docs: "Finds ports.",
      resolve: ({ name, annotations }, ports) => {
        if (annotations.bad === "asks") for (;;) ports.named("p1");
        if (annotations.bad) for (;;);
        const port = ports.named(annotations.at ?? "");
        return port ? [{ port: port.name, macs: [annotations.mac], ips: [], match: "mac" }] : [];
      },
    });`,
  });
  const { lab } = plugins;
  const [p1, p2] = lab.pods;
  const pod = (name: string, of: typeof p1, annotations: Record<string, string>) => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      namespace: "default",
      labels: { app: "web" },
      annotations: { at: of!.name, mac: of!.mac, ...annotations },
    },
  });
  await lab.agent.write(
    "good.yaml",
    trafficControl("good", spec({})),
    pod("a", p1, {}),
    pod("b", p2, {}),
  );
  await lab.agent.realized("good");
  for (const bad of ["loops", "asks"]) {
    await lab.agent.write("pod.yaml", pod("c", p2, { bad }));
    const state = await eventually(bad, async () => {
      const text = (await lab.agent.get("/api/v1/state")).text;
      if (text === "") return undefined;
      const state: Awaited<ReturnType<typeof lab.agent.state>> = JSON.parse(text);
      return state.pods.some(({ name, conditions }) =>
          name === "c" &&
          conditions.some(({ message }) => /resolve does not return within 2 s/.test(message))
        )
        ? state
        : undefined;
    }, TIMEOUT);
    assert.deepEqual(
      state.pods.filter(({ ports }) => ports.length > 0).map(({ name }) => name),
      ["a", "b"],
    );
  }
});

Deno.test("a pipeline that does not return for one Pod: its flows are left out, and others are there", async () => {
  await using plugins = await PluginLab.start({
    "_mirror_only.ts": await Deno.readTextFile(join(PLUGINS, "mirror_only.ts")),
    "odd.ts": `import make from "./_mirror_only.ts";
      export default (api) => {
        const type = make({ ...api, definePipeline: (pipeline) => pipeline });
        const create = (options) => {
          const pipeline = type.create(options);
          const podPort = (pod) => { if (pod.name === "p2") for (;;); return pipeline.podPort(pod); };
          return { ...pipeline, podPort };
        };
        return api.definePipeline({ ...type, name: "odd", fits: () => true, create });
      };`,
  });
  const { lab } = plugins;
  const [p1, p2] = lab.pods;
  await lab.agent.write("pods.yaml", podObject(p1!, { app: "web" }), podObject(p2!, { app: "db" }));
  await lab.agent.write(
    "tc.yaml",
    trafficControl("good", spec({})),
    trafficControl("bad", spec({ appliedTo: app("db"), targetPort: internal("ids1") })),
  );
  await eventually("its condition", async () => {
    const text = (await lab.agent.get("/api/v1/state")).text;
    const state = text === "" ? undefined : JSON.parse(text);
    const [condition] = state && control(state, "bad")?.conditions || [];
    return condition?.reason === "FlowsLeftOut" &&
      /odd\.ts": podPort does not return within 2 s/.test(condition.message) &&
      control(state, "good")?.realized;
  }, TIMEOUT);
});
