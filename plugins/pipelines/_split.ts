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
import { count } from "./_count.ts";
import {
  blockedOf,
  diverts,
  type Domain,
  domainsOf,
  hopsOfAll,
  hopsOfOneVLAN,
  isUntagged,
} from "./_flood_domains.ts";
import { pathsOf } from "./_flood_paths.ts";
import { ask } from "./_gate.ts";
import {
  CHOICE,
  ETHERTYPE,
  MULTICAST,
  NO_TAG,
  OTHER_VLAN,
  REGISTER,
  STATE,
  TAG,
} from "./_layout.ts";
import { clear, flag, type Rows, set } from "./_rows.ts";

type Fields = Parameters<Rows["row"]>[1];

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

/** Teaches the bridge where the sender is. It forwards nothing, as it sends no packet back by the port it came in by. */
const TEACH: RowAction = {
  type: "move",
  from: { field: "eth_src", start: 0, end: 47 },
  to: { field: "eth_dst", start: 0, end: 47 },
};

const registerOf = (vlan: number | undefined) =>
  vlan === undefined ? {} : { [REGISTER.tag]: TAG.present | BigInt(vlan) };

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
  const { vlan, others, isRest } = domain;
  const mark = isRest ? [set(REGISTER.tag, OTHER_VLAN)] : [];
  // Each in a clone: if a hop is open, its packet goes on, and must not leave its marks on that for the next hop.
  const intoHops = pathsOf(domain.diverting).flatMap(({ hops: [first], receivers }) =>
    inOneGo([clear(STATE.split), ...mark, ...into(rows, first, { receivers, vlan, ofOneVLAN })])
  );
  const toBlocked = blockedOf(domain).flatMap(({ number }) =>
    inOneGo([clear(STATE.split), ...mark, set(REGISTER.copy, BigInt(number)), to("Divert")])
  );
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
  const fromOnly = (number: number, [only, ...more]: readonly FloodReceiver[]) => {
    const inVLAN = domain.isRest ? { [REGISTER.tag]: OTHER_VLAN } : place;
    const own = { in_port: only!.ofport, eth_dst: MULTICAST, [REGISTER.copy]: number, ...inVLAN };
    return more.length > 0 ? [] : [row(["Divert", "floodOwn"], own, [])];
  };
  const fromHops = pathsOf(domain.diverting).flatMap(({ hops, receivers }) => {
    const last = numberOf(hops.at(-1)!);
    return [
      ...hops.slice(1).flatMap((next, at) =>
        nextRows(rows, numberOf(hops[at]!), {
          place: [vlan === undefined ? "deliverOther" : "deliver", place],
          actions: into(rows, next, { receivers, vlan, ofOneVLAN }),
        })
      ),
      ...deliver(last, receivers, [0, last]),
      ...fromOnly(numberOf(hops[0]), receivers),
    ];
  });
  const passing = blockedOf(domain).flatMap(({ drop: { filter }, number, receivers }) => [
    ...(filter === undefined ? [] : deliver(number, receivers, [number])),
    ...fromOnly(number, receivers),
  ]);
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

/** The rows by which packets are counted, and dropped, for the blocked ones of all VLANs. */
function blockedRows(rows: Rows, domains: readonly Domain[]): Row[] {
  const blocked = new Map(domains.flatMap(blockedOf).map(({ number, drop }) => [number, drop]));
  return [...blocked].map(([number, { filter, counter }]) => {
    const choice = BigInt(number) | CHOICE.ofDrop;
    return rows.row(
      ["Divert", "flood"],
      { eth_dst: MULTICAST, [REGISTER.copy]: number },
      filter === undefined
        ? count(rows, counter)
        : ask(rows, { whose: "flood", filters: [filter], counter, choice }),
    );
  });
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
    ...blockedRows(rows, domains),
    ...domains.flatMap((domain) => [
      ...splitIn(rows, domain, ofOneVLAN),
      ...deliverIn(rows, domain, ofOneVLAN),
    ]),
  ];
}
