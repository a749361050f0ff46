/**
 * Declarations of the tables of the interpose pipeline and of their rows, in the order in which a packet passes the tables.
 * The table in `docs/datapath.md` is generated from this list.
 * @module
 */
import type { TableDeclaration } from "../../core/api.ts";
import { REGISTER } from "./_layout.ts";
import { PAIR_TABLES } from "./_pair_tables.ts";

const { state, egress, ingress, copy } = REGISTER;

export const TABLES = [
  {
    name: "Bridge",
    rows: [
      {
        name: "returned",
        priority: 65535,
        matches: "IP from a return port",
        does: "note from which pair it comes, then to Restore and to RestorePort",
        fields: ["eth_type", "in_port"],
        leadsTo: ["Restore", "RestorePort"],
      },
      {
        name: "returnedOther",
        priority: 65534,
        matches: "anything else from a return port",
        does: "dropped: a sensor returns IP only",
        fields: ["in_port"],
        leadsTo: [],
      },
      {
        name: "targetInput",
        priority: 65533,
        matches: "from a target port",
        does: "dropped: no packet may enter by a target port",
        fields: ["in_port"],
        leadsTo: [],
      },
      {
        name: "refresh",
        priority: 65532,
        matches: "a packet mark that no packet has; only on some bridges, see below",
        does: "to Source",
        fields: ["pkt_mark", state],
        leadsTo: ["Source"],
      },
      {
        name: "neighbours",
        priority: 65001,
        matches: "IPv6 neighbour discovery that is not handed back yet",
        does: "to HandBack: like ARP, it is not treated",
        fields: ["eth_type", "ip_proto", "icmpv6_type", state],
        leadsTo: ["HandBack"],
      },
      {
        name: "ip",
        priority: 65000,
        matches: "IP that is not handed back yet",
        does: "to Source",
        fields: ["eth_type", state],
        leadsTo: ["Source"],
      },
    ],
  },
  {
    name: "Source",
    rows: [
      {
        name: "own",
        priority: 10,
        matches: "from a Pod's port, with one of the Pod's MACs",
        does: "note the egress treatment, then to Destination",
        fields: ["in_port", "eth_src"],
        leadsTo: ["Destination"],
      },
      {
        name: "port",
        priority: 9,
        matches: "from a Pod's port, with another source MAC",
        does: "dropped if the Pod is redirected; otherwise mark it `unverified`, then as above",
        fields: ["in_port"],
        leadsTo: ["Destination"],
      },
      {
        name: "stranger",
        priority: 5,
        matches: "from another port, with a local Pod's source MAC",
        does: "mark it `unverified`, then to Destination",
        fields: ["eth_src"],
        leadsTo: ["Destination"],
      },
      {
        name: "other",
        priority: 0,
        matches: "anything else",
        does: "to Destination",
        fields: [],
        leadsTo: ["Destination"],
      },
    ],
  },
  {
    name: "Destination",
    rows: [
      {
        name: "addressUntagged",
        priority: 13,
        matches: "as the next row, with the VLAN tag that the Pod's `native-untagged` port removes",
        does: "note the ingress treatment and that the tag is removed, then to MirrorOut",
        fields: ["eth_type", "ip_dst", "ipv6_dst", "eth_dst", "vlan_vid"],
        leadsTo: ["MirrorOut"],
      },
      {
        name: "address",
        priority: 12,
        matches: "to a Pod's IP, in a multicast frame (with `match: ip`, in any frame)",
        does: "note the ingress treatment, then to MirrorOut",
        fields: ["eth_type", "ip_dst", "ipv6_dst", "eth_dst"],
        leadsTo: ["MirrorOut"],
      },
      {
        name: "macUntagged",
        priority: 11,
        matches: "to a Pod's MAC, with the VLAN tag that the Pod's `native-untagged` port removes",
        does: "note the ingress treatment and that the tag is removed, then to MirrorOut",
        fields: ["eth_dst", "vlan_vid"],
        leadsTo: ["MirrorOut"],
      },
      {
        name: "mac",
        priority: 10,
        matches: "to a Pod's MAC",
        does: "note the ingress treatment, then to MirrorOut",
        fields: ["eth_dst"],
        leadsTo: ["MirrorOut"],
      },
      {
        name: "other",
        priority: 0,
        matches: "anything else",
        does: "to MirrorOut",
        fields: [],
        leadsTo: ["MirrorOut"],
      },
    ],
  },
  {
    name: "MirrorOut",
    rows: [
      {
        name: "treated",
        priority: 20,
        matches: "egress treatment, not back from a pair",
        does: "a copy to each mirror of the egress treatment, then to MirrorIn",
        fields: [egress, state],
        leadsTo: ["MirrorIn"],
        counts: "copied",
      },
      {
        name: "first",
        priority: 10,
        matches: "anything else that is not back from a pair",
        does: "to MirrorIn",
        fields: [state],
        leadsTo: ["MirrorIn"],
      },
      {
        name: "returned",
        priority: 0,
        matches: "back from a pair: the sender's copies are made",
        does: "to Divert",
        fields: [],
        leadsTo: ["Divert"],
      },
    ],
  },
  {
    name: "MirrorIn",
    rows: [
      {
        name: "treated",
        priority: 20,
        matches: "ingress treatment",
        does: "to CopyOnce for each mirror of the ingress treatment, then to Divert",
        fields: [ingress],
        leadsTo: ["CopyOnce", "Divert"],
        counts: "copied",
      },
      {
        name: "other",
        priority: 0,
        matches: "anything else",
        does: "to Divert",
        fields: [],
        leadsTo: ["Divert"],
      },
    ],
  },
  {
    name: "CopyOnce",
    rows: [
      {
        name: "sent",
        priority: 20,
        matches: "a mirror that the egress treatment has, too",
        does: "nothing: this mirror has its copy already",
        fields: [egress, copy],
        leadsTo: [],
      },
      {
        name: "sendTagged",
        priority: 11,
        matches: "another mirror; the packet has a VLAN tag that the receiver's port removes",
        does: "a copy without the tag to the mirror",
        fields: [copy, state, "vlan_vid"],
        leadsTo: [],
      },
      {
        name: "send",
        priority: 10,
        matches: "another mirror",
        does: "a copy to the mirror",
        fields: [copy],
        leadsTo: [],
      },
    ],
  },
  ...PAIR_TABLES,
] as const satisfies readonly TableDeclaration[];

type Table = typeof TABLES[number];
export type TableName = Table["name"];
/** Names of a table's rows. */
export type RowName<Name extends TableName> = Extract<Table, { readonly name: Name }>["rows"][
  number
]["name"];
