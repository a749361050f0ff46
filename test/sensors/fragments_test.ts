/** Fragments, of which all but the first have no ports, go through one sensor with what they belong to. */
import assert from "node:assert/strict";
import type { FrameOptions } from "../lab/frames.ts";
import { Counter, expectCounts, send } from "../lab/traffic.ts";
import { type Connection, connection, placesOf, reversed } from "./connections.ts";
import { entry, SensorScene } from "./scene.ts";

/** Pairs of addresses: as many of IPv4 as of IPv6. */
const PAIRS = 200;
const SENSORS = ["vin", "vin1", "vin2", "vin3"];
/** Where the fragments of a datagram begin, in bytes. */
const OFFSETS = [0, 32, 56];
const PORTS = [[40000, 53], [40001, 8080]] as const;

type Frame = Partial<FrameOptions>;
type Protocol = "udp" | "tcp";

/** The packets of both directions between two addresses. */
interface Traffic {
  readonly whole: readonly Frame[];
  /** By datagrams. */
  readonly fragments: readonly (readonly Frame[])[];
}

function traffic(index: number, protocol: Protocol): Traffic {
  const given = connection(index);
  const connections = PORTS.flatMap(([from, to]) => {
    const one: Connection = { ...given, transport: { protocol, from, to } };
    return [one, reversed(one)];
  });
  const fragmentsOf = (of: Connection, number: number) =>
    OFFSETS.map((offset, at) => ({
      ...of,
      fragment: { datagram: index << 2 | number, offset, more: at < OFFSETS.length - 1 },
    }));
  return { whole: connections, fragments: connections.map(fragmentsOf) };
}

async function start(balanceBy: string): Promise<SensorScene> {
  const additionalPorts = [entry(1), entry(2), entry(3)];
  return await SensorScene.start({ additionalPorts, balanceBy }, 3);
}

/** Sends frames from one Pod to the other. @returns For each of them, the place of its sensor. */
async function sensorsOf({ lab, web, peer }: SensorScene, frames: readonly Frame[]) {
  using at = Counter.at(peer);
  const sensors = SENSORS.map((name) => lab.atDevice(`${name}-x`));
  const each = (index: number) => frames[index]!;
  const ids = await send({ from: web, to: peer, count: frames.length, pace: at, each });
  await expectCounts(ids, [[at, 1]]);
  const places = placesOf(ids, sensors);
  sensors.forEach((sensor) => sensor.reset());
  return places;
}

/** For each pair of addresses, how many sensors got its packets, and how many the fragments among them. */
async function spread(scene: SensorScene, protocol: Protocol) {
  const all = Array.from({ length: PAIRS }, (_, index) => traffic(index, protocol));
  const frames = all.flatMap(({ whole, fragments }) => [...whole, ...fragments.flat()]);
  const places = await sensorsOf(scene, frames);
  const placeOf = new Map(frames.map((frame, index) => [frame, places[index]!]));
  const count = (of: readonly Frame[]) => new Set(of.map((frame) => placeOf.get(frame))).size;
  return {
    together: all.map(({ whole, fragments }) => count([...whole, ...fragments.flat()])),
    fragments: all.map(({ fragments }) => count(fragments.flat())),
    used: new Set(places).size,
  };
}

const only = (counts: readonly number[], wanted: number) =>
  assert.deepEqual([...new Set(counts)], [wanted]);

for (const balanceBy of ["Connection", "Addresses"]) {
  Deno.test(`all UDP between two addresses is at one sensor, also in fragments: balanceBy ${balanceBy}`, async () => {
    await using scene = await start(balanceBy);
    const { together, used } = await spread(scene, "udp");
    only(together, 1);
    assert.equal(used, SENSORS.length);
  });
}

Deno.test("fragments of TCP are at one sensor with all others between two addresses: balanceBy Addresses", async () => {
  await using scene = await start("Addresses");
  const { together, used } = await spread(scene, "tcp");
  only(together, 1);
  assert.equal(used, SENSORS.length);
});

Deno.test("fragments of TCP are at one sensor, but not always that of their connection: balanceBy Connection", async () => {
  await using scene = await start("Connection");
  const { together, fragments, used } = await spread(scene, "tcp");
  only(fragments, 1);
  assert.ok(together.some((count) => count > 1)); // as docs/sensors.md says
  assert.equal(used, SENSORS.length);
});
