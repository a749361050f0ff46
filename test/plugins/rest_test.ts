/** A plugin that makes its process end again and again: that costs what it was called for, and only for a while. */
import assert from "node:assert/strict";
import { LIMITS } from "../../core/base/limits.ts";
import { app, internal, podObject, trafficControl } from "../lab/agent.ts";
import { eventually } from "../lab/ovs.ts";
import type { TestPod } from "../lab/pod.ts";
import { target } from "./folder.ts";
import { control, mirrorTo, PluginLab } from "./plugin_lab.ts";

/** Milliseconds. */
const TIMEOUT = LIMITS.pluginCall * 10;

/** Waits until the state, which may come late as calls hang, is as wanted. */
function seen<T>(lab: PluginLab["lab"], what: string, wanted: (state: State) => T | undefined) {
  return eventually(what, async () => {
    const { text } = await lab.agent.get("/api/v1/state");
    return text === "" ? undefined : wanted(JSON.parse(text));
  }, TIMEOUT);
}
type State = Awaited<ReturnType<PluginLab["lab"]["agent"]["state"]>>;

const mirrored = {
  appliedTo: app("web"),
  direction: "Both",
  action: "Mirror",
  targetPort: internal("ids0"),
};
const failure = (state: State, name: string) =>
  control(state, name)?.conditions.find(({ reason }) => reason === "PluginFailed")?.message;
const podMessages = ({ pods }: State, name: string) =>
  pods.find((each) => each.name === name)?.conditions.map(({ message }) => message).join() ?? "";

Deno.test("a target that fails again and again rests, no call waits for it meanwhile, and then it works again", async () => {
  await using plugins = await PluginLab.start({
    "wire.ts": target(
      "wire",
      `port: ({ name }) => {
      if (/^bad/.test(name)) for (;;);
      return { name, type: "internal", options: {}, identity: name };
    },`,
    ),
  });
  const { lab } = plugins;
  await lab.agent.write("pods.yaml", podObject(lab.pods[0]!, { app: "web" }));
  await lab.agent.write("good.yaml", mirrorTo("good", "w0"));
  await lab.agent.realized("good");
  for (let count = 1; count <= LIMITS.pluginFailures; count++) {
    await lab.agent.write(`bad${count}.yaml`, mirrorTo(`bad${count}`, `bad${count}`));
    const said = await seen(lab, `bad${count}`, (state) => failure(state, `bad${count}`));
    assert.match(said, /port does not return within 2 s$/);
  }
  const begin = performance.now();
  const more = Array.from({ length: 20 }, (_, n) => mirrorTo(`more${n}`, `w9${n}`));
  await lab.agent.write("more.yaml", ...more);
  const said = await seen(lab, "more19", (state) => failure(state, "more19"));
  assert.match(said, /is not called for 10 s, as 5 calls failed: port does not return within 2 s$/);
  assert.ok(performance.now() - begin < LIMITS.pluginCall * 3);
  assert.ok(control(await lab.agent.state(), "good")?.realized);
  await seen(lab, "more19 after the rest", (state) => control(state, "more19")?.realized);
});

Deno.test("a Pod whose data makes a resolver hang more often than five times costs that Pod alone, without SIGHUP", async () => {
  await using plugins = await PluginLab.start({
    "resolver.ts": `export default (api) => api.defineResolver({
      name: "odd", docs: "Finds ports.",
      resolve: ({ annotations }, ports) => {
        if (annotations.bad) for (;;);
        const port = ports.named(annotations.at ?? "");
        return port ? [{ port: port.name, macs: [annotations.mac], ips: [], match: "mac" }] : [];
      },
    });`,
  });
  const { lab } = plugins;
  const [p1, p2] = lab.pods as [TestPod, TestPod];
  const pod = (
    name: string,
    of: TestPod,
    { namespace = "default", ...more }: Record<string, string> = {},
  ) => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      namespace,
      labels: { app: "web" },
      annotations: { at: of.name, mac: of.mac, ...more },
    },
  });
  await lab.agent.write(
    "good.yaml",
    trafficControl("good", mirrored),
    pod("a", p1),
  );
  await lab.agent.realized("good");
  await lab.agent.write("evil.yaml", pod("evil", p2, { bad: "0", namespace: "tenant" }));
  await seen(
    lab,
    "the first",
    (state) => /does not return/.test(podMessages(state, "evil")) || undefined,
  );
  for (let count = 1; count < LIMITS.pluginFailures; count++) { // each change is another call
    const marker = `marker${count}`;
    await lab.agent.write(
      "evil.yaml",
      pod("evil", p2, { bad: `${count}`, namespace: "tenant" }),
      trafficControl(marker, { ...mirrored, appliedTo: app("none") }),
    );
    await seen(lab, marker, (state) => control(state, marker));
  }
  const begin = performance.now();
  await lab.agent.write("b.yaml", pod("b", p2));
  const state = await seen(
    lab,
    "b at its port",
    (state) =>
      state.pods.some(({ name, ports }) => name === "b" && ports.length > 0) ? state : undefined,
  );
  assert.ok(performance.now() - begin < LIMITS.pluginCall * 3);
  assert.match(
    podMessages(state, "evil"),
    /is not called for Pod "tenant\/evil" with annotations for/,
  );
  await lab.agent.write(
    "evil.yaml",
    pod("evil", p2, { namespace: "tenant", mac: "02:00:00:00:00:99" }),
  );
  await lab.agent.delete("b.yaml");
  await seen(
    lab,
    "evil at its port, after its rest",
    (state) =>
      state.pods.some(({ name, ports }) => name === "evil" && ports.length > 0) || undefined,
  );
});

Deno.test("SIGHUP ends the processes of the plugins that it replaces", async () => {
  await using plugins = await PluginLab.start({
    "wire.ts": target(
      "wire",
      'port: ({ name }) => ({ name, type: "internal", options: {}, identity: name }),',
    ),
  });
  const { agent } = plugins.lab;
  const running = async () => {
    const processes = await Array.fromAsync(Deno.readDir("/proc"), ({ name }) => name);
    const commands = await Promise.all(
      processes.filter((name) => /^\d+$/.test(name)).map((id) =>
        Deno.readTextFile(`/proc/${id}/cmdline`).catch(() => "")
      ),
    );
    return commands.filter((command) => command.includes(`${plugins.folder}/wire.ts`)).length;
  };
  await agent.settled("ready", () => true);
  assert.equal(await running(), 1);
  for (let times = 0; times < 3; times++) await agent.reload();
  await eventually("one process", async () => await running() === 1);
});
