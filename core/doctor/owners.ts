/** The check that recognizes other controllers of the bridge by their marks, and names the pipeline for it. @module */
import type { BridgeView, Cache } from "../ovsdb/mod.ts";
import { MARK } from "../base/marks.ts";
import { bridgeVerdicts } from "./bridge.ts";
import { type Check, defineCheck, ok, type Verdict, warning } from "./check.ts";
import { ifKnown, known } from "./known.ts";

type Place = "Open_vSwitch" | "Bridge" | "Port" | "Interface";

/** A mark of an owner: a key of `external_ids` in rows of one table. */
interface Sign {
  readonly table: Place;
  readonly key: string;
  /** The pattern of the key's value. Without it any value is a mark of the owner. */
  readonly value?: RegExp;
}

interface Owner {
  readonly name: string;
  readonly signs: readonly Sign[];
  /** What an administrator should know about this owner. */
  readonly note?: string;
  /** How to remove a conflict between this owner and Sluice. */
  readonly cure?: string;
}

const WIPES = "its agent removes flows of others when it starts, and Sluice puts its own back";

/** The keys come from the source code of each owner: docs/decisions/002-whose-port-is-it.md. */
const KNOWN_OWNERS: readonly Owner[] = [
  {
    name: "Antrea",
    signs: [{ table: "Port", key: "antrea-type", value: /^(?!(traffic-control|sluice)$)/ }],
  },
  {
    name: "Antrea's own TrafficControl",
    signs: [{ table: "Port", key: "antrea-type", value: /^traffic-control$/ }],
    note: "both realize the same objects, so that packets are mirrored twice",
    cure: "set featureGates.TrafficControl to false in antrea-agent.conf, and restart antrea-agent",
  },
  {
    name: "OVN",
    signs: ["ovn-remote", "ovn-bridge", "ovn-bridge-mappings"].map((key) =>
      ({ table: "Open_vSwitch", key }) as const
    ),
  },
  {
    name: "OVN-Kubernetes",
    signs: [
      { table: "Interface", key: "k8s.ovn.org/network" },
      { table: "Interface", key: "iface-id-ver" },
    ],
  },
  {
    name: "Kube-OVN",
    signs: [
      { table: "Interface", key: "vendor", value: /^kube-ovn$/ },
      { table: "Bridge", key: "vendor", value: /^kube-ovn$/ },
    ],
  },
  {
    name: "ovs-cni",
    signs: [{ table: "Port", key: "owner", value: /^ovs-cni\.network\.kubevirt\.io$/ }],
  },
  {
    name: "OpenStack (Nova and Neutron)",
    signs: [{ table: "Interface", key: "vm-uuid" }],
    note: WIPES,
  },
  { name: "libvirt", signs: [{ table: "Interface", key: "vm-id" }] },
];

type ExternalIDs = Readonly<Record<string, string>>;
interface Marked {
  readonly table: Place;
  readonly external_ids: ExternalIDs;
}

/** The rows of the bridge and of Open vSwitch itself, without those that Sluice made. */
function rowsOf(cache: Cache, { row, ports }: BridgeView): Marked[] {
  const others = [...ports.values()].filter((port) => !(MARK in port.row.external_ids));
  const marked = (table: Place, rows: Iterable<{ readonly external_ids: ExternalIDs }>) =>
    [...rows].map(({ external_ids }) => ({ table, external_ids }));
  return [
    ...marked("Open_vSwitch", cache.all("Open_vSwitch")),
    ...marked("Bridge", [row]),
    ...marked("Port", others.map((port) => port.row)),
    ...marked("Interface", others.flatMap(({ interfaces }) => interfaces)),
  ];
}

const carries = ({ table, external_ids }: Marked, sign: Sign) =>
  table === sign.table && external_ids[sign.key] !== undefined &&
  (sign.value?.test(external_ids[sign.key]!) ?? true);

/** @param pipeline Which pipeline Sluice uses on this bridge, in words. */
function lookAt({ name, signs, note, cure }: Owner, rows: readonly Marked[], pipeline: string) {
  const found = rows.filter((row) => signs.some((sign) => carries(row, sign)));
  if (found.length === 0) return [];
  const [{ table }] = found as [Marked];
  const key = signs.find((sign) => carries(found[0]!, sign))!.key;
  const count = table === "Open_vSwitch" ? "" : ` in ${found.length} rows`;
  const seen = `${name} is seen (${table} external_ids:${key}${count})`;
  if (note && cure) return [warning(`${seen}: ${note}`, cure)];
  return [ok(`${seen}: ${[pipeline, ...(note ? [note] : [])].join("; ")}`)];
}

export const OWNERS: readonly Check[] = [
  defineCheck("owners", {
    subject: ({ database, bridge }) =>
      ifKnown(database, (cache) => ifKnown(bridge, (view) => known({ cache, view }))),
    look: ({ cache, view }, facts): readonly Verdict[] => {
      const unsupported = bridgeVerdicts(facts, "UnsupportedBridge");
      const pipeline = unsupported.length > 0
        ? "no pipeline"
        : `pipeline ${facts.pipeline.type.name}`;
      const rows = rowsOf(cache, view);
      const seen = KNOWN_OWNERS.flatMap((owner) => lookAt(owner, rows, pipeline));
      const found = [...unsupported, ...seen];
      return found.length > 0 ? found : [ok(`No owner's marks are seen: ${pipeline}`)];
    },
  }),
];
