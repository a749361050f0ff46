/** What a trace says about packets, against where they come when they are sent. @module */
import type { Told } from "../../core/trace/told.ts";
import type { Lab } from "../lab/lab.ts";
import { eventually } from "../lab/ovs.ts";
import { PacketSocket } from "../lab/packets.ts";
import { Capture } from "../policy/comparison.ts";
import type { Sent } from "../policy/packets.ts";
import { sentTo } from "./tracer.ts";

/** Milliseconds in which what was said must come, and in which nothing else may come then. */
const [ARRIVAL, QUIET] = [4000, 300];

/** A packet as it was traced, and as it is sent. */
export interface Case {
  readonly told: Told;
  readonly sent: Sent;
}

/** A place, by the name of the port that leads there. */
export interface Watched {
  readonly port: string;
  readonly netns: string;
  readonly device: string;
}

/** The Pods' devices and those of the switch. */
export function placesOf({ ovs: { netns }, pods }: Lab, devices: readonly string[]): Watched[] {
  return [
    ...pods.map(({ name, netns, device }) => ({ port: name, netns, device })),
    ...devices.map((device) => ({ port: device, netns, device })),
  ];
}

const total = (counts: ReadonlyMap<string, number>, ports: readonly string[]) =>
  ports.reduce((sum, port) => sum + (counts.get(port) ?? 0), 0);

/** Sends the packets. @returns A line for each that comes to another place, or another number of times, than was said. */
export async function differences(
  cases: readonly Case[],
  watched: readonly Watched[],
  senders: ReadonlyMap<string, { readonly netns: string; readonly device: string }>,
): Promise<string[]> {
  using open = new DisposableStack();
  const places = watched.map((each) => open.use(new Capture(each.port, each)));
  const ports = watched.map(({ port }) => port);
  const came = (sent: Sent) =>
    new Map(places.map((place) => [
      place.name,
      place.framesOf(sent.key).filter((frame) => hasAddresses(frame, sent)).length,
    ]));
  for (const { sent, told } of cases) {
    using socket = PacketSocket.open(senders.get(sent.packet.from)!);
    socket.send(sent.frame);
    const wanted = total(sentTo(told), ports);
    await eventually("a packet", () => {
      for (const place of places) place.look();
      return total(came(sent), ports) >= wanted;
    }, ARRIVAL).catch(() => {}); // what is missing is a difference
  }
  const until = performance.now() + QUIET;
  await eventually("the end of packets", () => {
    for (const place of places) place.look();
    return performance.now() > until;
  });
  return cases.flatMap((each) => difference(each, came(each.sent), ports));
}

/** Where the addresses of an IP header begin and end in a frame. */
const ADDRESSES = { 4: [26, 34], 6: [22, 54] } as const;

/** Whether a frame is between the same addresses as the one that was sent: the kernel's own may have its key by chance. */
function hasAddresses(frame: Uint8Array, { packet: { version }, frame: sent }: Sent): boolean {
  const [begin, end] = ADDRESSES[version];
  return frame.subarray(begin, end).every((byte, at) => byte === sent[begin + at]);
}

function difference(
  { told, sent }: Case,
  came: ReadonlyMap<string, number>,
  ports: readonly string[],
): string[] {
  const said = sentTo(told);
  const wrong = ports.filter((port) => (said.get(port) ?? 0) !== (came.get(port) ?? 0));
  if (wrong.length === 0) return [];
  const where = wrong.map((port) => `${port}: said ${said.get(port) ?? 0}, came ${came.get(port)}`);
  return [`${where.join("; ")}: ${JSON.stringify(sent.packet)}\n  ${JSON.stringify(told.steps)}`];
}
