/**
 * The bridge of the tests, as a pipeline sees it: two selected Pods, a neighbour on the node that is not selected, and a
 * host behind the uplink.
 * @module
 */
import {
  ALL_VLANS,
  type Choice,
  type Copy,
  type Delivery,
  type Hop,
  type PacketCounter,
  type PacketDirection,
  type Pipeline,
  type PodCounter,
  type PodPort,
  type RealizedTreatment,
  type Row,
  type SwitchPort,
  type Treatment,
} from "../../contracts/mod.ts";

/** The VLAN of the Pod whose port is an access port. */
export const POD_VLAN = 100;

/** Numbers that differ between bridges. A pipeline must not rely on any of them. */
export interface Numbers {
  readonly tableBase: number;
  /** Number of the first port. */
  readonly firstPort: number;
  /** Id of the treatment. */
  readonly id: number;
  /** What is done is counted for each Pod, too. */
  readonly countsByPod?: true;
}
export const BRIDGES: readonly Numbers[] = [
  { tableBase: 200, firstPort: 1, id: 1 },
  { tableBase: 100, firstPort: 40, id: 0xfedc_ba98, countsByPod: true },
];

/** The ports, named after their purpose, in the order of their numbers. */
const PORTS = [
  "pod",
  "routed",
  "neighbour",
  "uplink",
  "copyA",
  "copyB",
  "targetA",
  "returnA",
  "targetB",
  "returnB",
  "oneArmed",
] as const;
export type PortName = typeof PORTS[number];

export function portsOf({ firstPort }: Numbers): Readonly<Record<PortName, SwitchPort>> {
  const named = PORTS.map((name, index) => [name, { name, ofport: firstPort + index }] as const);
  return Object.fromEntries(named) as Record<PortName, SwitchPort>;
}

interface Host {
  readonly mac: string;
  readonly ipv4: string;
  readonly ipv6: string;
}
/** The hosts that send and receive, by the names of their ports. */
export const HOSTS = {
  pod: { mac: "02:00:00:00:00:01", ipv4: "192.0.2.1", ipv6: "2001:db8::1" },
  routed: { mac: "02:00:00:00:00:02", ipv4: "192.0.2.2", ipv6: "2001:db8::2" },
  neighbour: { mac: "02:00:00:00:00:03", ipv4: "192.0.2.3", ipv6: "2001:db8::3" },
  uplink: { mac: "02:00:00:00:00:04", ipv4: "198.51.100.4", ipv6: "2001:db8:1::4" },
} as const satisfies Partial<Record<PortName, Host>>;
export type HostName = keyof typeof HOSTS;

/** A treatment whose ports are names. */
export interface NamedTreatment {
  readonly copies: readonly Copy<PortName>[];
  readonly hops: readonly Hop<PortName>[];
  readonly drop?: true;
}

/** The same treatment with the type that actions return. */
export const asTreatment = (treatment: NamedTreatment) => treatment as unknown as Treatment;

export function realized(
  { copies, hops, drop }: NamedTreatment,
  numbers: Numbers,
): RealizedTreatment {
  const ports = portsOf(numbers);
  return {
    id: numbers.id,
    copies: copies.map(({ to }, at) => ({
      counter: COUNTERS.copied + at,
      to: to.map((name) => ports[name]),
      ...(to.length > 1 && { choice: ports[to[0]!].ofport }),
    })),
    hops: hops.map(({ pairs, scope }) => ({
      counter: COUNTERS.redirected,
      pairs: pairs.map((pair) => ({ target: ports[pair.target], return: ports[pair.return] })),
      ...(scope && { scope }),
      ...((pairs.length > 1 || scope) && { choice: ports[pairs[0]!.return].ofport }),
    })),
    ...(drop && { drop: { counter: COUNTERS.dropped } }),
  };
}

/** Ids of counters: the first one of the copies, that of all hops, and that of a drop. */
const COUNTERS = { copied: 0x7000_0001, redirected: 0xfedc_0002, dropped: 3 } as const;

function countersOf({ copies, hops, drop }: RealizedTreatment): PacketCounter[] {
  const [hop] = hops;
  return [
    ...copies.map(({ counter }) => ({ id: counter, counts: "copied" as const })),
    ...(hop ? [{ id: hop.counter, counts: "redirected" as const }] : []),
    ...(drop ? [{ id: drop.counter, counts: "dropped" as const }] : []),
  ];
}

/** The counters of a Pod in one direction: a `PacketCounter` has one direction, too. */
function podCountersOf(
  treatment: RealizedTreatment,
  direction: PacketDirection,
  at: number,
): PodCounter[] {
  return countersOf(treatment).map(({ id, counts }) => ({
    id: id + (at + 1) * POD_COUNTERS,
    counts,
    direction,
    of: id,
  }));
}
/** So far the ids of a Pod's counters are from those of the Pod before, and the first one's from those above. */
const POD_COUNTERS = 0x100;

/** @param given What is done to the Pod's packets; empty for a Pod that is not selected. */
function podPort(
  host: HostName,
  numbers: Numbers,
  given: Pick<PodPort, "egress" | "ingress" | "counters" | "deliveries">,
): PodPort {
  const { mac, ipv4, ipv6 } = HOSTS[host];
  return {
    ...portsOf(numbers)[host],
    macs: [mac],
    ips: [ipv4, ipv6],
    match: host === "routed" ? "ip" : "mac",
    vlans: host === "pod" ? { mode: "access", own: POD_VLAN, trunks: [] } : ALL_VLANS,
    ambiguous: false,
    ...given,
  };
}

/** The directions in which the two selected Pods have the treatment. */
export const DIRECTIONS = {
  egress: ["egress"],
  ingress: ["ingress"],
  both: ["egress", "ingress"],
} as const satisfies Readonly<Record<string, readonly PacketDirection[]>>;
export type Direction = keyof typeof DIRECTIONS;

/** One situation to test: a bridge, a treatment, and its direction. */
export interface World {
  readonly numbers: Numbers;
  readonly direction: Direction;
  readonly treatment: NamedTreatment;
  /** The choices of its hops are open: packets go on as if these hops were not there. */
  readonly isOpen?: boolean;
  /** The owner's flow for a port, if the pipeline stands in its place. */
  readonly deliveryOf?: ((port: SwitchPort) => Delivery) | undefined;
}

/** Rows by the method of the pipeline that wrote them. */
export type Parts = Readonly<
  Record<Exclude<keyof Pipeline, "tables" | "cannot" | "learnedPort">, readonly Row[]>
>;

/** The choices of a treatment, with all its ports. */
function choicesOf({ copies, hops }: RealizedTreatment, isOpen: boolean): Choice[] {
  const common = {
    basis: 0,
    balanceBy: "Connection",
    watchesLinks: true,
    passesIfNone: isOpen,
    isOpen,
  } as const;
  const of = (what: Choice["of"], places: readonly SwitchPort[], number: number | undefined) =>
    number === undefined ? [] : [{ ...common, of: what, number, places }];
  return [
    ...copies.flatMap(({ to, choice }) => of("copy", to, choice)),
    ...hops.flatMap(({ pairs, choice }) => of("hop", pairs.map(({ target }) => target), choice)),
  ];
}

/** All rows that the pipeline writes in a situation. */
export function partsOf(pipeline: Pipeline, world: World): Parts {
  const { numbers, direction, treatment, isOpen = false } = world;
  const given = realized(treatment, numbers);
  const directions = DIRECTIONS[direction];
  const selected = Object.fromEntries(directions.map((each) => [each, given]));
  const deliveries = (host: HostName) =>
    world.deliveryOf && { deliveries: [world.deliveryOf(portsOf(numbers)[host])] };
  const counted = (host: HostName, at: number) => ({
    ...selected,
    ...deliveries(host),
    ...(numbers.countsByPod && { counters: podCountersOf(given, directions[0], at) }),
  });
  const byPod = numbers.countsByPod && { byPod: true as const };
  const { copies, hops } = given;
  return {
    bridge: pipeline.bridge(),
    flood: pipeline.flood?.([], { withVLANs: [] }) ?? [],
    vlans: pipeline.vlans?.([]) ?? [],
    refresh: ([0, 1] as const).flatMap((turn) => pipeline.refresh?.(turn) ?? []),
    copyPort: copies.flatMap(({ to }) => to).flatMap((port) => pipeline.copyPort(port)),
    pair: hops.flatMap(({ pairs, choice }) =>
      pairs.flatMap((pair) => pipeline.pair({ ...pair, ...(choice !== undefined && { choice }) }))
    ),
    choice: choicesOf(given, isOpen).flatMap((choice) => pipeline.choice?.(choice, 0) ?? []),
    leg: [], // the pipelines of the suite are given no scopes that they know
    filter: [],
    counter: countersOf(given)
      .flatMap((counter) => pipeline.counter?.({ ...counter, ...byPod }) ?? []),
    treatment: directions.flatMap((each) => pipeline.treatment(each, given)),
    podPort: [
      ...pipeline.podPort(podPort("pod", numbers, counted("pod", 0))),
      ...pipeline.podPort(podPort("routed", numbers, counted("routed", 1))),
      ...pipeline.podPort(podPort("neighbour", numbers, { ...deliveries("neighbour") })),
    ],
  };
}

export const rowsOf = (parts: Parts): Row[] => Object.values(parts).flat();
