/** What `sluice doctor` says about a real API server: its answers, its clock, its kinds, and the agent's rights. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { sluice } from "../lab/agent.ts";
import { ills, parseReport, type Report } from "../doctor/patient.ts";
import { HttpFaults } from "./http_faults.ts";
import { apiServerTests, type KubeApiServer } from "./kube_apiserver.ts";
import { program } from "./programs.ts";
import { kubeconfig } from "./server_files.ts";
import { eventually } from "../lab/ovs.ts";
import { commandsOf } from "../docs/pages.ts";
import { run } from "../lab/run.ts";
import { diagnose } from "../../plugins/sources/kubernetes/diagnosis.ts";
import { type Right, rightsOf } from "../../plugins/sources/kubernetes/rights.ts";

const NAMESPACE = "sluice-system";
const AGENT = "sluice-agent";
/** Milliseconds for all diagnoses of a test. */
const DIAGNOSIS_TIMEOUT = 120_000;

const withServer = apiServerTests(async (server) => {
  await server.kubectl(["create", "namespace", NAMESPACE]);
  await server.kubectl(["create", "serviceaccount", AGENT, "--namespace", NAMESPACE]);
});

interface Looking {
  readonly url?: string;
  readonly token?: string;
  readonly node?: string;
}

async function writeKubeconfig(
  server: KubeApiServer,
  { url = server.url, token = server.token }: Looking,
): Promise<string> {
  const file = join(server.dir, `kubeconfig-${crypto.randomUUID()}`);
  await Deno.writeTextFile(file, JSON.stringify(kubeconfig(server, { url, user: { token } })));
  return file;
}

/** Options with which the doctor finds no Open vSwitch and no agent: these tests look at its API server part only. */
const NOWHERE = ["--ovsdb", "unix:/nowhere/db.sock", "--listen", "127.0.0.1:1", "-o", "json"];

async function look(server: KubeApiServer, looking: Looking = {}): Promise<Report> {
  const file = await writeKubeconfig(server, looking);
  const source = ["--source", "kubernetes", "--kubeconfig", file];
  const { node = "node1" } = looking;
  return parseReport(
    await sluice(undefined, "doctor", ...source, ...NOWHERE, "--node", node),
  );
}

const ofServer = ({ findings, ...report }: Report) => ({
  ...report,
  findings: findings.filter(({ check }) => check.startsWith("api-")),
});
const found = (report: Report) =>
  ills(ofServer(report)).map(({ level, message }) => `${level}: ${message}`);

/** Roles and bindings that grant these rights, one role for each row of the table. */
function rbac(rights: readonly (readonly [number, Right])[]): string {
  const apiVersion = "rbac.authorization.k8s.io/v1";
  const subjects = [{ kind: "ServiceAccount", name: AGENT, namespace: NAMESPACE }];
  const items = rights.flatMap(([index, right]) => {
    const { group, resource, subresource, name, namespace, verbs } = right;
    const kind = namespace === undefined ? "ClusterRole" : "Role";
    const metadata = { name: `${AGENT}-${index}`, ...(namespace && { namespace }) };
    const rule = {
      apiGroups: [group],
      resources: [subresource ? `${resource}/${subresource}` : resource],
      verbs,
      ...(name && { resourceNames: [name] }),
    };
    const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind, name: metadata.name };
    return [
      { apiVersion, kind, metadata, rules: verbs.length > 0 ? [rule] : [] },
      { apiVersion, kind: `${kind}Binding`, metadata, roleRef, subjects },
    ];
  });
  return JSON.stringify({ apiVersion: "v1", kind: "List", items });
}

/** The name of what a right is about, in the form that `kubectl auth can-i` uses. */
function nameOf({ resource, group, subresource, name, namespace }: Right): string {
  const kind = resource + (group && `.${group}`) + (subresource ? `/${subresource}` : "");
  return kind + (name ? ` "${name}"` : "") + (namespace ? ` in Namespace "${namespace}"` : "");
}

/** Follows docs/doctor.md, which makes a kubeconfig with the agent's credentials. @returns The doctor's report. */
async function followPage(server: KubeApiServer): Promise<Report> {
  const cwd = await Deno.makeTempDir({ dir: server.dir });
  await Deno.symlink(program("kubectl"), join(cwd, "kubectl"));
  const env = { PATH: `${cwd}:${Deno.env.get("PATH")}`, KUBECONFIG: server.kubeconfig, HOME: cwd };
  const commands = await commandsOf("docs/doctor.md", "With the agent's credentials");
  const doctor = commands.pop()!.replace("agent.kubeconfig", join(cwd, "agent.kubeconfig"));
  for (const command of commands) await run("sh", ["-c", command], { cwd, env });
  const file = await Deno.readTextFile(join(cwd, "agent.kubeconfig"));
  assert.ok(!file.includes(server.token), "an administrator's token is left");
  return parseReport(await sluice(undefined, ...doctor.split(" ").slice(1), ...NOWHERE));
}

const SERVER_IS_WELL = [
  "api-server",
  "api-clock",
  "api-kinds",
  "api-kinds",
  "api-fields",
  "api-node",
  "api-rights",
];

const CONTROLS = "/apis/crd.antrea.io/v1alpha2";
const REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
/** Status of an error, how many requests get it, their path, and what the doctor says about it. */
const REFUSALS = [
  [403, 1, "/version", "warning: Cannot GET /version: 403 fault 403"],
  [403, 1, CONTROLS, `warning: Cannot GET ${CONTROLS}: 403 fault 403`],
  [503, 1, CONTROLS, `problem: Cannot GET ${CONTROLS}: 503 fault 503`],
  [
    503,
    1,
    "/api/v1/nodes/node1",
    "problem: Cannot GET /api/v1/nodes/node1: 503 fault 503",
  ],
  [503, 3, REVIEWS, `problem: Cannot POST ${REVIEWS}: 503 fault 503`],
] as const;

Deno.test(
  withServer(
    "what is missing at the API server is said, with its cure, until it is there",
    async (server, t) => {
      await t.step("the command of the cure installs missing kinds", async () => {
        const [control, status] = ills(ofServer(await look(server)));
        assert.match(
          control!.message,
          /does not know "trafficcontrols" of crd\.antrea\.io\/v1alpha2/,
        );
        assert.match(status!.message, /"trafficcontrolnodestatuses" of sluice\.dev\/v1alpha1/);
        assert.deepEqual([control!.level, status!.level], ["problem", "warning"]);
        assert.equal(control!.cure, 'run "sluice crd | kubectl apply --server-side -f -"');
        const { stdout } = await sluice(undefined, "crd");
        await server.kubectl(["apply", "--server-side", "-f", "-"], stdout);
        await server.kubectl(["wait", "--for=condition=Established", "crd", "--all"]);
        const schema = `/openapi/v3${CONTROLS}`;
        await eventually("it", async () => (await server.request("GET", schema)).status === 200);
      });
      await t.step("the cluster has no Node of this name", async () => {
        assert.deepEqual(found(await look(server)), [
          'problem: The API server has no Node "node1": no Pod can be on it',
        ]);
        await server.must("POST", "/api/v1/nodes", { metadata: { name: "node1" } });
        const report = ofServer(await look(server));
        assert.deepEqual(report.findings.map(({ check }) => check), SERVER_IS_WELL);
        assert.deepEqual(ills(report), []);
      });
      await t.step("no server answers, or a server does not know the credentials", async () => {
        const [nobody] = ills(ofServer(await look(server, { url: "https://127.0.0.1:1" })));
        assert.match(nobody!.message, /^Cannot ask the API server at "https:\/\/127\.0\.0\.1:1"/);
        assert.match(nobody!.cure!, /see that the API server runs/);
        const [stranger] = ills(ofServer(await look(server, { token: "wrong" })));
        assert.match(stranger!.message, /^Cannot GET \/version: 401/);
        assert.match(stranger!.cure!, /^give credentials that the API server knows/);
      });
      await t.step("a failed request hides no other finding", async () => {
        await using proxy = await HttpFaults.start(server);
        for (const [status, times, path, said] of REFUSALS) {
          proxy.answer({ status, times, of: new RegExp(` ${path}$`) });
          const report = ofServer(await look(server, { url: proxy.url }));
          assert.deepEqual(found(report), [said]);
          const checks = new Set(report.findings.map(({ check }) => check));
          for (const check of SERVER_IS_WELL) {
            assert.ok(checks.has(check) || path === "/version" && check === "api-clock", check);
          }
        }
      });
      await t.step("clocks that differ are a finding; the doctor writes nothing", async () => {
        await using proxy = await HttpFaults.start(server);
        for (
          const [ahead, said] of [
            [-60_000, /^warning: The node's clock is (59|60|61) s ahead of the API server's/],
            [3_600_000, /^problem: The node's clock is (3599|3600|3601) s behind the API server's/],
          ] as const
        ) {
          proxy.clockAhead = ahead;
          assert.match(found(await look(server, { url: proxy.url }))[0]!, said);
        }
        proxy.clockAhead = 0;
        assert.deepEqual(found(await look(server, { url: proxy.url })), []);
        const writes = proxy.requests.filter(({ what }) => !what.startsWith("GET "));
        assert.deepEqual([...new Set(writes.map(({ what }) => what))], [`POST ${REVIEWS}`]);
      });
    },
  ),
);

Deno.test(
  withServer(
    "each verb that the agent may not use is said by name, and no other",
    async (server) => {
      const token = (await server.kubectl(["create", "token", AGENT, "--namespace", NAMESPACE]))
        .trim();
      const kubeconfig = await writeKubeconfig(server, { token });
      const signal = AbortSignal.timeout(DIAGNOSIS_TIMEOUT);
      /** Waits for the expected findings: the server applies changed roles a little later. */
      const says = (what: string, expected: readonly string[]) =>
        eventually(what, async () => {
          const asking = { kubeconfig, node: "node1", namespace: NAMESPACE, signal };
          const all = await diagnose({ ...asking, annotations: new Map() });
          const said = all.filter(({ check, level }) => check === "api-rights" && level !== "ok")
            .map(({ level, message }) => `${level}: ${message.split(":")[0]}`);
          return JSON.stringify(said) === JSON.stringify(expected);
        });
      const apply = (...rights: readonly (readonly [number, Right])[]) =>
        server.kubectl(["apply", "-f", "-"], rbac(rights));
      const rights = [...rightsOf(NAMESPACE).entries()];
      assert.equal(
        found(await followPage(server)).filter((said) => / one may not /.test(said)).length,
        rights.length,
      );
      await apply(...rights);
      await says("no verb missing", []);
      for (const [index, right] of rights) {
        for (const verb of right.verbs) {
          await apply([index, { ...right, verbs: right.verbs.filter((each) => each !== verb) }]);
          const level = right.feedback ? "warning" : "problem";
          const said = `${level}: With these credentials one may not ${verb} ${nameOf(right)}`;
          await says(`"${verb}" of ${nameOf(right)} missing`, [said]);
        }
        await apply([index, right]);
      }
      await says("all given back", []);
      assert.deepEqual(
        (await followPage(server)).findings.filter(({ check }) => check === "api-rights"),
        [{
          check: "api-rights",
          level: "ok",
          message: "With these credentials one may do all that the agent needs to",
        }],
      );
    },
  ),
);
