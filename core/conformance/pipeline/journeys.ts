/**
 * Sends packets through the rows of a pipeline, and compares what happens to them with what their treatment asks for.
 * @module
 */
import type { Counted, PipelineType, Row } from "../../contracts/mod.ts";
import { flowKey } from "../../openflow/mod.ts";
import { type CaseName, CASES } from "./cases.ts";
import { delivered, switchWith, waysOf } from "./delivered.ts";
import { deliveryOf } from "./owner.ts";
import { onTheWire, type Packet } from "./packet.ts";
import { inWords, toPacket, TREATED, type Trip, UNTREATED } from "./trips.ts";
import { type Output, type TestSwitch, UnfollowableError } from "./test_switch.ts";
import {
  BRIDGES,
  type Direction,
  DIRECTIONS,
  type NamedTreatment,
  type Parts,
  partsOf,
  type PortName,
  portsOf,
  rowsOf,
  type World,
} from "./world.ts";

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
function deliveryProblems(
  world: World,
  start: Packet,
  { outputs }: Pick<Journey, "outputs">,
): string[] {
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
function handBackProblems(
  world: World,
  start: Packet,
  { handedBack }: Pick<Journey, "handedBack">,
): string[] {
  const count = handedBack.length;
  if (world.treatment.drop) {
    return count === 0 ? [] : ["is handed back to table 0, must be dropped"];
  }
  if (count !== 1) return [`is handed back to table 0 ${times(count)}, must be once`];
  const [back] = handedBack as [Packet];
  if (back.in_port !== start.in_port && !world.deliveryOf) {
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

/** What is wrong with the number of rows that count the packet for a Pod. In both directions it may be for none. */
function podCountProblems(world: World, { podPort }: Parts, journey: Journey): string[] {
  const counting = podPort.filter(({ counts }) => counts);
  if (counting.length === 0 || world.direction === "both") return [];
  return countProblems(world, counting, journey).map((wrong) => `${wrong} for a Pod`);
}

function treatedProblems({ world, parts, rows }: Laid, trip: Trip): string[] {
  const start = toPacket(trip, world);
  const journey = delivered(world, trip.to, follow(switchWith(rows, world), world, start));
  const wrong = [
    ...deliveryProblems(world, start, journey),
    ...handBackProblems(world, start, journey),
  ];
  const counting = [...parts.counter, ...parts.treatment].filter(({ counts }) => counts);
  if (wrong.length > 0 || counting.length === 0) return wrong;
  return [
    ...countProblems(world, counting, journey),
    ...podCountProblems(world, parts, journey),
  ];
}

function untreatedProblems({ world, rows }: Laid, trip: Trip): string[] {
  const start = toPacket(trip, world);
  const seen = delivered(world, trip.to, waysOf(switchWith(rows, world).send(start)));
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
      ...toPacket({ from: "uplink", to: "pod", version: 4 }, world),
      in_port: BigInt(ports[name].ofport),
    };
    const { outputs, handedBack } = switchWith(rows, world).send(start);
    return outputs.length + handedBack.length === 0
      ? []
      : [`lets packets in by port "${name}", to which it only sends`];
  });
}

/** A packet for a hop that is open goes on as if the hop were not there. */
function openProblems({ world, rows }: Laid, trip: Trip): string[] {
  const start = toPacket(trip, world);
  const seen = delivered(world, trip.to, waysOf(switchWith(rows, world).send(start)));
  const withoutHops = { ...world, treatment: { ...world.treatment, hops: [] } };
  return [
    ...deliveryProblems(withoutHops, start, seen),
    ...handBackProblems(withoutHops, start, seen),
  ].map((wrong) => `${wrong}, although its hop is open`);
}

/** A test world with the rows that the pipeline writes for it. */
interface Laid {
  readonly world: World;
  readonly parts: Parts;
  readonly rows: readonly Row[];
}

function worldProblems(laid: Laid): string[] {
  const { direction } = laid.world;
  const journeys = (trips: readonly Trip[], problems: typeof treatedProblems) =>
    trips.filter(({ tagged }) => !tagged || !laid.world.deliveryOf) // OVN's ports of Pods have no VLANs
      .flatMap((trip) => problems(laid, trip).map((wrong) => `${inWords(trip)} ${wrong}`));
  return [
    ...journeys(TREATED[direction], laid.world.isOpen ? openProblems : treatedProblems),
    ...journeys(UNTREATED[direction], untreatedProblems),
    ...closedProblems(laid),
  ];
}

/** The first fault that packets show in a case, for each direction. */
export function caseProblems(
  { create, deliveryRows }: Pick<PipelineType, "create" | "deliveryRows">,
  name: CaseName,
): string[] {
  const treatment: NamedTreatment = CASES[name];
  const isOpen = treatment.hops.some(({ scope }) => scope?.failureMode === "Open");
  return (Object.keys(DIRECTIONS) as Direction[]).flatMap((direction) => {
    for (const numbers of BRIDGES) {
      const owner = deliveryRows && { deliveryOf };
      const world = { numbers, direction, treatment, isOpen, ...owner };
      const parts = partsOf(create(numbers), world);
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
