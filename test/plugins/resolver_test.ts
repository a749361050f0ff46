/** Resolvers from plugin files, in the running agent and at its start. */
import assert from "node:assert/strict";
import type { State } from "../../core/report/state.ts";
import { app, sluice, trafficControl } from "../lab/agent.ts";
import { expectFlow } from "../lab/traffic.ts";
import { control, PluginLab } from "./plugin_lab.ts";

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
    pod("u2", { fails: "it does" }),
    pod("u3", { odd: "it is" }),
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
