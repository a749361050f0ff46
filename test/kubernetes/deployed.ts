/** The objects of `deploy/`, and the agent in a process like that of its Pod. @module */
import { parseAllDocuments } from "yaml";
import { TestAgent } from "../lab/agent.ts";
import { containerCommand, type Object } from "../binary/container.ts";
import { ClusterNode, discovered } from "./cluster.ts";
import type { KubeApiServer } from "./kube_apiserver.ts";
import { get } from "../lab/http.ts";
import type { PrivateOvs } from "../lab/ovs.ts";
import { DEPLOY, MAIN } from "../lab/paths.ts";

export const NAMESPACE = "sluice-system";
const NODE = "node1";
const [OK, REDIRECTED] = [200, 400];
/** The node's IP address, which the switch's namespace gets. RFC 5737 reserves it for documentation. */
export const HOST_IP = "192.0.2.1";

export const parseObjects = (yaml: string): Object[] =>
  parseAllDocuments(yaml).map((document) => document.toJS()).filter((object) => object !== null);

/** The only object of a kind, or of a kind and name. @throws {Error} If there is none, or more than one. */
export function only(objects: readonly Object[], kind: string, name?: string): Object {
  const found = objects.filter((object) =>
    object.kind === kind && (name === undefined || object.metadata.name === name)
  );
  if (found.length === 1) return found[0];
  throw new Error(`Cannot find ${kind} "${name ?? ""}": there are ${found.length}`);
}

/** Runs `kubectl apply -k deploy`, and waits until kubectl knows the new kinds. */
export async function install(server: KubeApiServer): Promise<void> {
  await server.kubectl(["apply", "-k", DEPLOY]);
  await server.kubectl(["wait", "--for=condition=Established", "crd", "--all"]);
  for (const kind of ["tc", "tcn"]) await discovered(server, kind);
}

/** A token of a ServiceAccount that `deploy/` has; of the agent's if no other name is given. */
export async function tokenOf(server: KubeApiServer, name = "sluice-agent"): Promise<string> {
  return (await server.kubectl(["create", "token", name, "-n", NAMESPACE])).trim();
}

/** Where a node has its Open vSwitch. */
export interface Place {
  /** Name of the bridge. */
  readonly bridge: string;
  /** Folder of its sockets on the node. */
  readonly ovsFolder: string;
}

/** The agent with the command, files, environment and rights of its Pod in `deploy/`. */
export class DeployedAgent extends TestAgent {
  readonly #command: readonly string[];

  private constructor(ovs: PrivateOvs, readonly container: Object, command: readonly string[]) {
    super(ovs, "", []);
    this.#command = command;
  }

  protected override command(): string[] {
    return [...this.#command];
  }

  /** Starts the agent. `objects` were applied to the server; `port` reaches it from the switch's namespace. */
  static async run(
    { server, ovs, port, objects, ovsFolder }: {
      readonly server: KubeApiServer;
      readonly ovs: PrivateOvs;
      readonly port: number;
      readonly objects: readonly Object[];
      readonly ovsFolder: string;
    },
  ): Promise<DeployedAgent> {
    await ovs.exec("ip", "addr", "replace", `${HOST_IP}/32`, "dev", "lo");
    const { spec } = only(objects, "DaemonSet").spec.template;
    const program = [Deno.execPath(), "run", "-A", MAIN];
    const command = await containerCommand(spec, program, {
      folder: await Deno.makeTempDir({ dir: ovs.dir }),
      hostPaths: {
        [ovsFolder]: ovs.dir,
        "/var/lib/sluice": await Deno.makeTempDir({ dir: ovs.dir }),
      },
      configMaps: objects.filter(({ kind }) => kind === "ConfigMap"),
      fields: {
        "spec.nodeName": NODE,
        "metadata.namespace": NAMESPACE,
        "status.hostIP": HOST_IP,
      },
      serviceAccount: {
        token: await tokenOf(server, spec.serviceAccountName),
        caFile: server.caFile,
      },
      port,
    });
    const agent = new DeployedAgent(ovs, spec.containers[0], command);
    agent.startAgain();
    return agent;
  }

  /** Plays the kubelet: it makes a probe from the node's network namespace. @returns Whether the probe succeeds. */
  async probe(name: "startupProbe" | "livenessProbe" | "readinessProbe"): Promise<boolean> {
    const { host, port, path } = this.container[name].httpGet;
    const { status } = await get(this.ovs.netns, `http://${host}:${port}${path}`);
    return status >= OK && status < REDIRECTED;
  }
}

/**
 * Starts a node with two Pods and the agent of `deploy/`.
 *
 * @param objects What was applied to the server.
 * @param place The bridge that the ConfigMap names, and the folder that the DaemonSet mounts.
 */
export function deployedNode(
  server: KubeApiServer,
  objects: readonly Object[],
  { bridge, ovsFolder }: Place = { bridge: "br-int", ovsFolder: "/run/openvswitch" },
) {
  return ClusterNode.start(server, 2, {
    name: NODE,
    ovs: { bridges: [bridge] },
    startAgent: (ovs, port) => DeployedAgent.run({ server, ovs, port, objects, ovsFolder }),
  });
}
