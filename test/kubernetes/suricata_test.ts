/** `deploy/suricata/`: a real API server accepts it, and a real Suricata works with what its Pod gets. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { containerCommand, type Object } from "../binary/container.ts";
import { commandsOf } from "../docs/pages.ts";
import { TextLineStream } from "../lab/lines.ts";
import { eventually, type PrivateOvs } from "../lab/ovs.ts";
import { DEPLOY, EXAMPLES, ROOT } from "../lab/paths.ts";
import type { TestPod } from "../lab/pod.ts";
import { tryRun } from "../lab/run.ts";
import { NO_SURICATA, suricataEnvironment, suricataFolder } from "../suricata/program.ts";
import { ask, askUntil, FAMILIES, listens, serve } from "../suricata/scene.ts";
import { ClusterNode, forget } from "./cluster.ts";
import { install, NAMESPACE, only, parseObjects, tokenOf } from "./deployed.ts";
import { apiServerTests, type KubeApiServer } from "./kube_apiserver.ts";
import { program } from "./programs.ts";

const withServer = apiServerTests(install);
const SENSORS = { ids: ["ids0"], ips: ["tap0", "tap1"] } as const;
const folderOf = (kind: string) => join(DEPLOY, "suricata", kind);

for (const [kind, devices] of globalThis.Object.entries(SENSORS)) {
  Deno.test(
    withServer(`kubectl apply -k deploy/suricata/${kind}: accepted as it is`, async (server) => {
      const folder = folderOf(kind);
      await server.kubectl(["apply", "-k", folder]);
      // If there were a difference, kubectl would print it and exit with 1.
      const { code, stdout } = await server.tryKubectl(["diff", "-k", folder]);
      assert.deepEqual([code, stdout], [0, ""]);
      const objects = parseObjects(await server.kubectl(["kustomize", folder]));
      const { metadata, spec: { template: { spec } } } = only(objects, "DaemonSet");
      assert.deepEqual([metadata.namespace, metadata.name], [NAMESPACE, `suricata-${kind}`]);
      const [container] = spec.containers;
      assert.deepEqual(container.args, devices);
      assert.match(container.image, /@sha256:0{64}$/);
      assert.deepEqual(container.securityContext.capabilities, {
        drop: ["ALL"],
        add: ["NET_ADMIN", "NET_RAW"],
      });
      const { data } = only(objects, "ConfigMap", spec.volumes[0].configMap.name);
      for (const file of ["suricata.yaml", "local.rules"]) {
        assert.equal(data[file], await Deno.readTextFile(join(folder, file)));
      }
    }),
  );
}

/** Plays the kubelet: a container of the DaemonSet's Pod, with the rights and files that this gives to it. */
class SuricataContainer implements AsyncDisposable {
  readonly log: string[] = [];
  readonly #reading: Promise<unknown>;

  private constructor(readonly child: Deno.ChildProcess) {
    this.#reading = Promise.all([this.#read(child.stdout), this.#read(child.stderr)]);
  }

  static async run(server: KubeApiServer, ovs: PrivateOvs, objects: readonly Object[]) {
    const { spec } = only(objects, "DaemonSet").spec.template;
    const [shell, ...script] = spec.containers[0].command;
    const command = await containerCommand(spec, [`/bin/${shell}`, ...script], {
      folder: await Deno.makeTempDir({ dir: ovs.dir }),
      hostPaths: {},
      configMaps: objects.filter(({ kind }) => kind === "ConfigMap"),
      fields: {},
      serviceAccount: { token: await tokenOf(server), caFile: server.caFile },
      port: 0,
      image: { folder: suricataFolder(), environment: await suricataEnvironment() },
    });
    return new SuricataContainer(
      new Deno.Command("ip", {
        args: ["netns", "exec", ovs.netns, "setpriv", "--pdeathsig", "KILL", ...command],
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
      }).spawn(),
    );
  }

  /** What was done with packets that it has alerted for, once there is an alert of each family. */
  alerts(): Set<string> | false {
    const told = this.log.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line));
    const alerts = told.filter(({ event_type }) => event_type === "alert");
    const families = new Set(alerts.map(({ src_ip }) => src_ip.includes(":")));
    return families.size === FAMILIES.length && new Set(alerts.map(({ alert }) => alert.action));
  }

  async #read(stream: ReadableStream<Uint8Array>): Promise<void> {
    const lines = stream.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream());
    for await (const line of lines) this.log.push(line);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.child.kill("SIGKILL");
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // it has ended by itself
    }
    await this.child.status;
    await this.#reading;
  }
}

/** Commands of the page that are not run here, and why. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  "kubectl -n sluice-system rollout status daemonset/suricata-ips": "there is no controller",
  "kubectl -n sluice-system logs daemonset/suricata-ips": "there is no kubelet",
};

async function follow(server: KubeApiServer, command: string): Promise<void> {
  const env = { KUBECONFIG: server.kubeconfig, HOME: server.dir };
  const shell = ["-ec", `kubectl() { '${program("kubectl")}' "$@"; }; ${command}`];
  const { code, stderr } = await tryRun("sh", shell, { cwd: ROOT, env });
  assert.equal(code, 0, `${command}\n${stderr}`);
}

const withSuricata = (name: string, test: Parameters<typeof withServer>[1]) => {
  const definition = withServer(name, test);
  return { ...definition, ignore: definition.ignore || NO_SURICATA };
};

Deno.test(
  withSuricata(
    "the Pod of deploy/suricata/ips waits for its ports, blocks, and tells that in its log",
    async (server, t) => {
      await using node = await ClusterNode.start(server, 2);
      const [shop, client] = node.pods as [TestPod, TestPod];
      await server.must("POST", "/api/v1/namespaces", { metadata: { name: "prod" } });
      await node.tell(shop, {}, { namespace: "prod" });
      const web = await serve(shop);
      const objects = parseObjects(await server.kubectl(["kustomize", folderOf("ips")]));
      await using container = await SuricataContainer.run(server, node.ovs, objects);
      const pages =
        async () => [await ask(client, shop, "/good"), await ask(client, shop, "/evil")];
      await t.step("without ports, it waits", async () => {
        assert.deepEqual(await pages(), [[200, 200], [200, 200]]);
        assert.deepEqual(container.log, []);
      });
      await t.step("the commands of the page", async () => {
        for (const command of await commandsOf("docs/suricata.md", "In a cluster")) {
          if (!(command in ELSEWHERE)) await follow(server, command);
        }
        await node.agent.realized("redirect-prod-to-local");
        for (const device of SENSORS.ips) await listens(node.ovs.netns, device);
      });
      await t.step("it blocks", async () => {
        const blocked = [[200, 200], ["no answer", "no answer"]];
        const works = async () => (await ask(client, shop, "/good")).every((each) => each === 200);
        await eventually("it at work", works);
        assert.deepEqual(await pages(), blocked);
        const actions = await eventually("alerts", () => container.alerts());
        assert.deepEqual(actions, new Set(["blocked"]));
      });
      await t.step("its devices join no packets to larger ones", async () => {
        for (const device of SENSORS.ips) {
          const features = await node.ovs.exec("ethtool", "-k", device);
          assert.match(features, /^generic-receive-offload: off$/m, device);
        }
      });
      web.kill("SIGKILL");
      await web.status;
    },
  ),
);

Deno.test(
  withSuricata("the Pod of deploy/suricata/ids tells in its log what it sees", async (server) => {
    await forget(server);
    await using node = await ClusterNode.start(server, 2);
    const [db, client] = node.pods as [TestPod, TestPod];
    await node.tell(db, { app: "db" });
    const web = await serve(db);
    await server.kubectl(["apply", "-f", join(EXAMPLES, "mirror-db-to-local.yaml")]);
    await node.agent.realized("mirror-db-to-local");
    const objects = parseObjects(await server.kubectl(["kustomize", folderOf("ids")]));
    await using container = await SuricataContainer.run(server, node.ovs, objects);
    for (const device of SENSORS.ids) await listens(node.ovs.netns, device);
    const actions = await askUntil(() => ask(client, db, "/evil"), () => container.alerts());
    assert.deepEqual(actions, new Set(["allowed"]));
    web.kill("SIGKILL");
    await web.status;
  }),
);
