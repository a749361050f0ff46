/** What is wrong with what came of packets: against the routes that an oracle says, at every place. @module */
import { follows, pairsOf, type Route, routesOf, type World } from "./oracle.ts";
import { type Port, type Sent, untagged } from "./packets.ts";
import { type Entry, stampsOf, unstamped } from "./sensors.ts";

/** A host, and the frames that have arrived there. */
export type Place = Pick<Port, "name" | "framesOf">;

/** What was seen, and how to read it. */
export interface Seen {
  readonly ports: readonly Place[];
  readonly journal: readonly Entry[];
  /** The pairs, in the order of their sensors' numbers, which begin with 1. */
  readonly pairs: readonly string[];
  /** The VLAN of the packets at a port that is a trunk. */
  readonly vlanAt: (host: string) => number | undefined;
  /** That of the packets in the pairs, if they have a tag there. */
  readonly inside?: number | undefined;
}

const equal = (a: Uint8Array, b: Uint8Array) =>
  a.length === b.length && a.every((byte, index) => byte === b[index]);

/** The pairs that a frame has passed. */
export const pathOf = (frame: Uint8Array, pairs: readonly string[]) =>
  stampsOf(frame).map((number) => pairs[number - 1] ?? `?${number}`);

/** Whether a frame is what was sent but for its stamps. */
export function isUnchanged(frame: Uint8Array, { frame: sent }: Sent, vlan?: number): boolean {
  const came = untagged(frame);
  return came.vlan === vlan && equal(unstamped(came.frame), sent);
}

export function wayText({ sent, received, shared }: Route): string {
  return `[${[...sent, ...received]}]${shared.length > 0 ? ` or more of [${shared}]` : ""}`;
}

function faultsAt(
  port: Place,
  sent: Sent,
  { route, seen }: { route: Route | undefined; seen: Seen },
) {
  const frames = port.framesOf(sent.id);
  const paths = frames.map((frame) => pathOf(frame, seen.pairs));
  if (!route) return frames.length === 0 ? [] : [`${frames.length} came, past [${paths}]`];
  if (frames.length !== 1) {
    return [
      `${frames.length} came, past [${paths.join("] and [")}], not one past ${wayText(route)}`,
    ];
  }
  const vlan = seen.vlanAt(port.name);
  return [
    ...(follows(paths[0]!, route) ? [] : [`past [${paths[0]}], not ${wayText(route)}`]),
    ...(isUnchanged(frames[0]!, sent, vlan) ? [] : ["not as it was sent"]),
  ];
}

function faultsInside(
  entries: readonly Entry[],
  sent: Sent,
  { must, may, seen: { pairs, inside } }: ReturnType<typeof pairsOf> & { readonly seen: Seen },
): string[] {
  const counts = pairs.flatMap((pair) => {
    const count = entries.filter((entry) => entry.pair === pair).length;
    const isRight = count === Number(must.has(pair)) || (count === 1 && may.has(pair));
    return isRight ? [] : [`${count} times in pair ${pair}`];
  });
  const changed = entries.filter(({ frame }) => !isUnchanged(frame, sent, inside));
  return [...counts, ...changed.map(({ pair }) => `not as it was sent in pair ${pair}`)];
}

function textOf({ packet, id }: Sent): string {
  const { from, to, source, destination, ports, ...rest } = packet;
  const ends = `${from} ${source} ${ports?.from ?? ""} > ${to} ${destination} ${ports?.to ?? ""}`;
  return `${ends} ${JSON.stringify(rest)}, number ${id}`;
}

/** A line for each fault of one packet. */
function faultsOf(sent: Sent, entries: readonly Entry[], { world, seen }: Compared): string[] {
  const routes = routesOf(sent.packet, world, seen.ports.map(({ name }) => name));
  const atPorts = seen.ports.flatMap((port) =>
    faultsAt(port, sent, { route: routes.get(port.name), seen })
      .map((fault) => `at ${port.name}: ${fault}`)
  );
  const inside = faultsInside(entries, sent, { ...pairsOf(routes), seen });
  return [...atPorts, ...inside].map((fault) => `${fault}: ${textOf(sent)}`);
}

export interface Compared {
  readonly world: World;
  readonly seen: Seen;
}

/** What is wrong with what came of packets, a line for each fault. */
export function faultsIn(packets: readonly Sent[], compared: Compared): string[] {
  const entries = Map.groupBy(compared.seen.journal, ({ id }) => id);
  return packets.flatMap((sent) => faultsOf(sent, entries.get(sent.id) ?? [], compared));
}
