/**
 * The Helm chart makes the same objects as `kubectl apply -k`, each of its values has an effect, and a real API server
 * accepts the objects.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { parse } from "yaml";
import { parseConfigFile } from "../../core/agent/config_file.ts";
import { VERSION } from "../../core/build.ts";
import type { Object } from "../binary/container.ts";
import { NAMESPACE, only, parseObjects } from "./deployed.ts";
import { DEPLOY } from "../lab/paths.ts";
import { CHART, helm, mustHelm, NO_HELM, template } from "./helm.ts";
import { apiServerTests, type KubeApiServer } from "./kube_apiserver.ts";
import { POD_MONITOR_CRD } from "./pod_monitor.ts";

const withServer = apiServerTests();
const helmTest = (name: string, test: (server: KubeApiServer) => Promise<void>) => {
  const definition = withServer(name, test);
  Deno.test({ ...definition, ignore: definition.ignore || NO_HELM });
};

/** The objects by name, without what only one side has: Helm's annotations, and the Namespace of kubectl's objects. */
function comparable(objects: readonly Object[]): Map<string, Object> {
  const found = objects.filter(({ kind }) => kind !== "Namespace").map((object) => {
    const { annotations: _, ...metadata } = object.metadata;
    const template = object.spec?.template;
    if (template) {
      delete template.metadata.annotations; // a checksum of the configuration
      template.spec.volumes.sort((a: Object, b: Object) => a.name < b.name ? -1 : 1);
    }
    const { namespace = "", name } = metadata;
    return [`${object.kind} ${namespace}/${name}`, { ...object, metadata }] as const;
  });
  return new Map(found.sort(([a], [b]) => a < b ? -1 : 1));
}

/** For each overlay, the values with which the chart makes the same objects. */
const OVERLAYS: readonly [string, object][] = [
  ["", {}],
  ["overlays/antrea", {
    ovsRunDir: "/var/run/antrea/openvswitch",
    crds: { trafficControls: false },
  }],
  ["overlays/ovs-cni", { bridge: "br1" }],
  ["overlays/monitoring", { podMonitor: { enabled: true }, networkPolicy: { enabled: true } }],
];

helmTest(
  "the chart's objects are those of the Kustomize base, and of each overlay",
  async (server) => {
    for (const [folder, values] of OVERLAYS) {
      const kustomized = parseObjects(await server.kubectl(["kustomize", join(DEPLOY, folder)]));
      assert.deepEqual(comparable(await template(values)), comparable(kustomized), folder);
    }
  },
);

/** Another value for each value of `values.yaml`. The chart's objects must then not have the default any more. */
const OTHERWISE: Readonly<Record<string, unknown>> = {
  "image.repository": "registry.example/net/sluice",
  "image.tag": "9.9.9",
  "image.pullPolicy": "Always",
  "imagePullSecrets": [{ name: "pull" }],
  "bridge": "br-phys",
  "ovsRunDir": "/var/run/other",
  "featureGates.TrafficControl": false,
  "config": { tableBase: 100, logLevel: "debug" },
  "listen.host": "::1",
  "listen.port": 10399,
  "plugins": "my-plugins",
  "nodeSelector": { ovs: "there" },
  "tolerations": [{ key: "a", operator: "Exists" }],
  "resources.requests.cpu": "75m",
  "resources.requests.memory": "300Mi",
  "resources.limits.memory": "2Gi",
  "capabilities": ["DAC_OVERRIDE"],
  "podMonitor.enabled": true,
  "podMonitor.port": 10999,
  "networkPolicy.enabled": true,
  "networkPolicy.namespace": "observability",
  "crds.trafficControls": false,
  "crds.nodeStatuses": false,
};
/** For a value that has an effect only if another value is set: that other value. */
const NEEDS: Readonly<Record<string, string>> = {
  "podMonitor.port": "podMonitor.enabled",
  "networkPolicy.enabled": "podMonitor.enabled",
  "networkPolicy.namespace": "networkPolicy.enabled",
};

/** The values that a value needs, directly or through others. */
function needsOf(path: string): string[] {
  const needed = NEEDS[path];
  return needed === undefined ? [] : [needed, ...needsOf(needed)];
}

/** Paths of all values that are no map, or an empty one. */
function leaves(value: unknown, path: readonly string[] = []): string[] {
  const isMap = typeof value === "object" && value !== null && !Array.isArray(value);
  const entries = isMap ? Object.entries(value) : [];
  if (entries.length === 0) return [path.join(".")];
  return entries.flatMap(([name, each]) => leaves(each, [...path, name]));
}

/** The other values of these paths, as nested maps. */
function nested(paths: readonly string[]): Object {
  const values: Object = {};
  for (const path of paths) {
    const names = path.split(".");
    const last = names.pop()!;
    let at = values;
    for (const name of names) at = at[name] ??= {};
    at[last] = OTHERWISE[path];
  }
  return values;
}

helmTest("each value changes something", async () => {
  const defaults = parse(await Deno.readTextFile(join(CHART, "values.yaml")));
  assert.deepEqual(leaves(defaults).sort(), Object.keys(OTHERWISE).sort());
  for (const path of Object.keys(OTHERWISE)) {
    const needed = needsOf(path);
    const [before, after] = [
      await template(nested(needed)),
      await template(nested([...needed, path])),
    ];
    assert.notDeepEqual(after, before, path);
  }
});

helmTest("with all values changed, the agent would be given what they say", async () => {
  const objects = await template(nested(Object.keys(OTHERWISE)));
  assert.deepEqual(objects.filter(({ kind }) => kind === "CustomResourceDefinition"), []);
  const { data } = only(objects, "ConfigMap");
  const { options } = parseConfigFile("config", data["antrea-agent.conf"]);
  assert.deepEqual(options, {
    enabled: false,
    bridge: ["br-phys"],
    tableBase: 100,
    logLevel: "debug",
  }); // deno-fmt-ignore
  const [container] = only(objects, "DaemonSet").spec.template.spec.containers;
  assert.equal(container.image, "registry.example/net/sluice:9.9.9");
  assert.ok(container.args.includes("--listen=[::1]:10399"));
  assert.deepEqual(container.readinessProbe.httpGet, { host: "::1", port: 10399, path: "/readyz" });
  assert.deepEqual(container.securityContext.capabilities, {
    drop: ["ALL"],
    add: ["DAC_OVERRIDE"],
  }); // deno-fmt-ignore
});

helmTest("a bridge whose name looks like something else stays a name", async () => {
  for (const bridge of ["0x10", "1e3", "true", "null", "#a:"]) {
    const { data } = only(await template({ bridge }), "ConfigMap");
    const { options } = parseConfigFile("config", data["antrea-agent.conf"]);
    assert.deepEqual(options.bridge, [bridge]);
  }
});

helmTest("several bridges are a list", async () => {
  const bridge = ["br-int", "0x10"];
  const { data } = only(await template({ bridge }), "ConfigMap");
  const { options } = parseConfigFile("config", data["antrea-agent.conf"]);
  assert.deepEqual(options.bridge, bridge);
});

helmTest("a NetworkPolicy for a port that is not there is refused", async () => {
  const { code, stderr } = await helm(["template", "sluice", CHART], {
    values: { networkPolicy: { enabled: true } },
  });
  assert.equal(code, 1);
  assert.match(stderr, /networkPolicy\.enabled needs podMonitor\.enabled/);
});

helmTest("helm lint has nothing to say, and the versions are the program's", async () => {
  assert.match(await mustHelm(["lint", "--strict", CHART]), /1 chart\(s\) linted, 0 chart/);
  const chart = parse(await Deno.readTextFile(join(CHART, "Chart.yaml")));
  assert.deepEqual([chart.version, chart.appVersion], [VERSION, VERSION]);
});

helmTest("values that are not there, or of another type, are refused", async () => {
  for (const values of [{ brigde: "br0" }, { listen: { port: "x" } }, { ovsRunDir: "run" }]) {
    const { code, stderr } = await helm(["template", "sluice", CHART], { values });
    assert.equal(code, 1, JSON.stringify(values));
    assert.match(stderr, /values don't meet the specifications of the schema/);
  }
});

helmTest(
  "install, upgrade and uninstall on a real API server: the CRDs and their objects stay",
  async (server) => {
    const { kubeconfig } = server;
    await server.kubectl(["apply", "--server-side", "-f", "-"], JSON.stringify(POD_MONITOR_CRD));
    await server.kubectl(["wait", "--for=condition=Established", "crd", "--all"]);
    await mustHelm(["install", "sluice", CHART, "--create-namespace"], { kubeconfig });
    await server.kubectl(["wait", "--for=condition=Established", "crd", "--all"]);
    const agent = `/apis/apps/v1/namespaces/${NAMESPACE}/daemonsets/sluice-agent`;
    const imageOf = async () =>
      (await server.must("GET", agent)).spec.template.spec.containers[0].image;
    assert.equal(await imageOf(), `sluice:${VERSION}`);
    const otherwise = Object.keys(OTHERWISE).filter((path) => !path.startsWith("crds."));
    await mustHelm(["upgrade", "sluice", CHART], { kubeconfig, values: nested(otherwise) });
    assert.equal(await imageOf(), "registry.example/net/sluice:9.9.9");
    const listed = await server.kubectl(["get", "podmonitor,networkpolicy", "-A", "-o", "name"]);
    assert.equal(listed.trim().split("\n").length, 2);
    await mustHelm(["uninstall", "sluice"], { kubeconfig });
    assert.equal((await server.request("GET", agent)).status, 404);
    const kept = await server.kubectl(["get", "crd", "-o", "name"]);
    assert.match(kept, /trafficcontrols\.crd\.antrea\.io/);
    await mustHelm(["install", "sluice", CHART], { kubeconfig });
    assert.equal(await imageOf(), `sluice:${VERSION}`);
  },
);
