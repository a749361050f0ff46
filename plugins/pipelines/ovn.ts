/**
 * The pipeline for the bridge of ovn-controller. What Pods send is treated before OVN's own flows, in table 0. What they
 * receive is treated where OVN has decided that it goes to the Pod's port: in the place of OVN's flow that sends it there.
 * Behind these two entries are the tables of `interpose`. docs/ovn.md says what differs from there.
 * @module
 */
import {
  type BridgeFacts,
  definePipeline,
  type Pipeline,
  type Row,
  type RowAction,
  type Treatment,
} from "../../core/api.ts";
import { isChained } from "./_chained.ts";
import interpose from "./interpose.ts";
import {
  ETHERTYPE,
  IP_PROTOCOL,
  MULTICAST,
  NEIGHBOUR_DISCOVERY,
  NO_PORT,
  REGISTER,
  STATE,
} from "./_layout.ts";
import {
  delivered,
  deliveryRows,
  ownCopyDeliveryRows,
  returnRows,
  senderRows,
} from "./_ovn_delivery.ts";
import { askSenderRows, untakenRow } from "./_ovn_copies.ts";
import { DELIVERY, MARK } from "./_ovn_layout.ts";
import { marked, type OvnRows, ovnRowsFrom } from "./_ovn_rows.ts";
import { DELIVERY_ROWS, OVN_TABLES } from "./_ovn_tables.ts";
import { clear, set } from "./_rows.ts";

/** The bridge that ovn-controller uses if `external_ids:ovn-bridge` is absent: ovn-controller(8). */
const DEFAULT_BRIDGE = "br-int";

function isOvns({ name, ovsExternalIDs: ids }: BridgeFacts): boolean {
  return name === (ids["ovn-bridge"] ?? (ids["ovn-remote"] ? DEFAULT_BRIDGE : undefined));
}

const PORT: RowAction = {
  type: "output_field",
  from: { field: REGISTER.original, start: 0, end: 15 },
};
/** The switch sends nothing from one port of a pair to another one: both are protected. So the next pair would get nothing. */
const FORGET_PORT = set("in_port", NO_PORT[0]);
const mark = (bits: bigint): RowAction => ({
  type: "set_field",
  field: MARK.register,
  value: bits,
  mask: bits,
});

/** The rows for packets that OVN delivers. They are the same for all Pods. */
function deliveredRows({ added, to }: OvnRows): Row[] {
  const { comparesCopies } = DELIVERY;
  const inChain = STATE.inReceiverChain;
  const discovery = { eth_type: ETHERTYPE.ipv6, ip_proto: IP_PROTOCOL.icmpv6 };
  return [
    ...NEIGHBOUR_DISCOVERY.map((icmpv6_type) =>
      added(["Destination", "deliveredNeighbours"], {
        ...discovery,
        icmpv6_type,
        ...delivered(0n, STATE.nonIP),
      }, [to("HandBack")])
    ),
    added(["Destination", "delivered"], delivered(), [to("Source"), to("MirrorIn")]),
    added(["Source", "delivered"], delivered(), []),
    added(["Divert", "copied"], { [REGISTER.state]: [comparesCopies, comparesCopies | inChain] }, [
      clear(comparesCopies),
      set(REGISTER.egress, 0n),
      to("Divert"),
    ]),
    // The receiver's chain asks which pairs the sender's has.
    added(["Divert", "copied"], {
      [REGISTER.state]: [comparesCopies | inChain, comparesCopies | inChain],
    }, [
      clear(comparesCopies),
      to("Divert"),
    ]),
    added(["Divert", "deliveredToMany"], { eth_dst: MULTICAST, ...delivered() }, [to("HandBack")]),
    added(["HandBack", "delivered"], delivered(), [PORT]),
    added(["RestorePort", "delivered"], delivered(), [FORGET_PORT, to("Source"), to("Divert")]),
  ];
}

/** In place of the bit of the state register, a packet that is handed back gets a mark that OVN leaves as it is. */
function handBackRows({ row, added, to }: OvnRows, [handBack]: readonly Row[]): Row[] {
  const cleared = handBack!.actions.filter((action) =>
    action.type === "set_field" && action.field !== REGISTER.state
  );
  const handedBack = (bits: bigint) => [
    ...cleared,
    set(REGISTER.state, 0n),
    mark(bits),
    to("Bridge"),
  ];
  return [
    added(
      ["HandBack", "uninspected"],
      { [REGISTER.state]: [0n, STATE.lastPair | STATE.inReceiverChain] },
      handedBack(MARK.handedBack),
    ),
    row(["HandBack", "any"], {}, handedBack(MARK.handedBack | MARK.inspected)),
  ];
}

/**
 * What comes back from a pair whose rules leave it alone for its sender was there for its receiver. Nothing says that on a
 * bridge where both have tables of their own, so such a packet would go round for ever.
 */
function chainsWithRules({ hops = [] }: Treatment): string[] {
  const isWrong = hops.some((hop) => isChained(hop) && "rules" in (hop.scope ?? {}));
  return isWrong ? ['hops of a chain with "rules"'] : [];
}

const learns = ({ actions }: Row) => actions.some(({ type }) => type === "learn");

function bridgeRows(rows: OvnRows, base: Pipeline): Row[] {
  const isHandBack = ({ table }: Row) => table === rows.number("HandBack");
  const all = base.bridge().filter((row) => !learns(row));
  return [
    ...marked(all.filter((row) => !isHandBack(row))),
    ...handBackRows(rows, all.filter(isHandBack)),
    ...deliveredRows(rows),
    untakenRow(rows),
  ];
}

function create({ tableBase }: { readonly tableBase: number }): Pipeline {
  const rows = ovnRowsFrom(tableBase);
  const base = interpose.create({ tableBase });
  return {
    tables: base.tables,
    cannot: (treatment) => [...base.cannot(treatment), ...chainsWithRules(treatment)],
    bridge: () => bridgeRows(rows, base),
    copyPort: (port) => [...marked(base.copyPort(port)), ...ownCopyDeliveryRows(rows, port)],
    pair: (pair) => marked(base.pair(pair)),
    choice: (choice, turn) => base.choice!(choice, turn),
    counter: (counter) => base.counter!(counter),
    leg: (leg) => base.leg!(leg),
    filter: (filter) => base.filter!(filter),
    treatment: (direction, treatment) => [
      ...marked(base.treatment(direction, treatment)),
      ...(direction === "egress" ? askSenderRows(rows, treatment) : []),
    ],
    refresh: (turn) => marked(base.refresh!(turn)),
    podPort: (pod) => {
      const { ingress: _, ...sender } = pod;
      return [
        ...base.podPort({ ...sender, match: "mac" }).filter((row) => !learns(row)),
        ...senderRows(rows, pod),
        ...returnRows(rows, pod),
        ...deliveryRows(rows, pod),
      ];
    },
  };
}

export default definePipeline({
  name: "ovn",
  docs:
    "Treats what Pods send before OVN's flows, and what they receive where OVN sends it to them.",
  tables: OVN_TABLES,
  deliveryRows: DELIVERY_ROWS,
  marks: { field: MARK.register, bits: [MARK.handedBack, MARK.inspected] },
  fits: isOvns,
  create,
});
