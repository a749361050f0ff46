/**
 * Declarations of the tables of the pipeline `ovn`: those of `interpose`, without what only a bridge needs that floods and
 * learns, and with rows for packets that OVN is about to deliver.
 * @module
 */
import type { RowDeclaration, TableDeclaration } from "../../core/api.ts";
import { REGISTER } from "./_layout.ts";
import { MARK } from "./_ovn_layout.ts";
import { type TableName, TABLES } from "./_tables.ts";

const { copy, egress, leg, state } = REGISTER;

/** Rows that stand in OVN's own table, before its flow that sends packets to the Pod's port. */
export const DELIVERY_ROWS = [
  {
    name: "deliverNonIP",
    priority: 65001,
    matches:
      "ARP and IPv6 neighbour discovery, to the port of a Pod with a mirror that has `nonIP`",
    does: "as the next row, marked `not IP`",
    fields: ["eth_type", "ip_proto", "icmpv6_type"],
    leadsTo: ["Destination"],
  },
  {
    name: "deliver",
    priority: 65000,
    matches: "IP, to the port of a Pod with an ingress treatment: what OVN's own flow matches",
    does: "in a copy of the packet with registers of its own: note the treatment, to Destination",
    fields: ["eth_type"],
    leadsTo: ["Destination"],
  },
] as const satisfies readonly RowDeclaration[];

/** The rows that `ovn` has besides those of `interpose`, by table. */
const ADDED = {
  Source: [
    {
      name: "deliveredInspected",
      priority: 45,
      matches: "`delivered`, from a Pod's port and MAC, back from the last pair of its redirect",
      does: "note that pair, and which copies there are already",
      fields: ["in_port", "eth_src", state],
      leadsTo: [],
    },
    {
      name: "deliveredBack",
      priority: 46,
      matches: "`delivered`, back from a pair, with the MAC of a local Pod",
      does: "note its treatment if it has a chain: the receiver's one asks which pairs that has",
      fields: ["in_port", "eth_src", state],
      leadsTo: [],
    },
    {
      name: "deliveredOwn",
      priority: 44,
      matches: "`delivered`, from a Pod's port, with one of the Pod's MACs",
      does: "note which copies there are already",
      fields: ["in_port", "eth_src", state],
      leadsTo: [],
    },
    {
      name: "deliveredStranger",
      priority: 43,
      matches: "`delivered`, from another port, with a local Pod's source MAC",
      does: "mark it `unverified`",
      fields: ["eth_src", state],
      leadsTo: [],
    },
    {
      name: "deliveredRouted",
      priority: 42,
      matches: "`delivered` by a router of this node, from a Pod's IP",
      does: "note which copies there are already",
      fields: ["in_port", "eth_type", "ip_src", "ipv6_src", state],
      leadsTo: [],
    },
    {
      name: "delivered",
      priority: 40,
      matches: "`delivered`, from anybody else",
      does: "nothing",
      fields: [state],
      leadsTo: [],
    },
  ],
  Destination: [
    {
      name: "deliveredNeighbours",
      priority: 42,
      matches: "`delivered`, IPv6 neighbour discovery that is not marked `not IP`",
      does: "to HandBack: like ARP, it is not treated",
      fields: ["eth_type", "ip_proto", "icmpv6_type", state],
      leadsTo: ["HandBack"],
    },
    {
      name: "deliveredOwnCopy",
      priority: 41,
      matches: "`delivered`, a packet of a mirror's tunnel to the collector",
      does: "to Divert: it is not copied again",
      fields: ["eth_type", "ip_proto", "ip_dst", "ipv6_dst", "udp_dst", state],
      leadsTo: ["Divert"],
    },
    {
      name: "delivered",
      priority: 40,
      matches: "`delivered`",
      does: "to Source, and when that has said who sent it, to MirrorIn",
      fields: [state],
      leadsTo: ["Source", "MirrorIn"],
    },
  ],
  CopyOnce: [
    {
      name: "untaken",
      priority: 24,
      matches: "a mirror; none of the sender's copies to it has taken the packet",
      does: "to CopyOnce again, for the receiver's copy",
      fields: [copy, leg],
      leadsTo: ["CopyOnce"],
    },
    {
      name: "askSender",
      priority: 23,
      matches: "a mirror to which the egress treatment has only copies with a scope",
      does: "in a copy of the packet: to Filter and Leg for each of them, then to CopyOnce again",
      fields: [egress, copy],
      leadsTo: ["CopyOnce", "Filter", "Leg"],
    },
  ],
  Divert: [
    {
      name: "copied",
      priority: 61,
      matches: "`delivered`; the copies are made",
      does: "forget the sender's treatment, then to Divert again",
      fields: [state],
      leadsTo: ["Divert"],
    },
    {
      name: "deliveredToMany",
      priority: 46,
      matches: "`delivered`, broadcast or multicast",
      does: "to HandBack: when it came back from a pair, nothing would say whom it was for",
      fields: ["eth_dst", state],
      leadsTo: ["HandBack"],
    },
  ],
  HandBack: [
    {
      name: "delivered",
      priority: 20,
      matches: "`delivered`",
      does: "to the Pod's port",
      fields: [state],
      leadsTo: [],
    },
    {
      name: "uninspected",
      priority: 5,
      matches: "a packet that has been in no pair",
      does: "clear the registers but for the mark `handed back`, then to table 0",
      fields: [state],
      leadsTo: ["Bridge"],
    },
  ],
  Restore: [
    {
      name: "sender",
      priority: 29,
      matches: "back from a pair of the redirect of the Pod with this source MAC",
      does: "find the Pod's port",
      fields: ["eth_src", state],
      leadsTo: [],
    },
    {
      name: "receiver",
      priority: 28,
      matches: "back from a pair of the redirect of the Pod with this destination MAC",
      does: "mark it `delivered`; note the Pod's port and treatment",
      fields: ["eth_dst", state],
      leadsTo: [],
    },
    {
      name: "formerReceiver",
      priority: 11,
      matches: "to a Pod's MAC, back from a pair that the Pod does not have any more",
      does: "as above",
      fields: ["eth_dst"],
      leadsTo: [],
    },
  ],
  RestorePort: [
    {
      name: "delivered",
      priority: 4,
      matches: "`delivered`",
      does:
        "forget the pair's port, as the next pair would get nothing from there; to Source and Divert",
      fields: [state],
      leadsTo: ["Source", "Divert"],
    },
  ],
} as const satisfies Partial<Record<TableName, readonly RowDeclaration[]>>;

type Added = typeof ADDED;
export type AddedTable = keyof Added;
export type AddedRow<Table extends AddedTable> = Added[Table][number]["name"];

/** Rows of `interpose` that `ovn` has not: OVN itself copies broadcast, and says for whom each packet is. */
const LEFT_OUT: Partial<Record<TableName, RegExp>> = {
  Source: /Tag$/,
  Destination: /^(nonIP(Own|Untagged)?|shared.*|address.*|mac.*)$/,
  MirrorIn: /^flood/,
  CopyOnce: /^flood|VLAN|^vlan|^priorityTag$/,
  Divert: /^(flood(?!Sender)|deliver|split)/,
  Restore: /^learn/,
};

const isKept = (table: TableName, { name }: RowDeclaration) => !LEFT_OUT[table]?.test(name);

/** In table 0 a mark in OVN's register says what the state register says on other bridges. */
const withMark = (row: RowDeclaration): RowDeclaration => ({
  ...row,
  fields: row.fields.map((field) => field === state ? MARK.register : field),
});

export const OVN_TABLES: readonly TableDeclaration[] = TABLES.map(({ name, rows }, index) => {
  const kept = (rows as readonly RowDeclaration[]).filter((row) => isKept(name, row));
  const added: readonly RowDeclaration[] = ADDED[name as AddedTable] ?? [];
  const all = index === 0 ? kept.map(withMark) : kept;
  return { name, rows: [...added, ...all].toSorted((one, other) => other.priority - one.priority) };
});

/** The priority that is declared for rows of that name. */
export function addedPriority<Table extends AddedTable>(
  table: Table,
  name: AddedRow<Table>,
): number {
  const rows: readonly RowDeclaration[] = ADDED[table];
  return rows.find((row) => row.name === name)!.priority;
}
