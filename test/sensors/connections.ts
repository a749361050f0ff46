/** Random connections of a Pod, and which of several sensors gets each of them. @module */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { FrameOptions, Transport } from "../lab/frames.ts";
import type { Lab } from "../lab/lab.ts";
import type { TestPod } from "../lab/pod.ts";
import { Counter, expectCounts, send } from "../lab/traffic.ts";
import type { SensorScene } from "./scene.ts";

/** What the packets of a connection have in common, seen from the Pod. */
export type Connection = Pick<FrameOptions, "source" | "destination"> & {
  readonly transport: Transport;
};

/** The first port that programs use for connections that they begin: RFC 6335 section 6. */
const FIRST_PORT = 49152;
const SERVER_PORTS = [53, 80, 443, 5432, 8080];

/**
 * The connection with this number: by TCP, UDP or ICMP, over IPv4 or IPv6, at random, but the same one each time. Packets to
 * a Pod are known by its MAC, so any addresses will do.
 */
export function connection(index: number): Connection {
  const random = createHash("sha256").update(`connection ${index}`).digest();
  const word = (at: number) => random.readUInt16BE(at);
  const address = (first: string, at: number) =>
    index % 2 === 0
      ? `${first === "fd0a" ? 10 : 172}.${random[at]}.${random[at + 1]}.${random[at + 2]}`
      : `${first}::${[at, at + 2].map((each) => word(each).toString(16)).join(":")}`;
  const [from, to] = [FIRST_PORT | word(8), SERVER_PORTS[random[10]! % SERVER_PORTS.length]!];
  const transports: Transport[] = [
    { protocol: "tcp", from, to },
    { protocol: "udp", from, to },
    { protocol: "icmp" },
  ];
  return {
    source: address("fd0a", 0),
    destination: address("fdac", 4),
    transport: transports[index % transports.length]!,
  };
}

/** The same connection, seen from its other end. */
export function reversed({ source, destination, transport }: Connection): Connection {
  return {
    source: destination,
    destination: source,
    transport: transport.protocol === "icmp"
      ? transport
      : { ...transport, from: transport.to, to: transport.from },
  };
}

/**
 * For each frame, the place of the sensor that got it.
 *
 * @throws {AssertionError} If one was at no sensor, or at several.
 */
export function placesOf(ids: readonly number[], sensors: readonly Counter[]): number[] {
  sensors.forEach((sensor) => sensor.look());
  const found = ids.map((id) =>
    sensors.flatMap((sensor, place) => new Array<number>(sensor.count(id)).fill(place))
  );
  const wrong = found.filter((places) => places.length !== 1);
  assert.equal(wrong.length, 0, `packets at no sensor or at several: ${JSON.stringify(wrong)}`);
  return found.map(([place]) => place!);
}

/** Sends one packet of each connection, and checks that it arrives. @returns The frames' numbers. */
export async function sendEach(
  [from, to]: readonly [TestPod, TestPod],
  at: Counter,
  connections: readonly Connection[],
): Promise<number[]> {
  const count = connections.length;
  const ids = await send({ from, to, count, pace: at, each: (index) => connections[index]! });
  await expectCounts(ids, [[at, 1]]);
  return ids;
}

/**
 * Waits until the switch has looked at its whole cache again, and empties that: until then, packets of known connections may
 * go where earlier flows sent them. A first look may have begun before the flows changed.
 */
async function cacheRenewed({ ovs }: Lab): Promise<void> {
  for (let looks = 0; looks < 2; looks++) await ovs.appctl("revalidator/wait");
  await ovs.emptyCache();
}

/**
 * Sends a packet of each connection each way.
 *
 * @param sensors Count at the sensors, by their places.
 * @returns For each connection, the place of the sensor that got both of its packets.
 * @throws {AssertionError} If a packet did not arrive once, or was not at one sensor, or not at that of the other one.
 */
export async function sensorsOf(
  { lab, web, peer }: SensorScene,
  sensors: readonly Counter[],
  connections: readonly Connection[],
): Promise<number[]> {
  await cacheRenewed(lab);
  using atPeer = Counter.at(peer);
  using atWeb = Counter.at(web);
  const there = placesOf(await sendEach([web, peer], atPeer, connections), sensors);
  const back = placesOf(await sendEach([peer, web], atWeb, connections.map(reversed)), sensors);
  const asymmetric = connections.flatMap((_, index) =>
    there[index] === back[index] ? [] : [`${index}: ${there[index]} and ${back[index]}`]
  );
  assert.deepEqual(asymmetric, [], "connections at different sensors by direction");
  for (const sensor of sensors) sensor.reset();
  return there;
}
