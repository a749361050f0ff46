/** What `deploy/` says: its objects, and the agent's Pod as a node would run it. @module */
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
/** A probe succeeds with a status from the first on, and below the second. */
const [OK, REDIRECTED] = [200, 400];
/** Of documentation, RFC 5737: the switch's namespace gets it as the node's. */
export const HOST_IP = "192.0.2.1";

export const parseObjects = (yaml: string): Object[] =>
  parseAllDocuments(yaml).map((document) => document.toJS()).filter((object) => object !== null);

/** @throws {Error} If there is not exactly one. */
export function only(objects: readonly Object[], kind: string, name?: string): Object {
  const found = objects.filter((object) =>
    object.kind === kind && (name === undefined || object.metadata.name === name)
  );
  if (found.length === 1) return found[0];
  throw new Error(`Cannot find ${kind} "${name ?? ""}": there are ${found.length}`);
}

/** `kubectl apply -k deploy`, until kubectl knows the kinds. */
export async function install(server: KubeApiServer): Promise<void> {
  await server.kubectl(["apply", "-k", DEPLOY]);
  await server.kubectl(["wait", "--for=condition=Established", "crd", "--all"]);
  for (const kind of ["tc", "tcn"]) await discovered(server, kind);
}

/** A token of the shipped ServiceAccount. */
export async function tokenOf(server: KubeApiServer, name = "sluice-agent"): Promise<string> {
  return (await server.kubectl(["create", "token", name, "-n", NAMESPACE])).trim();
}

/** Where a node has its Open vSwitch. */
export interface Place {
  readonly bridge: string;
  readonly ovsFolder: string;
}

/** The agent's Pod: started again it is the next one of the DaemonSet. */
export class DeployedAgent extends TestAgent {
  readonly #command: readonly string[];

  private constructor(ovs: PrivateOvs, readonly container: Object, command: readonly string[]) {
    super(ovs, "", []);
    this.#command = command;
  }

  protected override command(): string[] {
    return [...this.#command];
  }

  /** @param objects What was applied. @param port Of the API server. */
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

  /** As the kubelet, which is on the node itself. @returns Whether the probe succeeds. */
  async probe(name: "startupProbe" | "livenessProbe" | "readinessProbe"): Promise<boolean> {
    const { host, port, path } = this.container[name].httpGet;
    const { status } = await get(this.ovs.netns, `http://${host}:${port}${path}`);
    return status >= OK && status < REDIRECTED;
  }
}

/** @param place The bridge of the ConfigMap, and the folder that the DaemonSet mounts. */
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
