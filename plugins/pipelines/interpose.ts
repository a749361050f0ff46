/**
 * The interpose pipeline: all IP traffic enters our tables first, is mirrored or diverted there, and is then handed to
 * the bridge's own table 0 as if nothing had happened. docs/datapath.md draws it.
 * @module
 */
import {
  definePipeline,
  type Flow,
  type FlowAction,
  type Pair,
  type Pipeline,
  type PodPort,
  type RealizedTreatment,
} from "../../core/api.ts";
import { divertRows, type Rows } from "./_divert.ts";
import {
  ETHERTYPE,
  IP_PROTOCOL,
  NEIGHBOUR_DISCOVERY,
  REGISTER,
  STATE,
  TABLE_COUNT,
  TAG,
} from "./_layout.ts";
import { flag, rowsFrom, set } from "./_rows.ts";

const IP_VERSIONS = [ETHERTYPE.ipv4, ETHERTYPE.ipv6];
const MULTICAST: readonly [string, string] = ["01:00:00:00:00:00", "01:00:00:00:00:00"];
const NEVER_HANDED_BACK: readonly [bigint, bigint] = [0n, STATE.handedBack];
const FIRST_TIME: readonly [bigint, bigint] = [0n, STATE.lastPair];

function bridgeRows(rows: Rows): Flow[] {
  const { row, to, again } = rows;
  return [
    ...NEIGHBOUR_DISCOVERY.map((type) =>
      row(["owners", "neighbours"], {
        eth_type: ETHERTYPE.ipv6,
        ip_proto: IP_PROTOCOL.icmpv6,
        icmpv6_type: type,
        [REGISTER.state]: NEVER_HANDED_BACK,
      }, [to("handBack")])
    ),
    ...IP_VERSIONS.map((eth_type) =>
      row(["owners", "ip"], { eth_type, [REGISTER.state]: NEVER_HANDED_BACK }, [to("source")])
    ),
    row(["source", "other"], {}, [to("destination")]),
    row(["destination", "other"], {}, [to("mirrorOut")]),
    row(["mirrorOut", "first"], { [REGISTER.state]: FIRST_TIME }, [to("mirrorIn")]),
    row(["mirrorOut", "returned"], {}, [to("divert")]),
    row(["mirrorIn", "other"], {}, [to("divert")]),
    row(["divert", "other"], {}, [to("handBack")]),
    row(["handBack", "any"], {}, [
      ...[REGISTER.tag, REGISTER.copy, REGISTER.original, REGISTER.ingress, REGISTER.egress]
        .map((register) => set(register, 0n)),
      set(REGISTER.state, STATE.handedBack),
      again,
    ]),
    ...restorePortRows(rows),
  ];
}

/** `in_port` must be the packet's own again: the owner's MAC table and spoof guards look at it. */
function restorePortRows({ row, to }: Rows): Flow[] {
  const restore: FlowAction = {
    type: "move",
    from: { field: REGISTER.original, start: 0, end: 15 },
    to: { field: "in_port", start: 0, end: 15 },
  };
  return [
    row(["restorePort", "tagged"], { [REGISTER.tag]: [TAG.present, TAG.present] }, [
      restore,
      { type: "push_vlan", ethertype: ETHERTYPE.vlan },
      {
        type: "move",
        from: { field: REGISTER.tag, start: TAG.firstBit, end: TAG.lastBit },
        to: { field: "vlan_vid", start: TAG.firstBit, end: TAG.lastBit },
      },
      set(REGISTER.tag, 0n),
      to("source"),
    ]),
    row(["restorePort", "unknown"], { [REGISTER.original]: 0 }, []),
    row(["restorePort", "known"], {}, [restore, to("source")]),
  ];
}

function mirrorRows({ row }: Rows, ofport: number): Flow[] {
  const copy = { [REGISTER.copy]: ofport };
  const output: FlowAction = { type: "output", port: ofport };
  return [
    row(["owners", "targetInput"], { in_port: ofport }, []),
    // The copy alone: the packet itself goes on with the tag that its receiver's access port takes off.
    row(
      ["copyOnce", "sendTagged"],
      {
        ...copy,
        [REGISTER.state]: [STATE.untag, STATE.untag],
        vlan_vid: [TAG.present, TAG.present],
      },
      [{ type: "clone", actions: [{ type: "pop_vlan" }, output] }],
    ),
    row(["copyOnce", "send"], copy, [output]),
  ];
}

function pairRows({ row, to }: Rows, pair: Pair): Flow[] {
  const home = [set(REGISTER.state, BigInt(pair.return)), to("restore"), to("restorePort")];
  return [
    ...IP_VERSIONS.map((eth_type) =>
      row(["owners", "returned"], { eth_type, in_port: pair.return }, home)
    ),
    row(["owners", "returnedOther"], { in_port: pair.return }, []),
    ...(pair.target === pair.return
      ? []
      : [row(["owners", "targetInput"], { in_port: pair.target }, [])]),
  ];
}

/** The port of each copy, once. */
function portsOf(copies: RealizedTreatment["copies"]): number[] {
  return [...new Set(copies.flatMap(({ to }) => to.slice(0, 1)))];
}

function egressRows({ row, to }: Rows, { id, copies }: RealizedTreatment): Flow[] {
  const ports = portsOf(copies);
  if (ports.length === 0) return [];
  const outputs = ports.map((port): FlowAction => ({ type: "output", port }));
  return [
    row(["mirrorOut", "treated"], { [REGISTER.egress]: id, [REGISTER.state]: FIRST_TIME }, [
      ...outputs,
      to("mirrorIn"),
    ]),
    // The receiver's treatment may have the same mirror: one copy is enough.
    ...ports.map((port) =>
      row(["copyOnce", "sent"], { [REGISTER.egress]: id, [REGISTER.copy]: port }, [])
    ),
  ];
}

function ingressRows({ row, to }: Rows, { id, copies }: RealizedTreatment): Flow[] {
  const ports = portsOf(copies);
  if (ports.length === 0) return [];
  const outputs = ports.flatMap((port) => [set(REGISTER.copy, BigInt(port)), to("copyOnce")]);
  return [row(["mirrorIn", "treated"], { [REGISTER.ingress]: id }, [...outputs, to("divert")])];
}

function sourceRows(rows: Rows, pod: PodPort): Flow[] {
  const { row, to } = rows;
  const { ofport, macs, egress, ambiguous } = pod;
  const treat = egress ? [set(REGISTER.egress, BigInt(egress.id))] : [];
  return [
    ...macs.map((mac) =>
      row(["source", "own"], { in_port: ofport, eth_src: mac }, [...treat, to("destination")])
    ),
    ...otherMacRows(rows, pod, treat),
    ...(ambiguous ? [] : macs).flatMap((mac) => [
      row(["source", "stranger"], { eth_src: mac }, [flag(STATE.unverified), to("destination")]),
      row(["restore", "localPod"], { eth_src: mac }, [set(REGISTER.original, BigInt(ofport))]),
    ]),
  ];
}

/** Packets from a Pod's port whose source is none of its own MACs. */
function otherMacRows({ row, to }: Rows, pod: PodPort, treat: readonly FlowAction[]): Flow[] {
  const { ofport, macs, egress } = pod;
  const any = { in_port: ofport };
  // A spoofed source would get round the pair.
  if (egress && egress.hops.length > 0) return [row(["source", "port"], any, [])];
  if (macs.length === 0) {
    return egress ? [row(["source", "port"], any, [...treat, to("destination")])] : [];
  }
  // A pair would give it back by the port of the MAC's real owner, Pod or not.
  return [row(["source", "port"], any, [...treat, flag(STATE.unverified), to("destination")])];
}

function destinationRows({ row, to }: Rows, pod: PodPort): Flow[] {
  const { ingress, macs, ips, match, access } = pod;
  if (!ingress) return [];
  const actions = [
    set(REGISTER.ingress, BigInt(ingress.id)),
    ...(access ? [flag(STATE.untag)] : []),
    to("mirrorOut"),
  ];
  const broadcast = match === "ip" ? {} : { eth_dst: MULTICAST };
  return [
    ...ips.map((ip) =>
      row(["destination", "address"], {
        ...(ip.includes(":")
          ? { eth_type: ETHERTYPE.ipv6, ipv6_dst: ip }
          : { eth_type: ETHERTYPE.ipv4, ip_dst: ip }),
        ...broadcast,
      }, actions)
    ),
    ...(match === "mac" ? macs : []).map((mac) =>
      row(["destination", "mac"], { eth_dst: mac }, actions)
    ),
  ];
}

function create({ tableBase }: { readonly tableBase: number }): Pipeline {
  const rows = rowsFrom(tableBase);
  return {
    tables: { first: tableBase, count: TABLE_COUNT },
    bridge: () => bridgeRows(rows),
    mirror: (ofport) => mirrorRows(rows, ofport),
    pair: (pair) => pairRows(rows, pair),
    treatment: (direction, treatment) => [
      ...(direction === "egress" ? egressRows(rows, treatment) : ingressRows(rows, treatment)),
      ...divertRows(rows, { direction, treatment }),
    ],
    drop: (direction, { id }) => [rows.row(["divert", "drop"], { [REGISTER[direction]]: id }, [])],
    podPort: (pod) => [...sourceRows(rows, pod), ...destinationRows(rows, pod)],
  };
}

export default definePipeline({
  name: "interpose",
  docs: "Treats IP traffic before the bridge's own table 0 sees it, on any bridge, by OpenFlow.",
  create,
});
