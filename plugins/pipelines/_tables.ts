/**
 * Declarations of the tables of the interpose pipeline and of their rows, about in the order in which a packet passes the tables.
 * The table in `docs/datapath.md` is generated from this list.
 * @module
 */
import type { RowDeclaration, TableDeclaration } from "../../core/api.ts";
import { REGISTER } from "./_layout.ts";
import { BALANCE_TABLES } from "./_balance_table.ts";
import { COUNT_TABLES } from "./_count_table.ts";
import { COPY_TABLES } from "./_copy_tables.ts";
import { LEG_TABLES } from "./_leg_table.ts";
import { GATE_TABLES } from "./_gate_table.ts";
import { FILTER_TABLES } from "./_filter_table.ts";
import { PASSED_TABLES } from "./_passed_table.ts";
import { PAIR_TABLES } from "./_pair_tables.ts";
import { RESTORE_TABLES } from "./_restore_tables.ts";

const { state, tag } = REGISTER;

const asking = ["eth_type", "arp_tpa", "ip_proto", "icmpv6_type", "icmpv6_code", "nd_target"];

/** Rows of table Destination for ARP and IPv6 neighbour discovery. */
const NON_IP_DESTINATIONS = [
  {
    name: "nonIPOwn",
    priority: 33,
    matches: "`not IP`, from a Pod that asks for its own address",
    does: "to MirrorOut",
    fields: ["in_port", "eth_dst", ...asking, state],
    leadsTo: ["MirrorOut"],
  },
  {
    name: "nonIPUntagged",
    priority: 32,
    matches: "as the next row, with a VLAN tag that the Pod's port removes",
    does: "note the ingress treatment and that the tag is removed, then to MirrorOut",
    fields: ["eth_dst", ...asking, "vlan_vid", state],
    leadsTo: ["MirrorOut"],
  },
  {
    name: "nonIP",
    priority: 31,
    matches: "`not IP`, to a Pod's MAC or asking for its IP, if its mirror has `nonIP`",
    does: "note the ingress treatment, then to MirrorOut",
    fields: ["eth_dst", ...asking, state],
    leadsTo: ["MirrorOut"],
  },
  {
    name: "nonIPOther",
    priority: 30,
    matches: "`not IP`, to others",
    does: "to MirrorOut",
    fields: [state],
    leadsTo: ["MirrorOut"],
  },
] as const satisfies readonly RowDeclaration[];

export const TABLES = [
  {
    name: "Bridge",
    rows: [
      {
        name: "probe",
        priority: 65535,
        matches: "a health probe that comes back from a sensor",
        does: "to Sluice, and nowhere else",
        fields: ["in_port", "eth_src", "eth_dst", "eth_type", "ip_proto", "ip_src", "ip_dst"],
        leadsTo: [],
      },
      {
        name: "returned",
        priority: 65534,
        matches: "IP from a return port",
        does: "note from which pair it comes, then to Restore for port and tag, and to RestorePort",
        fields: ["eth_type", "in_port"],
        leadsTo: ["Restore", "RestorePort"],
      },
      {
        name: "closed",
        priority: 65533,
        matches: "from a target port, or anything but IP from a return port",
        does: "dropped: no packet may enter by a target port, and a sensor returns IP only",
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
        name: "nonIP",
        priority: 65004,
        matches:
          "ARP and IPv6 neighbour discovery that are not handed back yet, if a mirror has `nonIP`",
        does: "mark it `not IP`, then to Source: no row but those for `not IP` concerns it there",
        fields: ["eth_type", "ip_proto", "icmpv6_type", state],
        leadsTo: ["Source"],
      },
      {
        name: "ownTunnel",
        priority: 65003,
        matches:
          "sent by the node into the tunnel that is a pair's target; the far end is behind the bridge",
        does: "to HandBack: it is not redirected again",
        fields: ["in_port", "eth_type", "ip_proto", "ip_dst", "ipv6_dst", "udp_dst", state],
        leadsTo: ["HandBack"],
      },
      {
        name: "ownCopy",
        priority: 65002,
        matches: "sent by the node into the tunnel of a mirror, or an ICMP error about that",
        does: "mark it as Sluice's own copy, then to Source",
        fields: [
          ...["in_port", "eth_dst", "eth_type", "ip_proto", "ip_src", "ip_dst", "ipv6_src"],
          ...["ipv6_dst", "udp_dst", "icmp_type", "icmpv6_type", state],
        ],
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
        name: "nonIP",
        priority: 31,
        matches: "`not IP`, from a Pod's port, if its mirror has `nonIP`",
        does: "note the egress treatment, then to Destination",
        fields: ["in_port", state],
        leadsTo: ["Destination"],
      },
      {
        name: "nonIPOther",
        priority: 30,
        matches: "`not IP`, from another port",
        does: "to Destination",
        fields: [state],
        leadsTo: ["Destination"],
      },
      {
        name: "carriedTag",
        priority: 21,
        matches: "a VLAN tag, from a port that carries it but not every tag",
        does: "to Source again",
        fields: ["in_port", "vlan_vid", state],
        leadsTo: ["Source"],
      },
      {
        name: "foreignTag",
        priority: 20,
        matches: "another VLAN tag, from such a port: an access port, for example",
        does: "mark it `foreign tag`, then to Source again",
        fields: ["in_port", "vlan_vid", state],
        leadsTo: ["Source"],
      },
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
      ...NON_IP_DESTINATIONS,
      {
        name: "shared",
        priority: 15,
        matches: "to an IP that several Pods have, with `match: ip`",
        does: "to CopyOnce, which finds the VLAN, then to Destination again",
        fields: ["eth_type", "ip_dst", "ipv6_dst", tag],
        leadsTo: ["CopyOnce", "Destination"],
      },
      {
        name: "sharedInVLAN",
        priority: 14,
        matches: "the same, in the VLAN of a Pod's port",
        does: "note the ingress treatment, then to MirrorOut",
        fields: ["eth_type", "ip_dst", "ipv6_dst", tag],
        leadsTo: ["MirrorOut"],
      },
      {
        name: "addressUntagged",
        priority: 13,
        matches: "as the next row, with a VLAN tag that the Pod's port removes",
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
        matches: "to a Pod's MAC, with a VLAN tag that the Pod's port removes",
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
  ...COPY_TABLES,
  ...PAIR_TABLES,
  ...RESTORE_TABLES,
  ...BALANCE_TABLES,
  ...FILTER_TABLES,
  ...LEG_TABLES,
  ...GATE_TABLES,
  ...COUNT_TABLES,
  ...PASSED_TABLES,
] as const satisfies readonly TableDeclaration[];

type Table = typeof TABLES[number];
export type TableName = Table["name"];
/** Names of a table's rows. */
export type RowName<Name extends TableName> = Extract<Table, { readonly name: Name }>["rows"][
  number
]["name"];
