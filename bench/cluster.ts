/** A node of a cluster for the bench: a real API server, and an agent that finds it as in its Pod. @module */
import { join } from "node:path";
import { install, NAMESPACE, tokenOf } from "../test/kubernetes/deployed.ts";
import { KubeApiServer } from "../test/kubernetes/kube_apiserver.ts";
import { TestAgent } from "../test/lab/agent.ts";
import { eventually, PrivateOvs } from "../test/lab/ovs.ts";
import { Relay } from "../test/lab/relay.ts";
import { controlOf, podOf, realized, type Size } from "./node.ts";

const NODE = "node1";
const PODS = "/api/v1/namespaces/default/pods";
export const CONTROLS = "/apis/crd.antrea.io/v1alpha2/trafficcontrols";
const ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";
/** Requests at the same time. */
const BATCH = 40;
/** Milliseconds. */
const PATIENCE = 600_000;
/** Ports in one transaction of `ovs-vsctl`. */
const PORTS = 250;

/** Shell commands that show the process its ServiceAccount, and no kubeconfig of the user who measures. */
const enterPod = (account: string) =>
  "{ [ ! -d ~/.kube ] || mount -t tmpfs none ~/.kube; } && mount -t tmpfs none /run && " +
  `mkdir -p ${ACCOUNT} && mount --bind ${account} ${ACCOUNT}`;

/** The arguments of `ovs-vsctl` that make the port of a Pod, and mark it as Antrea does. */
function addPort(index: number): string[] {
  const { mac, ip } = podOf(index);
  const marks = {
    "antrea-type": "container",
    "container-id": `c${index}`,
    "pod-name": `p${index}`,
    "pod-namespace": "default",
    "attached-mac": mac,
    "ip-address": ip,
  };
  const columns = Object.entries(marks).map(([key, value]) => `external_ids:${key}="${value}"`);
  return ["--", "add-port", "br0", `p${index}`, "--", "set", "port", `p${index}`, ...columns];
}

async function inBatches(count: number, make: (index: number) => Promise<unknown>): Promise<void> {
  for (let at = 0; at < count; at += BATCH) {
    const indices = Array.from({ length: Math.min(BATCH, count - at) }, (_, index) => at + index);
    await Promise.all(indices.map(make));
  }
}

export class BenchCluster implements AsyncDisposable {
  readonly #relay: Relay;

  private constructor(
    readonly size: Size,
    readonly server: KubeApiServer,
    readonly ovs: PrivateOvs,
  ) {
    this.#relay = Relay.start(ovs.netns, Number(new URL(server.url).port));
  }

  /** Starts the API server with all objects, and the switch with the ports of all Pods. No agent runs yet. */
  static async start(size: Size): Promise<BenchCluster> {
    await using started = new AsyncDisposableStack();
    const server = started.use(await KubeApiServer.start());
    await install(server);
    const ovs = await PrivateOvs.start({ datapath: "dummy" });
    started.defer(() => ovs.stop());
    const cluster = new BenchCluster(size, server, ovs);
    started.defer(() => cluster.#relay[Symbol.asyncDispose]());
    await cluster.#attach();
    await cluster.#fill();
    started.move();
    return cluster;
  }

  /** When the next bytes of the API server come that go to the agent: milliseconds of `performance.now()`. */
  coming(): Promise<number> {
    return this.#relay.coming();
  }

  /** Makes the ports of the Pods, and marks them as Antrea does. */
  async #attach(): Promise<void> {
    const ports = Array.from({ length: this.size.pods }, (_, index) => addPort(index));
    for (let at = 0; at < ports.length; at += PORTS) {
      await this.ovs.vsctl(...ports.slice(at, at + PORTS).flat());
    }
  }

  async #fill(): Promise<void> {
    const { server, size } = this;
    await inBatches(size.pods, (index) => this.#tell(index, podOf(index).app));
    await inBatches(size.controls, (index) => server.must("POST", CONTROLS, controlOf(index)));
  }

  /** Makes the object of a Pod. */
  async #tell(index: number, app: string): Promise<void> {
    await this.server.must("POST", PODS, {
      metadata: { name: `p${index}`, labels: { app } },
      spec: { nodeName: NODE, containers: [{ name: "c", image: "i" }] },
    });
  }

  /** Adds a Pod of its own group, beside those that the size says. @param index The first free one is the size's number. */
  async addPod(index: number, app: string): Promise<void> {
    await this.ovs.vsctl(...addPort(index));
    await this.#tell(index, app);
  }

  /**
   * Starts an agent with the rights and the files of its Pod, and waits until everything is in the switch and in the
   * status of each object: while the agent, as the leader, writes these, each of them is an event for it.
   */
  async agent(): Promise<TestAgent> {
    const account = join(this.ovs.dir, "account");
    await Deno.mkdir(account, { recursive: true });
    await Deno.copyFile(this.server.caFile, join(account, "ca.crt"));
    await Deno.writeTextFile(join(account, "token"), await tokenOf(this.server));
    const agent = await TestAgent.start(this.ovs, [], ["--source", "kubernetes"], {
      env: {
        KUBECONFIG: "",
        KUBERNETES_SERVICE_HOST: "127.0.0.1",
        KUBERNETES_SERVICE_PORT: `${this.#relay.port}`,
        NODE_NAME: NODE,
        POD_NAMESPACE: NAMESPACE,
      },
      before: enterPod(account),
    });
    try {
      await realized(agent, this.size.controls);
      await eventually("each status", () => this.#isReported(), PATIENCE);
      return agent;
    } catch (error) {
      await agent.stop();
      throw error;
    }
  }

  async #isReported(): Promise<boolean> {
    const { items } = await this.server.must("GET", CONTROLS) as { items: { status?: object }[] };
    return items.every(({ status }) => status !== undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#relay[Symbol.asyncDispose]();
    await this.ovs.stop();
    await this.server.stop();
  }
}
