/** What the three bridges of these tests have in common: the Pods of `objects/pods.yaml`, each with a port. @module */
import { join } from "node:path";
import { parse } from "yaml";
import type { PrivateOvs } from "../lab/ovs.ts";
import { introduce, type TestPod } from "../lab/pod.ts";
import { EXAMPLES, ROOT } from "../lab/paths.ts";

/** The node whose Pods the tests attach. */
export const NODE = "node1";
const OBJECTS = join(import.meta.dirname!, "objects");
const PODS = join(OBJECTS, "pods.yaml");

/** The files that the agent gets on every bridge, as they are. The TrafficControls are those of the documentation. */
export const FILES: readonly string[] = [
  join(OBJECTS, "namespaces.yaml"),
  PODS,
  join(EXAMPLES, "mirror-web-app.yaml"),
  join(EXAMPLES, "mirror-db-to-local.yaml"),
  join(EXAMPLES, "redirect-prod-to-local.yaml"),
  join(ROOT, "docs", "policy", "only-dns.yaml"),
];

/** What a CNI is told of a Pod, and what it gives to it. */
export interface PodFacts {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly mac: string;
  /** With prefix lengths. */
  readonly ips: readonly string[];
}

/** A bridge with the Pods of the node, as one CNI makes it. */
export interface Bridge extends AsyncDisposable {
  readonly ovs: PrivateOvs;
  /** Its name. */
  readonly name: string;
  /** By the names of the Pods. Those of their ports are the CNI's. */
  readonly pods: ReadonlyMap<string, TestPod>;
}

/** One row of the table test. */
export interface Kind {
  /** Whose bridge it is. */
  readonly name: string;
  readonly ignore?: boolean;
  start(pods: readonly PodFacts[]): Promise<Bridge>;
}

/** The Pod's address of a version of IP, without the prefix length. */
export function ipOf({ ips }: Pick<PodFacts, "ips">, version: 4 | 6): string {
  return ips.find((ip) => ip.includes(":") === (version === 6))!.split("/")[0]!;
}

const PREFIXES = { 4: 24, 6: 64 } as const;
const STATUS = "k8s.v1.cni.cncf.io/network-status";

interface PodInFile {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: { readonly nodeName: string };
  readonly status: { readonly phase: string };
}

/** The running Pods of the node that have a network of their own. */
export async function podsOfNode(): Promise<PodFacts[]> {
  const { items }: { items: readonly PodInFile[] } = parse(await Deno.readTextFile(PODS));
  const local = items.filter(({ metadata, spec, status }) =>
    spec.nodeName === NODE && status.phase === "Running" && metadata.annotations?.[STATUS]
  );
  return local.map(({ metadata: { name, namespace, uid, annotations } }) => {
    const [{ mac, ips }] = JSON.parse(annotations![STATUS]!);
    const prefixed = (ip: string) => `${ip}/${PREFIXES[ip.includes(":") ? 6 : 4]}`;
    return { name, namespace, uid, mac, ips: ips.map(prefixed) };
  });
}

/** Tells the Pods of each other. Each sends once, as `NORMAL` floods packets to a MAC that it has not seen yet. */
export async function acquaint(pods: readonly TestPod[]): Promise<void> {
  await introduce(...pods);
  for (const [index, pod] of pods.entries()) {
    await pod.ping(pods[(index + 1) % pods.length]!.ip(), 1);
  }
}
