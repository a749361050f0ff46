/** Runs each command of docs/kubernetes.md with a real API server and a real bridge. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { tellOfPod } from "./cluster.ts";
import { helmProgram, NO_HELM } from "./helm.ts";
import { apiServerTests, KubeApiServer } from "./kube_apiserver.ts";
import { program } from "./programs.ts";
import { PrivateOvs } from "../lab/ovs.ts";
import { TestPod } from "../lab/pod.ts";
import { EXAMPLES, ROOT, script } from "../lab/paths.ts";
import { PlayedCluster } from "./played_cluster.ts";
import { tryRun } from "../lab/run.ts";

const PAGE = join(ROOT, "docs/kubernetes.md");
const BRIDGE = "br-int";

/** The page's commands, by the heading above them. */
async function sections(): Promise<Map<string, string[]>> {
  const [, ...parts] = (await Deno.readTextFile(PAGE)).split(/^## /m);
  return new Map(parts.map((part) => {
    const blocks = [...part.matchAll(/^```sh\n([^]*?)^```/gm)].map(([, block]) => block!.trim());
    return [part.split("\n")[0]!, blocks.flatMap((block) => block.split("\n"))];
  }));
}

/** Commands that are not run here, and why. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  "kubectl -n sluice-system port-forward pod/sluice-agent-xxxxx 10360": "there is no kubelet",
  "kubectl -n sluice-system exec sluice-agent-xxxxx -- sluice status":
    "there is no kubelet; test/binary/image_test.ts runs that program of the image",
  "sluice status": "test/cli_test.ts",
  'ln -s "$(command -v sluice)" /usr/local/bin/kubectl-sluice':
    "test/kubernetes/kubectl_test.ts, into another folder",
  "kubectl sluice status": "test/kubernetes/kubectl_test.ts",
  "kubectl sluice explain pod/default/web": "test/kubernetes/kubectl_test.ts, of another Pod",
};
/** What some commands print. */
const SHOWS: Readonly<Record<string, RegExp>> = {
  "kubectl get tc":
    /^NAME +ACTION +TARGET +READY +REASON +AGE\nmirror-web-app +Mirror +vxlan:10\.0\.10\.2 +1\/1 +AllNodes /,
  "kubectl get tc -o wide": /DIRECTION +RETURN +FAILED +MESSAGE\nmirror-web-app .*Both/,
  "kubectl describe tc mirror-web-app": /Type: +Realized/,
  "kubectl get tcn": /^NAME +READY +BRIDGE +VERSION +AGE\nnode1 +\d+\/\d+ +br-int /,
  "kubectl explain tc.spec.targetPort": /vxlan\t<Object>/,
};

/** An editor that makes the change of the configuration which the page asks for. */
const EDITOR = "#!/bin/sh\nexec sed -i 's/TrafficControl: true/TrafficControl: false/' \"$1\"\n";

class Reader implements AsyncDisposable {
  readonly #bin: string;
  readonly #end = new AbortController();
  readonly #ending: Promise<void>;
  readonly ran: string[] = [];

  private constructor(readonly cluster: PlayedCluster, bin: string) {
    this.#bin = bin;
    this.#ending = cluster.endNamespaces(this.#end.signal);
  }

  static async start(server: KubeApiServer, ovs: PrivateOvs): Promise<Reader> {
    const bin = join(ovs.dir, "bin");
    await Deno.mkdir(bin);
    await Deno.symlink(program("kubectl"), join(bin, "kubectl"));
    await Deno.symlink(script("sluice"), join(bin, "sluice"));
    await Deno.writeTextFile(join(bin, "edit"), EDITOR, { mode: 0o755 });
    if (!NO_HELM) await Deno.symlink(helmProgram(), join(bin, "helm"));
    return new Reader(new PlayedCluster(server, ovs), bin);
  }

  async follow(commands: readonly string[]): Promise<void> {
    const { server, ovs } = this.cluster;
    const env = {
      PATH: `${this.#bin}:${Deno.env.get("PATH")}`,
      KUBECONFIG: server.kubeconfig,
      KUBE_EDITOR: "edit",
      HOME: ovs.dir,
      SLUICE_CACHE: scriptsCache(),
      DENO_DIR: await denoDirectory(),
    };
    for (const command of commands.filter((each) => !(each in ELSEWHERE))) {
      await this.cluster.settle();
      const { code, stdout, stderr } = await tryRun("sh", ["-c", command], { cwd: ROOT, env });
      assert.equal(code, 0, `${command}\n${stderr}${stdout}`);
      assert.match(stdout, SHOWS[command] ?? /(?:)/);
      this.ran.push(command);
    }
    await this.cluster.settle();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
    await this.#ending;
    await this.cluster[Symbol.asyncDispose]();
  }
}

/** As scripts/_env has it. */
function scriptsCache(): string {
  const { HOME = "", XDG_CACHE_HOME = `${HOME}/.cache`, SLUICE_CACHE } = Deno.env.toObject();
  return SLUICE_CACHE ?? join(XDG_CACHE_HOME, "sluice");
}

async function denoDirectory(): Promise<string> {
  const { stdout } = await tryRun(Deno.execPath(), ["info", "--json"]);
  return JSON.parse(stdout).denoDir;
}

async function podOnBridge(server: KubeApiServer, ovs: PrivateOvs): Promise<void> {
  const pod = await TestPod.attach(ovs, "p1", { ips: ["10.9.0.1/24"], bridge: BRIDGE });
  await tellOfPod(server, pod, { app: "web" }, { node: "node1" });
}

/** The flows and ports with Sluice's mark. */
async function traces(ovs: PrivateOvs): Promise<string[]> {
  const flows = (await ovs.ofctl("dump-flows", BRIDGE)).split("\n");
  const marked = "external_ids:sluice!=none"; // matches rows that have the key
  const ports = await ovs.vsctl("--bare", "--columns=name", "find", "Port", marked);
  return [
    ...flows.filter((flow) => flow.includes("cookie=0x51ce")),
    ...ports.split("\n").filter((line) => line !== ""),
  ];
}

const withServer = apiServerTests();

Deno.test(
  withServer(
    "docs/kubernetes.md: installed, used, changed and uninstalled with kubectl",
    async (server) => {
      await using ovs = await PrivateOvs.start({ bridges: [BRIDGE] });
      await using reader = await Reader.start(server, ovs);
      await podOnBridge(server, ovs);
      const page = await sections();
      const follow = (title: string) => reader.follow(page.get(title)!);
      await follow("Install");
      await follow("Use");
      assert.notDeepEqual(await traces(ovs), []);
      await follow("Change the configuration");
      const { plugins } = await reader.cluster.agent!.state();
      assert.deepEqual(plugins.map(({ name, state }) => [name, state]), [["patch", "loaded"]]);
      assert.notDeepEqual(await traces(ovs), []);
      await follow("Uninstall");
      assert.deepEqual(await traces(ovs), []);
      const left = await server.kubectl([
        "get",
        "crd,ns,clusterrole,clusterrolebinding",
        "-o",
        "name",
      ]);
      assert.doesNotMatch(left, /sluice|antrea/);
      assert.equal(reader.cluster.agent, undefined);
    },
  ),
);

const helmTest = withServer("docs/kubernetes.md: installed and uninstalled with Helm", async () => {
  await using server = await KubeApiServer.start(); // in the file's server the Namespace was deleted
  await using ovs = await PrivateOvs.start({ bridges: [BRIDGE] });
  await using reader = await Reader.start(server, ovs);
  await podOnBridge(server, ovs);
  const commands = (await sections()).get("With Helm")!;
  const gate = commands.findIndex((command) => command.includes("featureGates"));
  await reader.follow(commands.slice(0, gate));
  const example = join(EXAMPLES, "mirror-web-app.yaml");
  await server.kubectl(["apply", "-f", example]);
  await server.kubectl(["wait", "--for=condition=Realized", "tc/mirror-web-app"]);
  assert.notDeepEqual(await traces(ovs), []);
  await reader.follow(commands.slice(gate));
  assert.deepEqual(await traces(ovs), []);
  assert.match(await server.kubectl(["get", "tc", "-o", "name"]), /mirror-web-app/);
});
Deno.test({ ...helmTest, ignore: Boolean(helmTest.ignore) || NO_HELM });

Deno.test("each command of docs/kubernetes.md is under one of the headings that these tests follow", async () => {
  const page = await sections();
  const followed = ["Install", "Use", "Change the configuration", "Uninstall", "With Helm"];
  for (const [title, commands] of page) {
    assert.equal(commands.length > 0, followed.includes(title), title);
  }
});
