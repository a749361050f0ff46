/** How the agent finds the API server, its credentials and the name of its node, and follows changed credentials. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { TestAgent } from "../lab/agent.ts";
import { installCRDs } from "./cluster.ts";
import { HttpFaults } from "./http_faults.ts";
import { apiServerTests, type KubeApiServer } from "./kube_apiserver.ts";
import { kubeconfig } from "./server_files.ts";
import { eventually, PrivateOvs } from "../lab/ovs.ts";
import { MAIN } from "../lab/paths.ts";
import { Relay } from "../lab/relay.ts";
import { tryRun } from "../lab/run.ts";
import { Watched } from "./watched.ts";

/** Milliseconds: the server knows a token for ten seconds after it was revoked. */
const REVOKE_TIMEOUT = 40_000;
/** The folder with the ServiceAccount of a Pod: Kubernetes documentation, "Accessing the Kubernetes API from a Pod". */
const ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";
const PODS = "/api/v1/namespaces/default/pods";

const withServer = apiServerTests(async (server) => {
  await installCRDs(server);
  const admin = ["--clusterrole=cluster-admin", "--serviceaccount=default:agent"];
  await server.kubectl(["create", "clusterrolebinding", "agent", ...admin]);
});

/** Makes the ServiceAccount anew and returns a token of it. Tokens of the earlier ServiceAccount become invalid. */
async function newToken(server: KubeApiServer): Promise<string> {
  await server.kubectl(["delete", "serviceaccount", "agent", "--ignore-not-found"]);
  await server.kubectl(["create", "serviceaccount", "agent"]);
  return (await server.kubectl(["create", "token", "agent"])).trim();
}
const makePod = (server: KubeApiServer, name: string, nodeName: string) =>
  server.must("POST", PODS, {
    metadata: { name },
    spec: { nodeName, containers: [{ name: "c", image: "i" }] },
  });
const seesPod = (agent: TestAgent, name: string) =>
  agent.settled(name, ({ pods }) => pods.some((pod) => pod.name === name));

async function replace(file: string, text: string): Promise<void> {
  await Deno.writeTextFile(`${file}.new`, text);
  await Deno.rename(`${file}.new`, file);
}

Deno.test(
  withServer(
    "in a cluster the agent uses the ServiceAccount's files, and reads the token again when it is refused",
    async (server) => {
      await using ovs = await PrivateOvs.start({ datapath: "dummy" });
      await using relay = Relay.start(ovs.netns, Number(new URL(server.url).port));
      const account = join(ovs.dir, "serviceaccount");
      await Deno.mkdir(account);
      await Deno.copyFile(server.caFile, join(account, "ca.crt"));
      const token = await newToken(server);
      await replace(join(account, "token"), token);
      await using agent = await TestAgent.start(ovs, [], ["--source", "kubernetes"], {
        env: {
          KUBECONFIG: "",
          KUBERNETES_SERVICE_HOST: "127.0.0.1",
          KUBERNETES_SERVICE_PORT: `${relay.port}`,
          NODE_NAME: "in-cluster",
        },
        before: `${NO_KUBECONFIG} && mount -t tmpfs none /run && mkdir -p ${ACCOUNT} &&
          mount --bind ${account} ${ACCOUNT}`,
      });
      await makePod(server, "first", "in-cluster");
      await seesPod(agent, "first");
      const later = await newToken(server);
      await eventually(
        "the token is none any more",
        async () => (await server.tryKubectl([`--token=${token}`, "auth", "whoami"])).code !== 0,
        REVOKE_TIMEOUT,
      );
      await replace(join(account, "token"), later);
      await relay.drop();
      await makePod(server, "second", "in-cluster");
      await seesPod(agent, "second");
    },
  ),
);

Deno.test(
  withServer("an exec plugin is run once, and again when its token is refused", async (server) => {
    await using faults = await HttpFaults.start(server);
    const at = (name: string) => join(server.dir, name);
    const credential = '{"kind":"ExecCredential","status":{"token":"%s"}}';
    const script = `echo >>${at("calls")}; printf '${credential}' "$(cat ${at("token")})"`;
    const exec = {
      apiVersion: "client.authentication.k8s.io/v1",
      command: "sh",
      args: ["-c", script],
    }; // deno-fmt-ignore
    const file = kubeconfig(server, { url: faults.url, user: { exec } });
    await Deno.writeTextFile(at("exec"), JSON.stringify(file));
    await replace(at("token"), server.token);
    await using pods = Watched.by({ kubeconfig: at("exec"), node: "exec" }, "Pod");
    await makePod(server, "third", "exec");
    await pods.sees("the first", (objects) => objects.has("third"));
    await replace(at("token"), await newToken(server));
    faults.revoke(server.token);
    await faults.cut(/pods\?/);
    await makePod(server, "fourth", "exec");
    await pods.sees("the second", (objects) => objects.has("fourth"));
    assert.equal((await Deno.readTextFile(at("calls"))).length, 2);
  }),
);

Deno.test(withServer("NODE_NAME names the node, but SLUICE_NODE wins", async (server, t) => {
  await using ovs = await PrivateOvs.start({ datapath: "dummy" });
  await using relay = Relay.start(ovs.netns, Number(new URL(server.url).port));
  const file = join(ovs.dir, "kubeconfig");
  const url = `https://127.0.0.1:${relay.port}`;
  await Deno.writeTextFile(file, JSON.stringify(kubeconfig(server, { url })));
  const source = ["--source", "kubernetes", "--kubeconfig", file];
  for (const name of ["by-name", "by-sluice"]) await makePod(server, name, name);
  const names = [{ NODE_NAME: "by-name" }, { NODE_NAME: "by-name", SLUICE_NODE: "by-sluice" }];
  for (const env of names) {
    await t.step(Object.keys(env).join(" and "), async () => {
      await using agent = await TestAgent.start(ovs, [], source, { env });
      const { pods } = await agent.settled("a Pod", ({ pods }) => pods.length > 0);
      assert.deepEqual(pods.map(({ name }) => name), [Object.values(env).at(-1)]);
    });
  }
}));

/** A shell command that hides the kubeconfig of the user who runs the tests. */
const NO_KUBECONFIG = "{ [ ! -d ~/.kube ] || mount -t tmpfs none ~/.kube; }";

Deno.test("without a kubeconfig and outside a cluster, the error says where credentials were searched", async () => {
  await using ovs = await PrivateOvs.start({ datapath: "dummy" });
  const agent = ["agent", "--source", "kubernetes", "--node", "a", "--ovsdb", ovs.db];
  agent.push("--state-dir", "none");
  const { code, stderr } = await tryRun("ip", [
    ...["netns", "exec", ovs.netns, "sh", "-c"],
    `${NO_KUBECONFIG} && mount -t tmpfs none /run && exec "$@"`,
    ...["sh", "timeout", "20", Deno.execPath(), "run", "-A", MAIN, ...agent, "--bridge", "br0"],
  ], { env: { KUBECONFIG: "" } }); // deno-fmt-ignore
  assert.match(stderr, /Cannot use kubeconfig "default": there is none, nor the token/);
  assert.equal(code, 1);
});
