/**
 * Pods by what their CNI writes into `external_ids`, for nodes on which no agent runs: some CNIs write the Pod's name, its
 * MAC and its addresses. Of other Pods nothing is known then. Pure.
 * @module
 */
import { type BridgeView, type Cache, interfaceByName } from "../ovsdb/mod.ts";
import { normalIP } from "./addresses.ts";
import type { PodPort } from "./world.ts";

type Texts = Readonly<Record<string, string>>;

/** Keys of one CNI. */
interface Keys {
  /** `namespace/name`; nothing if it is not a Pod of this CNI. */
  readonly pod: (ids: Texts) => string | undefined;
  readonly mac: string;
  readonly ips: string;
}

function named(namespace: string | undefined, name: string | undefined): string | undefined {
  return namespace && name ? `${namespace}/${name}` : undefined;
}

const CNIS: readonly Keys[] = [
  // Antrea
  {
    pod: (ids) => named(ids["pod-namespace"], ids["pod-name"]),
    mac: "attached-mac",
    ips: "ip-address",
  },
  // Kube-OVN, which does not write the MAC
  { pod: (ids) => named(ids.pod_namespace, ids.pod_name), mac: "", ips: "ip" },
  // OVN-Kubernetes: no namespace has an underscore in its name
  {
    pod: (ids) =>
      ids["iface-id-ver"] === undefined ? undefined : named(
        ...(/^([^_]+)_(.+)$/.exec(ids["iface-id"] ?? "")?.slice(1) ?? []) as [string, string],
      ),
    mac: "attached_mac",
    ips: "ip_addresses",
  },
];

function podOf(name: string, ids: Texts): PodPort | undefined {
  for (const keys of CNIS) {
    const pod = keys.pod(ids);
    if (pod === undefined) continue;
    const ips = (ids[keys.ips] ?? "").split(/[,\s]+/).map((ip) => normalIP(ip.split("/")[0]!));
    const mac = ids[keys.mac];
    return {
      pod,
      port: name,
      macs: mac === undefined ? [] : [mac.toLowerCase()],
      ips: ips.filter((ip) => ip !== undefined),
    };
  }
  return undefined;
}

export function podsOfCNIs(cache: Cache, { ports }: BridgeView): PodPort[] {
  return [...ports.values()].flatMap(({ row, interfaces }) =>
    interfaces.map(({ name }) => {
      const own = interfaceByName(cache, name)?.interface.external_ids;
      return podOf(name, { ...row.external_ids, ...own });
    }).filter((pod) => pod !== undefined)
  );
}
