/**
 * The rows for broadcast and multicast to Pods whose received packets are redirected or dropped. The bridge's own flows
 * cannot leave out a single receiver, so these rows stand in for them: they send the packet once to each pair and once to
 * each other port of the VLAN. What comes back from a pair goes only to the receivers of that pair. The bridge's own flows
 * get the packet with its source as its destination: so they learn where the sender is, and forward nothing.
 * @module
 */
import type { FloodReceiver, Row, RowAction, VLANPort } from "../../core/api.ts";
import { type EnteredHop, numberOf, sendInto } from "./_balance.ts";
import { isChained } from "./_chained.ts";
import { carries, namedVLANs, removedTags } from "./_flood.ts";
import { forBoth, pathsOf } from "./_flood_paths.ts";
import { ask } from "./_gate.ts";
import { CHOICE, ETHERTYPE, MULTICAST, NO_TAG, REGISTER, STATE, TAG } from "./_layout.ts";
import { clear, flag, type Rows, set } from "./_rows.ts";

type Fields = Parameters<Rows["row"]>[1];

/** The ports to which the bridge sends the packets of a VLAN. */
interface Domain {
  /** Absent for all VLANs that no port names. */
  readonly vlan?: number;
  /** Receivers whose packets are redirected or dropped. */
  readonly diverting: readonly FloodReceiver[];
  readonly others: readonly VLANPort[];
}

const hopsOf = ({ diverting }: Domain): EnteredHop[] =>
  pathsOf(diverting).flatMap(({ hops }) => hops);
/** Whether the Pod does not simply receive what is sent to it. */
export const diverts = ({ ingress }: FloodReceiver) => ingress.drop || ingress.hops.length > 0;

function domainsOf(receivers: readonly FloodReceiver[], ports: readonly VLANPort[]): Domain[] {
  const named = new Set(ports.flatMap(({ vlans }) => namedVLANs(vlans)));
  const domain = (vlan?: number): Domain => {
    const diverting = receivers.filter(({ vlans }) => carries(vlans, vlan));
    const left = new Set(diverting.map(({ ofport }) => ofport));
    const others = ports.filter(({ ofport, vlans }) => carries(vlans, vlan) && !left.has(ofport));
    return { ...(vlan !== undefined && { vlan }), diverting, others };
  };
  const other = domain();
  const domains = [...named].sort((a, b) => a - b).map(domain);
  // The rows of all other VLANs must not get the packets of a VLAN that a port names.
  if (other.diverting.length > 0) return [...domains, other];
  return domains.filter(({ diverting }) => diverting.length > 0);
}

/** Whether the port sends out packets of the VLAN without a tag. */
function isUntagged({ vlans }: VLANPort, vlan: number): boolean {
  const removed = removedTags(vlans);
  return vlan === 0 || removed === "any" || removed === vlan;
}

const inOneGo = (actions: readonly RowAction[]): RowAction[] =>
  actions.length > 0 ? [{ type: "clone", actions }] : [];

/** Sends a packet out by the ports, with the tag that each of them wants. One result for each form the packet has. */
function outputs(
  ports: readonly VLANPort[],
  vlan: number | undefined,
): { readonly fields: Fields; readonly actions: readonly RowAction[] }[] {
  const to = (to: readonly VLANPort[]) =>
    to.map(({ ofport }): RowAction => ({ type: "output", port: ofport }));
  if (vlan === undefined) return [{ fields: {}, actions: to(ports) }];
  const untagged = to(ports.filter((port) => isUntagged(port, vlan)));
  const tagged = to(ports.filter((port) => !isUntagged(port, vlan)));
  const around = (first: readonly RowAction[], rest: readonly RowAction[]) =>
    rest.length > 0 ? inOneGo([...first, ...rest]) : [];
  const push: RowAction[] = [
    { type: "push_vlan", ethertype: ETHERTYPE.vlan },
    set("vlan_vid", TAG.present | BigInt(vlan)),
  ];
  return [
    {
      fields: { vlan_vid: [TAG.present, TAG.present] },
      actions: [...tagged, ...around([{ type: "pop_vlan" }], untagged)],
    },
    { fields: { vlan_vid: NO_TAG }, actions: [...untagged, ...around(push, tagged)] },
  ];
}

/** Receivers whose packets are dropped if the rules take them. */
interface Blocked {
  readonly drop: Required<NonNullable<FloodReceiver["ingress"]["drop"]>>;
  readonly receivers: readonly FloodReceiver[];
  /** The number by which what passes is known: a receiver's port, which is in no pair. */
  readonly number: number;
}

/** The receivers of a domain of which rules say what is dropped. Those with the same rules are asked for once. */
function blockedOf({ diverting }: Domain): Blocked[] {
  const byRules = Map.groupBy(
    diverting,
    ({ ingress: { drop, hops } }) =>
      hops.length === 0 && drop?.filter ? `${drop.filter} ${drop.counter}` : undefined,
  );
  byRules.delete(undefined);
  return [...byRules.values()].map((receivers) => {
    const [{ ingress, ofport }] = receivers as [FloodReceiver];
    return { drop: ingress.drop as Blocked["drop"], receivers, number: ofport };
  });
}

/** Teaches the bridge where the sender is. It forwards nothing, as it sends no packet back by the port it came in by. */
const TEACH: RowAction = {
  type: "move",
  from: { field: "eth_src", start: 0, end: 47 },
  to: { field: "eth_dst", start: 0, end: 47 },
};

const registerOf = (vlan: number | undefined) =>
  vlan === undefined ? {} : { [REGISTER.tag]: TAG.present | BigInt(vlan) };

/**
 * The hops whose receivers are all of one VLAN. Only what goes there may lose its tag: nothing else shows the VLAN of what
 * comes back, as packets of several VLANs may have the same MACs.
 */
function hopsOfOneVLAN(domains: readonly Domain[]): ReadonlySet<number> {
  const all = domains.flatMap((domain) => [...hopsOf(domain)].map(numberOf));
  return new Set(all.filter((number) => all.indexOf(number) === all.lastIndexOf(number)));
}

/** The hops of all domains, each once. */
function hopsOfAll(domains: readonly Domain[]): EnteredHop[] {
  const found = new Map<number, EnteredHop>();
  for (const hop of domains.flatMap(hopsOf)) {
    const known = found.get(numberOf(hop));
    found.set(numberOf(hop), known ? forBoth(known, hop) : hop);
  }
  return [...found.values()];
}

/** Sends a packet to the rows of a hop. */
function into(rows: Rows, hop: EnteredHop, { receivers, vlan, ofOneVLAN }: Into): RowAction[] {
  const number = numberOf(hop);
  const loses = vlan !== undefined && ofOneVLAN.has(number) &&
    receivers.every((receiver) => isUntagged(receiver, vlan));
  return [
    loses ? flag(STATE.untag) : clear(STATE.untag),
    set(REGISTER.copy, BigInt(number)),
    rows.to("Divert"),
  ];
}
interface Into {
  readonly receivers: readonly FloodReceiver[];
  readonly vlan: number | undefined;
  /** The hops that may get it without its tag. */
  readonly ofOneVLAN: ReadonlySet<number>;
}

/** The rows that split a packet. @param ofOneVLAN The hops that may get it without its tag. */
function splitIn(rows: Rows, domain: Domain, ofOneVLAN: ReadonlySet<number>): Row[] {
  const { row, to } = rows;
  const { vlan, others } = domain;
  // Each in a clone: if a hop is open, its packet goes on, and must not leave its marks on that for the next hop.
  const intoHops = pathsOf(domain.diverting).flatMap(({ hops: [first], receivers }) =>
    inOneGo([clear(STATE.split), ...into(rows, first, { receivers, vlan, ofOneVLAN })])
  );
  const toBlocked = blockedOf(domain).flatMap(({ drop: { filter, counter }, number }) => {
    const choice = BigInt(number) | CHOICE.ofDrop;
    return inOneGo([
      clear(STATE.split),
      set(REGISTER.copy, BigInt(number)),
      ...ask(rows, { whose: "flood", filters: [filter], counter, choice }),
    ]);
  });
  return outputs(others, vlan).map(({ fields, actions }) =>
    row(["Divert", vlan === undefined ? "splitOther" : "split"], {
      eth_dst: MULTICAST,
      [REGISTER.state]: [STATE.split, STATE.split],
      ...registerOf(vlan),
      ...fields,
    }, [
      ...intoHops,
      ...toBlocked,
      ...actions,
      ...inOneGo([TEACH, to("HandBack")]),
    ])
  );
}

/**
 * The rows for what comes back from the pairs, for what has been in one of them as the sender's packet, and for what is not
 * dropped for those that are blocked.
 */
function deliverIn(rows: Rows, domain: Domain, ofOneVLAN: ReadonlySet<number>): Row[] {
  const { row } = rows;
  const { vlan } = domain;
  const place = registerOf(vlan);
  const deliver = (number: number, receivers: readonly FloodReceiver[], copies: number[]) =>
    outputs(receivers, vlan).flatMap(({ fields, actions }) =>
      copies.map((copy) =>
        row(["Divert", vlan === undefined ? "deliverOther" : "deliver"], {
          eth_dst: MULTICAST,
          [REGISTER.state]: [BigInt(number), STATE.lastPair | STATE.split],
          [REGISTER.copy]: copy,
          ...place,
          ...fields,
        }, actions)
      )
    );
  const fromHops = pathsOf(domain.diverting).flatMap(({ hops, receivers }) => {
    const [only, ...more] = receivers;
    const number = numberOf(hops[0]);
    const own = { in_port: only!.ofport, eth_dst: MULTICAST, [REGISTER.copy]: number, ...place };
    return [
      ...hops.slice(1).flatMap((next, at) =>
        nextRows(rows, numberOf(hops[at]!), {
          place: [vlan === undefined ? "deliverOther" : "deliver", place],
          actions: into(rows, next, { receivers, vlan, ofOneVLAN }),
        })
      ),
      ...deliver(numberOf(hops.at(-1)!), receivers, [0, numberOf(hops.at(-1)!)]),
      ...(more.length > 0 ? [] : [row(["Divert", "floodOwn"], own, [])]),
    ];
  });
  const passing = blockedOf(domain)
    .flatMap(({ number, receivers }) => deliver(number, receivers, [number]));
  return [...fromHops, ...passing];
}

/** The rows for what is behind a pair of a chain, and goes to the next one. */
function nextRows({ row }: Rows, number: number, { place, actions }: Next): Row[] {
  const [name, fields] = place;
  return [0, number].map((copy) =>
    row(["Divert", name], {
      eth_dst: MULTICAST,
      [REGISTER.state]: [BigInt(number), STATE.lastPair | STATE.split],
      [REGISTER.copy]: copy,
      ...fields,
    }, actions)
  );
}
interface Next {
  readonly place: readonly ["deliver" | "deliverOther", Fields];
  readonly actions: readonly RowAction[];
}

/** The rows by which a packet enters a hop. They are the same for all VLANs. */
function hopRows(rows: Rows, hop: EnteredHop): Row[] {
  const { row } = rows;
  const into = { eth_dst: MULTICAST, [REGISTER.copy]: numberOf(hop) };
  const state = (bit: bigint) => ({ [REGISTER.state]: [bit, bit] as const });
  return [
    ...(hop.filters || isChained(hop) // then table Gate has such a row
      ? []
      : [row(["Divert", "floodUnverified"], { ...into, ...state(STATE.unverified) }, [])]),
    row(
      ["Divert", "floodTagged"],
      { ...into, ...state(STATE.untag), vlan_vid: [TAG.present, TAG.present] },
      sendInto(rows, hop, { tag: "removed", whose: "flood" }),
    ),
    row(["Divert", "flood"], into, sendInto(rows, hop, { whose: "flood" })),
  ];
}

/** @param ports All ports to which the bridge's own flows send broadcast and multicast; nothing if they are not known. */
export function splitRows(
  rows: Rows,
  receivers: readonly FloodReceiver[],
  ports: readonly VLANPort[] | undefined,
): Row[] {
  if (!ports) return [];
  const { row, to } = rows;
  const domains = domainsOf(receivers.filter(diverts), ports);
  if (domains.length === 0) return [];
  const first = { eth_dst: MULTICAST, [REGISTER.copy]: 0 };
  const ofOneVLAN = hopsOfOneVLAN(domains);
  return [
    ...(domains.some(({ vlan }) => vlan !== undefined)
      ? [
        row(["Divert", "floodVLAN"], { eth_dst: MULTICAST, [REGISTER.tag]: 0 }, [
          set(REGISTER.copy, 0n),
          to("CopyOnce"),
          to("Divert"),
        ]),
      ]
      : []),
    // Only here, as these rows stand in for NORMAL.
    row(["Divert", "floodForeignTag"], {
      eth_dst: MULTICAST,
      [REGISTER.state]: [STATE.foreignTag, STATE.foreignTag],
    }, []),
    row(
      ["Divert", "floodFirst"],
      { ...first, [REGISTER.state]: [0n, STATE.lastPair | STATE.split] },
      [flag(STATE.split), to("Divert")],
    ),
    ...hopsOfAll(domains).flatMap((hop) => hopRows(rows, hop)),
    ...domains.flatMap((
      domain,
    ) => [...splitIn(rows, domain, ofOneVLAN), ...deliverIn(rows, domain, ofOneVLAN)]),
  ];
}
