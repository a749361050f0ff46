/**
 * Plays the controllers and the kubelet of a cluster with one node, as far as `deploy/` needs them. Only the API server
 * is real.
 * @module
 */
import { discovered } from "./cluster.ts";
import type { Object } from "../binary/container.ts";
import { DeployedAgent, NAMESPACE } from "./deployed.ts";
import type { KubeApiServer } from "./kube_apiserver.ts";
import { eventually, type PrivateOvs } from "../lab/ovs.ts";
import { Relay } from "../lab/relay.ts";

const AGENT = `/apis/apps/v1/namespaces/${NAMESPACE}/daemonsets/sluice-agent`;
/** Milliseconds. */
const READY_TIMEOUT = 30_000;

export class PlayedCluster implements AsyncDisposable {
  readonly #relay: Relay;
  /** The DaemonSet's generation from which the running agent was started. */
  #generation: number | undefined;
  agent: DeployedAgent | undefined;

  constructor(readonly server: KubeApiServer, readonly ovs: PrivateOvs) {
    this.#relay = Relay.start(ovs.netns, Number(new URL(server.url).port));
  }

  /** Plays the DaemonSet controller: it replaces the agent if the DaemonSet has a new generation, or is gone. */
  async settle(): Promise<void> {
    const { status, body } = await this.server.request("GET", AGENT);
    const generation = status === 200 ? body.metadata.generation : undefined;
    if (generation === this.#generation) return;
    await this.agent?.stop();
    this.agent = generation === undefined ? undefined : await this.#run(body);
    this.#generation = generation;
  }

  async #run(daemonSet: Object): Promise<DeployedAgent> {
    const { items } = await this.server.must("GET", `/api/v1/namespaces/${NAMESPACE}/configmaps`);
    const agent = await DeployedAgent.run({
      server: this.server,
      ovs: this.ovs,
      port: this.#relay.port,
      objects: [{ kind: "DaemonSet", ...daemonSet }, ...items.map(toConfigMap)],
      ovsFolder: "/run/openvswitch",
    });
    for (const kind of ["tc", "tcn"]) await discovered(this.server, kind);
    await eventually("the agent ready", () => agent.probe("readinessProbe"), READY_TIMEOUT);
    const one = ["desired", "current", "updated"].map((which) => [`${which}NumberScheduled`, 1]);
    const status = {
      ...globalThis.Object.fromEntries(one),
      numberMisscheduled: 0,
      numberReady: 1,
      numberAvailable: 1,
      observedGeneration: daemonSet.metadata.generation,
    };
    await this.server.must("PUT", `${AGENT}/status`, { ...daemonSet, status });
    return agent;
  }

  /** Plays the Namespace controller until the signal aborts: it finishes the deletion of the agent's Namespace. */
  async endNamespaces(signal: AbortSignal): Promise<void> {
    const path = `/api/v1/namespaces/${NAMESPACE}`;
    while (!signal.aborted) {
      const { body } = await this.server.request("GET", path);
      if (body.status?.phase === "Terminating") {
        await this.server.request("PUT", `${path}/finalize`, { ...body, spec: { finalizers: [] } });
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.agent?.stop();
    await this.#relay[Symbol.asyncDispose]();
  }
}

const toConfigMap = (item: Object) => ({ kind: "ConfigMap", ...item });
