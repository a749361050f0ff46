/**
 * The interpose pipeline. All IP packets enter its tables first, and are mirrored, redirected or dropped there. Then they
 * are handed back to the bridge's own flows in table 0, unchanged. docs/datapath.md has a table of its rows.
 * @module
 */
import {
  definePipeline,
  type FloodPorts,
  type FloodReceiver,
  type Pair,
  type Pipeline,
  type PodPort,
  type Row,
  type RowAction,
  type SwitchPort,
} from "../../core/api.ts";
import { choiceRows, copyOnceRows, untaggedRow } from "./_balance.ts";
import { copyRows } from "./_copies.ts";
import { filterRows } from "./_filter.ts";
import { legRows } from "./_legs.ts";
import { divertRows, dropRows, type Rows } from "./_divert.ts";
import {
  ETHERTYPE,
  FIRST_TIME,
  IP_PROTOCOL,
  NEIGHBOUR_DISCOVERY,
  NEVER_HANDED_BACK,
  REGISTER,
  STATE,
  TAG,
  UNUSED_MARKS,
} from "./_layout.ts";
import { foreignTagRows } from "./_foreign_tags.ts";
import { learnedPort, learnOfPodRows, learnRows } from "./_learn.ts";
import { limits } from "./_limits.ts";
import { ownCopyRows, ownTunnelRows } from "./_own_tunnels.ts";
import { nonIPCopyRows, nonIPPodRows } from "./_non_ip.ts";
import { probeRows } from "./_probes.ts";
import { counterRows, podCounterRows } from "./_count.ts";
import { flag, rowsFrom, set } from "./_rows.ts";
import { destinationRows } from "./_destination.ts";
import { floodedRows, vlanRows } from "./_flood.ts";
import { diverts } from "./_flood_domains.ts";
import { splitRows } from "./_split.ts";
import { TABLES } from "./_tables.ts";

const IP_VERSIONS = [ETHERTYPE.ipv4, ETHERTYPE.ipv6];

/** The registers that are 0 again when a packet is handed back. `choice` and `chosen` are 0 already. */
const CLEARED = [
  ...[REGISTER.tag, REGISTER.copy, REGISTER.original],
  ...[REGISTER.ingress, REGISTER.egress, REGISTER.counter],
];

function bridgeRows(rows: Rows): Row[] {
  const { row, to } = rows;
  return [
    ...NEIGHBOUR_DISCOVERY.map((type) =>
      row(["Bridge", "neighbours"], {
        eth_type: ETHERTYPE.ipv6,
        ip_proto: IP_PROTOCOL.icmpv6,
        icmpv6_type: type,
        [REGISTER.state]: NEVER_HANDED_BACK,
      }, [to("HandBack")])
    ),
    ...IP_VERSIONS.map((eth_type) =>
      row(["Bridge", "ip"], { eth_type, [REGISTER.state]: NEVER_HANDED_BACK }, [to("Source")])
    ),
    row(["Source", "other"], {}, [to("Destination")]),
    row(["Destination", "other"], {}, [to("MirrorOut")]),
    row(["MirrorOut", "first"], { [REGISTER.state]: FIRST_TIME }, [to("MirrorIn")]),
    row(["MirrorOut", "returned"], {}, [to("Divert")]),
    row(["MirrorIn", "other"], {}, [to("Divert")]),
    row(["Divert", "other"], {}, [to("HandBack")]),
    row(["HandBack", "any"], {}, [
      ...CLEARED.map((register) => set(register, 0n)),
      set(REGISTER.state, STATE.handedBack),
      to("Bridge"),
    ]),
    untaggedRow(rows),
    ...learnRows(rows),
    ...restorePortRows(rows),
  ];
}

/**
 * Rows that no packet matches, as packets come in without a mark. They stand before the rows that all IP packets pass, so
 * that the switch looks at a bit of the mark of each.
 */
function refreshRows({ row, to }: Rows, turn: 0 | 1): Row[] {
  const pkt_mark = [UNUSED_MARKS[turn], UNUSED_MARKS[turn]] as const;
  return [
    row(["Bridge", "refresh"], { pkt_mark, [REGISTER.state]: NEVER_HANDED_BACK }, [to("Source")]),
    row(["RestorePort", "refresh"], { pkt_mark }, []),
  ];
}

function floodRows(
  rows: Rows,
  receivers: readonly FloodReceiver[],
  ports: FloodPorts, // not taken apart: each of its lists costs as much as the bridge has ports
): Row[] {
  const found = [
    ...floodedRows(rows, receivers),
    ...(receivers.some(diverts)
      ? [...foreignTagRows(rows, ports.withVLANs), ...splitRows(rows, receivers, ports.flooded)]
      : []),
  ];
  const needsVLAN = found.some(({ match }) =>
    REGISTER.tag in match && match[REGISTER.tag]!.value === 0n
  );
  return needsVLAN ? [...found, ...vlanRows(rows, ports.withVLANs)] : found;
}

/** Rows that set `in_port` to the packet's own port again: the owner learns MACs and detects spoofed packets by it. */
function restorePortRows({ row, to }: Rows): Row[] {
  const restore: RowAction = {
    type: "move",
    from: { field: REGISTER.original, start: 0, end: 15 },
    to: { field: "in_port", start: 0, end: 15 },
  };
  return [
    row(["RestorePort", "tagged"], { [REGISTER.tag]: [TAG.present, TAG.present] }, [
      restore,
      { type: "push_vlan", ethertype: ETHERTYPE.vlan },
      {
        type: "move",
        from: { field: REGISTER.tag, start: TAG.firstBit, end: TAG.lastBit },
        to: { field: "vlan_vid", start: TAG.firstBit, end: TAG.lastBit },
      },
      set(REGISTER.tag, 0n),
      to("Source"),
    ]),
    row(["RestorePort", "unknown"], { [REGISTER.original]: 0 }, []),
    row(["RestorePort", "known"], {}, [restore, to("Source")]),
  ];
}

function copyPortRows(rows: Rows, port: SwitchPort): Row[] {
  return [
    rows.row(["Bridge", "closed"], { in_port: port.ofport }, []),
    ...ownCopyRows(rows, port),
    ...copyOnceRows(rows, { to: [port] }),
  ];
}

function pairRows(rows: Rows, pair: Pair): Row[] {
  const { row, to } = rows;
  const home = [
    set(REGISTER.state, BigInt(pair.choice ?? pair.return.ofport)),
    to("Restore"),
    to("Restore"), // what was learned about a Pod's tags is found by the port
    to("RestorePort"),
  ];
  return [
    ...(pair.probe ? probeRows(rows, pair.return.ofport, pair.probe) : []),
    ...IP_VERSIONS.map((eth_type) =>
      row(["Bridge", "returned"], { eth_type, in_port: pair.return.ofport }, home)
    ),
    row(["Bridge", "closed"], { in_port: pair.return.ofport }, []),
    ...ownTunnelRows(rows, pair.target),
    ...(pair.target.ofport === pair.return.ofport
      ? []
      : [row(["Bridge", "closed"], { in_port: pair.target.ofport }, [])]),
  ];
}

function sourceRows(rows: Rows, pod: PodPort): Row[] {
  const { row, to } = rows;
  const { ofport, macs, egress, ambiguous, match } = pod;
  const treat = egress ? [set(REGISTER.egress, BigInt(egress.id))] : [];
  return [
    ...macs.map((mac) =>
      row(["Source", "own"], { in_port: ofport, eth_src: mac }, [...treat, to("Destination")])
    ),
    ...otherMacRows(rows, pod, treat),
    ...learnOfPodRows(rows, pod),
    // If the CNI routes, the method `flood` is not asked for.
    ...(match === "ip" ? foreignTagRows(rows, [pod]) : []),
    ...(ambiguous ? [] : macs).flatMap((mac) => [
      row(["Source", "stranger"], { eth_src: mac }, [flag(STATE.unverified), to("Destination")]),
      row(["Restore", "localPod"], { eth_src: mac }, [set(REGISTER.original, BigInt(ofport))]),
    ]),
  ];
}

/** Rows for packets from a Pod's port whose source MAC is not one of the Pod's. */
function otherMacRows({ row, to }: Rows, pod: PodPort, treat: readonly RowAction[]): Row[] {
  const { ofport, macs, egress } = pod;
  const any = { in_port: ofport };
  // A redirected Pod must not avoid the pair by a false source MAC, so these packets are dropped. If the redirect has rules,
  // table Gate drops those that it is about.
  if (egress?.hops.some(({ filter }) => filter === undefined)) {
    return [row(["Source", "port"], any, [])];
  }
  if (macs.length === 0) {
    return egress ? [row(["Source", "port"], any, [...treat, to("Destination")])] : [];
  }
  // Marked like this, they enter no pair: when they came back, they would seem to come from the MAC's real port.
  return [row(["Source", "port"], any, [...treat, flag(STATE.unverified), to("Destination")])];
}

function create({ tableBase }: { readonly tableBase: number }): Pipeline {
  const rows = rowsFrom(tableBase);
  return {
    tables: { first: tableBase, count: TABLES.length - 1 },
    cannot: limits,
    bridge: () => bridgeRows(rows),
    copyPort: (port) => copyPortRows(rows, port),
    pair: (pair) => pairRows(rows, pair),
    choice: (choice, turn) => choiceRows(rows, choice, turn),
    counter: (counter) => counterRows(rows, counter),
    leg: (leg) => legRows(rows, leg),
    filter: (filter) => filterRows(rows, filter),
    treatment: (direction, treatment) => [
      ...copyRows(rows, direction, treatment),
      ...nonIPCopyRows(rows, direction, treatment),
      ...divertRows(rows, { direction, treatment }),
      ...dropRows(rows, direction, treatment),
    ],
    refresh: (turn) => refreshRows(rows, turn),
    vlans: (ports) => vlanRows(rows, ports),
    flood: (receivers, ports) => floodRows(rows, receivers, ports),
    podPort: (pod) => [
      ...sourceRows(rows, pod),
      ...destinationRows(rows, pod),
      ...nonIPPodRows(rows, pod),
      ...podCounterRows(rows, pod),
    ],
    learnedPort,
  };
}

export default definePipeline({
  name: "interpose",
  docs: "Treats IP traffic before the bridge's own table 0 sees it, on any bridge, by OpenFlow.",
  tables: TABLES,
  fits: () => true,
  floodNeedsFew: true,
  create,
});
