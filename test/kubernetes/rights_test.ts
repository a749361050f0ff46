/** The rights that `deploy/` gives the agent are enough, and without any one of them something does not work. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { Bell, type NodeReport } from "../../core/api.ts";
import kubernetes from "../../plugins/sources/kubernetes.ts";
import { app, internal, trafficControl } from "../lab/agent.ts";
import { forget } from "./cluster.ts";
import type { Object } from "../binary/container.ts";
import { deployedNode, install, NAMESPACE, parseObjects, tokenOf } from "./deployed.ts";
import { DEPLOY } from "../lab/paths.ts";
import { apiServerTests, type KubeApiServer } from "./kube_apiserver.ts";
import { kubeconfig } from "./server_files.ts";
import { eventually } from "../lab/ovs.ts";
import type { TestPod } from "../lab/pod.ts";

const RBAC = "/apis/rbac.authorization.k8s.io/v1";
const LEASE = `/apis/coordination.k8s.io/v1/namespaces/${NAMESPACE}/leases/sluice-leader`;
const TCN = "/apis/sluice.dev/v1alpha1/trafficcontrolnodestatuses";
const EVENTS = "/api/v1/namespaces/default/events";
const NODE = "node1";
/** Milliseconds to wait for what usually takes a few seconds at most. */
const PATIENCE = 30_000;

const withServer = apiServerTests(async (server) => {
  await install(server);
  await server.must("POST", "/api/v1/nodes", { metadata: { name: NODE } });
});

const mirror = (name: string, targetPort: object) =>
  trafficControl(name, {
    appliedTo: app("web"),
    direction: "Both",
    action: "Mirror",
    targetPort,
  }); // deno-fmt-ignore
const apply = (server: KubeApiServer, ...objects: readonly object[]) =>
  server.kubectl(["apply", "-f", "-"], objects.map((each) => JSON.stringify(each)).join("\n"));

Deno.test(
  withServer(
    "with the shipped rights the agent does everything, and reports no missing right",
    async (server) => {
      await forget(server);
      const objects = parseObjects(await server.kubectl(["kustomize", DEPLOY]));
      await using node = await deployedNode(server, objects);
      const [pod] = node.pods as [TestPod];
      await apply(server, mirror("good", internal("tap0")));
      await apply(server, mirror("bad", { device: { name: "nowhere" } }));
      await node.tell(pod, { app: "web" });
      await node.agent.settled(
        "what was listed and watched",
        ({ trafficControls, issues }) =>
          issues.length === 0 && trafficControls.length === 2 &&
          trafficControls.every(({ pods }) => pods.length === 1),
      );
      const wait = (...args: readonly string[]) =>
        server.kubectl(["wait", ...args, "--timeout=60s"]);
      await wait("--for=condition=Realized", "tc/good");
      await wait("--for=condition=DeviceMissing", "tc/bad");
      const [event] = await eventually("the Event", async () => {
        const { items } = await server.must("GET", EVENTS);
        return items.length > 0 && items;
      });
      assert.equal(event.reason, "DeviceMissing");
      const { metadata } = await server.must("GET", `${TCN}/${NODE}`);
      assert.equal(metadata.ownerReferences[0].kind, "Node");
      assert.match((await server.must("GET", LEASE)).spec.holderIdentity, /^node1 /);
      await node.agent.settled("no complaint", ({ issues }) => issues.length === 0);
    },
  ),
);

/** One verb on one resource that a rule grants. */
interface Right {
  readonly verb: string;
  readonly resource: string;
  readonly group: string;
  /** The Role's Namespace; a ClusterRole has none. */
  readonly namespace?: string;
  /** The object's name, if the rule names one. */
  readonly name?: string;
  /** Path of the Role or ClusterRole in the API. */
  readonly path: string;
  /** The rules of the Role or ClusterRole without this right. */
  readonly without: readonly Object[];
}

function* rightsOf({ kind, metadata: { name, namespace }, rules }: Object): Generator<Right> {
  const path = kind === "Role"
    ? `${RBAC}/namespaces/${namespace}/roles/${name}`
    : `${RBAC}/clusterroles/${name}`;
  for (const [at, rule] of rules.entries()) {
    assert.equal(rule.apiGroups.length, 1);
    for (const resource of rule.resources) {
      for (const verb of rule.verbs) {
        const others = {
          ...rule,
          resources: rule.resources.filter((each: string) => each !== resource),
        };
        const less = {
          ...rule,
          resources: [resource],
          verbs: rule.verbs.filter((each: string) => each !== verb),
        };
        const rest = [others, less].filter(({ resources, verbs }) =>
          resources.length > 0 && verbs.length > 0
        );
        yield {
          verb,
          resource,
          group: rule.apiGroups[0],
          path,
          without: rules.toSpliced(at, 1, ...rest),
          ...(namespace && { namespace }),
          ...(rule.resourceNames && { name: rule.resourceNames[0] }),
        };
      }
    }
  }
}

/** Waits until the API server allows or refuses what the right is about: it applies changed roles a little later. */
async function isAllowed(server: KubeApiServer, right: Right, wanted: boolean): Promise<void> {
  const { verb, group, namespace, name } = right;
  const [resource, subresource] = right.resource.split("/");
  const user = `system:serviceaccount:${NAMESPACE}:sluice-agent`;
  const resourceAttributes = { verb, group, resource, subresource, namespace, name };
  await eventually(`${verb} ${right.resource} ${wanted ? "" : "not "}allowed`, async () => {
    const path = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
    const { status } = await server.must("POST", path, { spec: { user, resourceAttributes } });
    return status.allowed === wanted;
  });
}

/** Runs a test while the agent does not have this right. */
async function withoutRight(server: KubeApiServer, right: Right, test: () => Promise<void>) {
  const shipped = await server.must("GET", right.path);
  const write = (rules: readonly Object[]) =>
    server.must("PUT", right.path, {
      ...shipped,
      rules,
      metadata: { ...shipped.metadata, resourceVersion: undefined },
    }); // deno-fmt-ignore
  await write(right.without);
  try {
    await isAllowed(server, right, false);
    await test();
  } finally {
    await write(shipped.rules);
    await isAllowed(server, right, true);
  }
}

const REPORT: NodeReport = {
  bridge: "br-int",
  version: "test",
  controls: [{
    name: "bad",
    realized: false,
    conditions: [{ reason: "DeviceMissing", message: "not there", cure: "create it" }],
    pods: 1,
    ports: [],
  }],
};

/** The parts of the agent that send requests to the API server. */
class Client implements AsyncDisposable {
  readonly #stop = new AbortController();
  readonly #source;
  readonly #running: Promise<unknown>;

  constructor(kubeconfig: string) {
    this.#source = kubernetes.create({ node: NODE, kubeconfig });
    const { signal } = this.#stop;
    const kinds = ["TrafficControl", "Namespace", "Pod"] as const;
    const changes = new Bell();
    changes.ring();
    this.#running = Promise.all([
      ...kinds.map((kind) => Array.fromAsync(this.#source.watch(kind, signal))),
      this.#source.publish!(
        { changed: (signal) => changes.heard(signal), read: () => REPORT },
        signal,
      ),
    ]);
  }

  /** What the source cannot do. */
  get issues(): readonly string[] {
    return this.#source.issues!().map(({ message }) => message);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }
}

/** Whether it shows that a right is missing: for nodes the owner reference is missing, for others there is an issue. */
async function isMissed(server: KubeApiServer, client: Client, right: Right): Promise<boolean> {
  const { verb, resource } = right;
  if (resource === "nodes") {
    const { status, body } = await server.request("GET", `${TCN}/${NODE}`);
    return status === 200 && body.metadata.ownerReferences === undefined;
  }
  return client.issues.some((issue) => issue.includes(`cannot ${verb} resource "${resource}"`));
}

/** Deletes what earlier clients have written. */
async function beginAnew(server: KubeApiServer): Promise<void> {
  await server.request("DELETE", LEASE);
  await server.request("DELETE", `${TCN}/${NODE}`);
  await server.kubectl([
    "patch",
    "tc/bad",
    "--subresource=status",
    "--type=merge",
    '--patch={"status": null}',
  ]); // deno-fmt-ignore
}

const isAboutKnownEvents = ({ verb, resource }: Right) => verb === "patch" && resource === "events";

/** Runs a client with all rights until it has written an Event. */
async function tellOnce(server: KubeApiServer, kubeconfig: string): Promise<void> {
  await using _client = new Client(kubeconfig);
  await eventually(
    "an Event",
    async () => (await server.must("GET", EVENTS)).items.length > 0,
    PATIENCE,
  );
}

Deno.test(
  withServer(
    "each of the shipped rights is needed: without it something does not work",
    async (server, t) => {
      await forget(server);
      await apply(server, mirror("bad", { device: { name: "nowhere" } }));
      const file = join(server.dir, "agent");
      const user = { token: await tokenOf(server) };
      await Deno.writeTextFile(file, JSON.stringify(kubeconfig(server, { user })));
      const objects = parseObjects(await server.kubectl(["kustomize", DEPLOY]));
      const roles = objects.filter(({ rules }) => rules !== undefined);
      const rights = roles.flatMap((role) => [...rightsOf(role)]);
      assert.equal(rights.length, 17);
      for (const right of rights) {
        await t.step(`${right.verb} ${right.resource}`, async () => {
          await beginAnew(server);
          if (isAboutKnownEvents(right)) {
            await tellOnce(server, file);
            await beginAnew(server);
          } else await server.must("DELETE", EVENTS);
          await withoutRight(server, right, async () => {
            await using client = new Client(file);
            await eventually(
              `what ${right.verb} ${right.resource} is for is missed`,
              () => isMissed(server, client, right),
              PATIENCE,
            );
          });
        });
      }
    },
  ),
);
