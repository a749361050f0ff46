/**
 * Sends packets through the rows of a pipeline, and compares what happens to them with what their treatment asks for.
 * @module
 */
import type { Counted, Pipeline, Row } from "../../contracts/mod.ts";
import { flowKey } from "../../openflow/mod.ts";
import { type CaseName, CASES } from "./cases.ts";
import { onTheWire, type Packet, packet } from "./packet.ts";
import { type Output, TestSwitch, UnfollowableError } from "./test_switch.ts";
import {
  BRIDGES,
  type Direction,
  DIRECTIONS,
  type HostName,
  HOSTS,
  type NamedTreatment,
  type Parts,
  partsOf,
  POD_VLAN,
  type PortName,
  portsOf,
  rowsOf,
  type World,
} from "./world.ts";

/** A packet to send: from which host to which, by IPv4 or IPv6, with or without a VLAN tag. */
interface Trip {
  readonly from: HostName;
  readonly to: HostName;
  readonly version: 4 | 6;
  readonly tagged?: true;
}

const ETH_TYPE = { 4: 0x0800, 6: 0x86dd } as const;
const UDP = 17;
/** The tag of the Pod's VLAN, as in the field `vlan_vid`. */
const VLAN = 0x1000 | POD_VLAN;
/** If the CNI routes, frames to the Pod have the router's MAC as their destination. */
const ROUTER = "02:00:00:00:00:99";

function toPacket(
  { from, to, version, tagged }: Trip,
  ports: Record<PortName, { ofport: number }>,
) {
  const [source, destination] = [HOSTS[from], HOSTS[to]];
  return packet({
    in_port: ports[from].ofport,
    eth_src: source.mac,
    eth_dst: to === "routed" ? ROUTER : destination.mac,
    eth_type: ETH_TYPE[version],
    ip_proto: UDP,
    ...(version === 4
      ? { ip_src: source.ipv4, ip_dst: destination.ipv4 }
      : { ipv6_src: source.ipv6, ipv6_dst: destination.ipv6 }),
    ...(tagged && { vlan_vid: VLAN }),
  });
}

const PODS: readonly HostName[] = ["pod", "routed"];
const PEERS: readonly HostName[] = ["uplink", "neighbour"];
const VERSIONS = [4, 6] as const;

const between = (senders: readonly HostName[], receivers: readonly HostName[]): Trip[] =>
  senders.flatMap((from) =>
    receivers.flatMap((to) => VERSIONS.map((version) => ({ from, to, version })))
  );

/** Packets that must be treated, by the direction of the treatment. */
const TREATED: Readonly<Record<Direction, readonly Trip[]>> = {
  egress: between(PODS, PEERS),
  ingress: [
    ...between(PEERS, PODS),
    { from: "uplink", to: "pod", version: 4, tagged: true },
  ],
  /** Sender and receiver both have the treatment; the packet must be treated once. */
  both: [...between(["pod"], ["routed"]), ...between(["routed"], ["pod"])],
};
/** Packets that must not be treated. */
const UNTREATED: typeof TREATED = {
  egress: [...between(PEERS, PODS), ...between(["neighbour"], ["uplink"])],
  ingress: [...between(PODS, PEERS), ...between(["uplink"], ["neighbour"])],
  both: between(["neighbour"], ["uplink"]),
};

/** What happened to a packet on its whole way, through the pairs of all hops. */
interface Journey {
  readonly outputs: readonly Output[];
  readonly handedBack: readonly Packet[];
  readonly rows: readonly Row[];
}

/** Sends the packet. Whatever a hop's target then gets, it sends back in through the return port of the same pair. */
function follow(at: TestSwitch, { numbers, treatment }: World, start: Packet): Journey {
  const ports = portsOf(numbers);
  const seen = [at.send(start)];
  for (const { pairs } of treatment.hops) {
    const last = seen.at(-1)!;
    const sent = pairs.flatMap((pair) =>
      last.outputs.filter(({ port }) => port === ports[pair.target].ofport)
        .map((output) => ({ pair, output }))
    );
    if (sent.length !== 1 || last.handedBack.length > 0) break; // a fault, which the outputs seen so far will show
    const [{ pair, output }] = sent as [typeof sent[number]];
    const in_port = BigInt(ports[pair.return].ofport);
    seen.push(at.send({ ...onTheWire(output.packet), in_port }));
  }
  return {
    outputs: seen.flatMap((each) => each.outputs),
    handedBack: seen.flatMap((each) => each.handedBack),
    rows: seen.flatMap((each) => each.rows),
  };
}

const times = (count: number) => count === 1 ? "once" : `${count} times`;
const same = (one: Packet, other: Packet) => inspect(onTheWire(one)) === inspect(onTheWire(other));
const inspect = (given: Packet) =>
  Object.entries(given).map(([name, value]) => `${name}=0x${value.toString(16)}`).join(" ");

/** What is wrong with the ports by which the packet went out. */
function deliveryProblems(world: World, start: Packet, { outputs }: Journey): string[] {
  const ports = portsOf(world.numbers);
  const { copies, hops } = world.treatment;
  const wanted = [
    ...copies.map(({ to }) => ["copy", to] as const),
    ...hops.map(({ pairs }) => ["hop", pairs.map(({ target }) => target)] as const),
  ];
  const asked = new Set(wanted.flatMap(([, names]) => names.map((name) => ports[name].ofport)));
  const wrongCounts = wanted.flatMap(([what, names]) => {
    const numbers = names.map((name) => ports[name].ofport);
    const count = outputs.filter(({ port }) => numbers.includes(port)).length;
    if (count === 1) return [];
    return [`comes ${times(count)} to the ${what}'s port "${names.join('" or "')}", must once`];
  });
  const changed = outputs.find((output) =>
    start.vlan_vid === undefined && !same(output.packet, start)
  );
  return [
    ...wrongCounts,
    ...outputs.filter(({ port }) => !asked.has(port))
      .map(({ port }) => `goes out by port ${port}, which the treatment does not name`),
    ...(changed ? [`is changed before it goes out by port ${changed.port}`] : []),
  ];
}

/** What is wrong with the packet that is handed back to the bridge's own flows. */
function handBackProblems(world: World, start: Packet, { handedBack }: Journey): string[] {
  const count = handedBack.length;
  if (world.treatment.drop) {
    return count === 0 ? [] : ["is handed back to table 0, must be dropped"];
  }
  if (count !== 1) return [`is handed back to table 0 ${times(count)}, must be once`];
  const [back] = handedBack as [Packet];
  if (back.in_port !== start.in_port) {
    return [`is handed back with in_port ${back.in_port}, came by ${start.in_port}`];
  }
  if (same(back, start)) return [];
  return [`is handed back changed: ${inspect(onTheWire(back))}`];
}

/** What is wrong with the number of rows that count the packet. */
function countProblems(
  { treatment }: World,
  counting: readonly Row[],
  { rows }: Journey,
): string[] {
  const keys = new Set(counting.map((row) => flowKey(row)));
  const passed = rows.filter((row) => keys.has(flowKey(row)));
  const count = (counted: Counted) => passed.filter(({ counts }) => counts === counted).length;
  const { copies, hops, drop } = treatment;
  const wrong: readonly (readonly [boolean, Counted])[] = [
    [count("copied") !== copies.length, "copied"],
    [count("redirected") !== hops.length, "redirected"],
    [count("dropped") !== (drop ? 1 : 0), "dropped"],
  ];
  return wrong.filter(([is]) => is).map(([, counted]) =>
    `is counted as ${counted} ${times(count(counted))}`
  );
}

function treatedProblems({ world, parts, rows }: Laid, trip: Trip): string[] {
  const start = toPacket(trip, portsOf(world.numbers));
  const journey = follow(new TestSwitch(rows), world, start);
  const wrong = [
    ...deliveryProblems(world, start, journey),
    ...handBackProblems(world, start, journey),
  ];
  const counting = [...parts.counter, ...parts.treatment].filter(({ counts }) => counts);
  return wrong.length > 0 || counting.length === 0
    ? wrong
    : countProblems(world, counting, journey);
}

function untreatedProblems({ world, rows }: Laid, trip: Trip): string[] {
  const start = toPacket(trip, portsOf(world.numbers));
  const seen = new TestSwitch(rows).send(start);
  const untreated = { ...world, treatment: { copies: [], hops: [] } };
  return [...deliveryProblems(untreated, start, seen), ...handBackProblems(untreated, start, seen)]
    .map((wrong) => `${wrong}, although it has no treatment`);
}

/**
 * Ports by which no packet may come in: those that get copies, and targets of pairs that are not also the return port.
 */
function closedPorts({ treatment: { copies, hops } }: World): PortName[] {
  return [
    ...copies.flatMap(({ to }) => to),
    ...hops.flatMap(({ pairs }) => pairs).filter((pair) => pair.target !== pair.return)
      .map(({ target }) => target),
  ];
}

function closedProblems({ world, rows }: Laid): string[] {
  const ports = portsOf(world.numbers);
  return closedPorts(world).flatMap((name) => {
    const start = {
      ...toPacket({ from: "uplink", to: "pod", version: 4 }, ports),
      in_port: BigInt(ports[name].ofport),
    };
    const { outputs, handedBack } = new TestSwitch(rows).send(start);
    return outputs.length + handedBack.length === 0
      ? []
      : [`lets packets in by port "${name}", to which it only sends`];
  });
}

/** A packet for a hop that is open goes on as if the hop were not there. */
function openProblems({ world, rows }: Laid, trip: Trip): string[] {
  const start = toPacket(trip, portsOf(world.numbers));
  const seen = new TestSwitch(rows).send(start);
  const withoutHops = { ...world, treatment: { ...world.treatment, hops: [] } };
  return [
    ...deliveryProblems(withoutHops, start, seen),
    ...handBackProblems(withoutHops, start, seen),
  ].map((wrong) => `${wrong}, although its hop is open`);
}

const inWords = ({ from, to, version, tagged }: Trip) =>
  `${tagged ? "a tagged" : "an"} IPv${version} packet from ${from} to ${to}`;

/** A test world with the rows that the pipeline writes for it. */
interface Laid {
  readonly world: World;
  readonly parts: Parts;
  readonly rows: readonly Row[];
}

function worldProblems(laid: Laid): string[] {
  const { direction } = laid.world;
  const journeys = (trips: readonly Trip[], problems: typeof treatedProblems) =>
    trips.flatMap((trip) => problems(laid, trip).map((wrong) => `${inWords(trip)} ${wrong}`));
  return [
    ...journeys(TREATED[direction], laid.world.isOpen ? openProblems : treatedProblems),
    ...journeys(UNTREATED[direction], untreatedProblems),
    ...closedProblems(laid),
  ];
}

/** The first fault that packets show in a case, for each direction. */
export function caseProblems(create: (tableBase: number) => Pipeline, name: CaseName): string[] {
  const treatment: NamedTreatment = CASES[name];
  const isOpen = treatment.hops.some(({ scope }) => scope?.failureMode === "Open");
  return (Object.keys(DIRECTIONS) as Direction[]).flatMap((direction) => {
    for (const numbers of BRIDGES) {
      const world = { numbers, direction, treatment, isOpen };
      const parts = partsOf(create(numbers.tableBase), world);
      const [wrong] = told(() => worldProblems({ world, parts, rows: rowsOf(parts) }));
      if (wrong !== undefined) return [`${name}, ${direction}: ${wrong}`];
    }
    return [];
  });
}

/** Runs `look`. If it ends because a packet cannot be followed, that is reported as a fault like all others. */
function told(look: () => string[]): string[] {
  try {
    return look();
  } catch (error) {
    if (error instanceof UnfollowableError) return [`a packet ${error.what}`];
    throw error;
  }
}
