/** A node of a cluster: a private Open vSwitch with Pods, and an agent that talks to a real API server. @module */
import { join } from "node:path";
import assert from "node:assert/strict";
import { BRIDGE, sluice, TestAgent } from "../lab/agent.ts";
import type { KubeApiServer } from "./kube_apiserver.ts";
import { kubeconfig } from "./server_files.ts";
import { eventually, type OvsOptions, PrivateOvs } from "../lab/ovs.ts";
import { introduce, TestPod } from "../lab/pod.ts";
import { Relay } from "../lab/relay.ts";
import { Counter } from "../lab/traffic.ts";

/** The name of a node to which no other name is given. */
const NODE = "node1";

export interface NodeOptions {
  /** Name of the node; `node1` if absent. */
  readonly name?: string;
  /** Are added to the agent's command line. */
  readonly args?: readonly string[];
  /** The token with which the agent logs in, for example a ServiceAccount's; if absent, an administrator's. */
  readonly token?: string;
  readonly ovs?: OvsOptions;
  /** Environment variables of the agent's process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Address of a proxy in front of the API server; if absent, the agent reaches the server itself. */
  readonly url?: string;
  /**
   * Starts another agent than one from source with a kubeconfig.
   *
   * @param port Port at 127.0.0.1 of the switch's namespace that reaches the API server.
   */
  readonly startAgent?: (ovs: PrivateOvs, port: number) => Promise<TestAgent>;
}

/** Where a Pod's object is, and which annotations it has besides that of Multus. */
export interface PodPlace {
  readonly namespace?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

export class ClusterNode implements AsyncDisposable {
  readonly pods: TestPod[] = [];
  #counters: Counter[] = [];

  private constructor(
    readonly server: KubeApiServer,
    readonly name: string,
    readonly ovs: PrivateOvs,
    readonly relay: Relay,
    readonly agent: TestAgent,
  ) {}

  /**
   * Starts a node with a running agent.
   *
   * @param count Number of Pods on the bridge: `p1`, `p2`, ... The API server has no objects for them until `tell()`.
   */
  static async start(server: KubeApiServer, count: number, options: NodeOptions = {}) {
    const { name = NODE, ovs: { bridges: [bridge = BRIDGE] = [] } = {} } = options;
    const ovs = await PrivateOvs.start(options.ovs);
    try {
      const { port, protocol } = new URL(options.url ?? server.url);
      const relay = Relay.start(ovs.netns, Number(port));
      const agent = await (options.startAgent?.(ovs, relay.port) ??
        startAgent(server, ovs, { ...options, url: `${protocol}//127.0.0.1:${relay.port}` }));
      const node = new ClusterNode(server, name, ovs, relay, agent);
      for (let number = 1; number <= count; number++) {
        const ips = [`10.9.0.${number}/24`, `fd09::${number}/64`];
        const mac = `02:aa:00:00:00:${number.toString(16).padStart(2, "0")}`;
        node.pods.push(await TestPod.attach(ovs, `p${number}`, { ips, mac, bridge }));
      }
      await introduce(...node.pods);
      return node;
    } catch (error) {
      await ovs.stop();
      throw error;
    }
  }

  /** Makes the object of a Pod in the API server. */
  tell(pod: TestPod, labels: Readonly<Record<string, string>>, place: PodPlace = {}) {
    return tellOfPod(this.server, pod, labels, { node: this.name, ...place });
  }

  /** Counts what arrives at a Pod. */
  at(pod: TestPod): Counter {
    return this.#keep(Counter.at(pod));
  }
  /** Counts what the switch sends into a device in the switch's namespace. */
  atDevice(device: string): Counter {
    return this.#keep(new Counter(device, { netns: this.ovs.netns, device }));
  }
  /** Counts what arrives at a device of any namespace. */
  atPlace(name: string, place: { netns: string; device: string }): Counter {
    return this.#keep(new Counter(name, place));
  }
  #keep(counter: Counter): Counter {
    this.#counters.push(counter);
    return counter;
  }

  /** Ends the agent and the switch. Objects stay in the API server until `forget()`. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const counter of this.#counters) counter[Symbol.dispose]();
    try {
      await this.agent.stop();
    } finally {
      await this.relay[Symbol.asyncDispose]();
      await this.ovs.stop();
    }
  }
}

/**
 * Makes the object of a Pod in the API server, with its addresses, and marks its port as ovs-cni does. Multus writes the
 * annotation.
 */
export async function tellOfPod(
  server: KubeApiServer,
  pod: TestPod,
  labels: Readonly<Record<string, string>>,
  { node, namespace = "default", annotations = {} }: PodPlace & { readonly node: string },
): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}/pods`;
  const ips = pod.ips.map((ip) => ip.split("/")[0]!);
  const status = [{ name: "default/net1", interface: "net1", mac: pod.mac, ips }];
  const { metadata: { uid } } = await server.must("POST", path, {
    metadata: {
      name: pod.name,
      labels,
      annotations: {
        "k8s.v1.cni.cncf.io/network-status": JSON.stringify(status),
        ...annotations,
      },
    },
    spec: { nodeName: node, containers: [{ name: "c", image: "i" }] },
  });
  const ids = { owner: "ovs-cni.network.kubevirt.io", contPodUid: uid, contIface: "net1" };
  const columns = Object.entries(ids).map(([key, value]) => `external_ids:${key}=${value}`);
  await pod.ovs.vsctl("set", "port", pod.name, ...columns);
  const podIPs = ips.map((ip) => ({ ip }));
  await server.kubectl([
    "patch",
    "pod",
    pod.name,
    `--namespace=${namespace}`,
    "--subresource=status",
    "--type=merge",
    `--patch=${JSON.stringify({ status: { phase: "Running", podIP: podIPs[0]!.ip, podIPs } })}`,
  ]); // deno-fmt-ignore
}

async function startAgent(
  server: KubeApiServer,
  ovs: PrivateOvs,
  { url, name = NODE, args = [], token = server.token, env = {} }: NodeOptions & {
    readonly url: string;
  },
): Promise<TestAgent> {
  const file = join(ovs.dir, "kubeconfig");
  await Deno.writeTextFile(file, JSON.stringify(kubeconfig(server, { url, user: { token } })));
  const source = ["--source", "kubernetes", "--kubeconfig", file, "--node", name];
  // Read only where the test adds `--source files`.
  const manifests = ["--manifests", join(ovs.dir, "manifests")];
  return await TestAgent.start(ovs, args, [...source, ...manifests], { env });
}

export { BRIDGE };

/** Installs Sluice's CRDs and the agents' Namespace, and waits until clients see the new kinds. */
export async function installCRDs(server: KubeApiServer): Promise<void> {
  const { code, stdout, stderr } = await sluice(undefined, "crd");
  assert.equal(code, 0, stderr);
  await applyCRDs(server, stdout);
  const { status } = await server.request("POST", "/api/v1/namespaces", {
    metadata: { name: "sluice-system" },
  });
  assert.ok(status === CREATED || status === CONFLICT, `status ${status}`);
  await discovered(server, "tcn");
}

/** Installs CRDs, and waits until clients see TrafficControls. @param yaml Has the CRD of TrafficControls. */
export async function applyCRDs(server: KubeApiServer, yaml: string): Promise<void> {
  await server.kubectl(["apply", "--server-side", "--force-conflicts", "-f", "-"], yaml);
  await server.kubectl(["wait", "--for=condition=Established", "crd", "--all"]);
  await discovered(server, "tc");
}
const [CREATED, CONFLICT] = [201, 409];

/** Waits until kubectl finds a kind. */
export async function discovered(server: KubeApiServer, kind: string): Promise<void> {
  await eventually(
    `kubectl knows ${kind}`,
    async () => (await server.tryKubectl(["get", kind])).code === 0,
  );
}

/** Deletes all TrafficControls, node statuses, Pods and Events, so that the next test starts without any. */
export async function forget(server: KubeApiServer): Promise<void> {
  await server.kubectl(["delete", "tc", "--all", "--wait=false"]);
  await server.kubectl(["delete", "tcn", "--all", "--wait=false"]);
  await server.kubectl([
    "delete",
    "pods",
    "--all",
    "--all-namespaces",
    "--force",
    "--grace-period=0",
  ]); // deno-fmt-ignore
  await server.kubectl(["delete", "events", "--all"]);
}
