/** Copies of one connection in so many, on real packets: both directions of it, or none. */
import assert from "node:assert/strict";
import { app, internal, podObject, trafficControl } from "../lab/agent.ts";
import { type Fragment, idOf, type Transport } from "../lab/frames.ts";
import { Lab } from "../lab/lab.ts";
import type { TestPod } from "../lab/pod.ts";
import { type Counter, expectCounts, send } from "../lab/traffic.ts";

const ONE_IN = 16;
const CONNECTIONS = 1000;
/** How many of them may be copied: a hash is no lottery, but its share is not exact. */
const SHARE = { least: 40, most: 90 } as const;
/** Of fragments, which are chosen by addresses, so that all between two Pods share their fate. */
const SENDERS = 200;
const [FIRST_PORT, SERVER_PORT] = [20000, 443];
const HALF = 32;
const TARGET = internal("tap0");

const sampled = (name: string, more: object = {}) =>
  trafficControl(name, {
    appliedTo: app("web"),
    direction: "Both",
    action: "Mirror",
    targetPort: TARGET,
    sampling: { oneFlowIn: ONE_IN },
    ...more,
  });

/** The transport of the packet with this index. */
type Ports = (index: number) => Transport;

interface Scene {
  readonly lab: Lab;
  readonly web: TestPod;
  readonly peer: TestPod;
  readonly protocol: "tcp" | "udp";
  readonly version: 4 | 6;
}

/** Sends a packet of each connection in each direction. @returns Their numbers, by direction. */
async function exchange({ lab, web, peer, protocol, version }: Scene): Promise<number[][]> {
  const out: Ports = (index) => ({ protocol, from: FIRST_PORT + index, to: SERVER_PORT });
  const home: Ports = (index) => ({ protocol, from: SERVER_PORT, to: FIRST_PORT + index });
  const [atWeb, atPeer] = [lab.at(web), lab.at(peer)];
  const sent = async (from: TestPod, to: TestPod, pace: Counter, ports: Ports) => {
    const each = (index: number) => ({ transport: ports(index) });
    const ids = await send({ from, to, pace, version, count: CONNECTIONS, each });
    await expectCounts(ids, [[pace, 1]]); // what the Pods get is complete
    return ids;
  };
  return [await sent(web, peer, atPeer, out), await sent(peer, web, atWeb, home)];
}

/** The connections that are copied. @throws {AssertionError} If one of them is copied in one direction only. */
function copied([out, home]: readonly number[][], ...taps: readonly Counter[]): number[] {
  for (const tap of taps) tap.look();
  const seen = (ids: readonly number[]) =>
    [...ids.keys()].filter((index) => taps.some((tap) => tap.count(ids[index]!) > 0));
  const indexes = seen(out!);
  assert.deepEqual(seen(home!), indexes, "connections that are copied in one direction only");
  for (const tap of taps) {
    const both = (index: number) => [tap.count(out![index]!), tap.count(home![index]!)];
    for (const index of indexes) assert.ok(["0,0", "1,1"].includes(`${both(index)}`));
  }
  return indexes;
}

function expectShare(connections: readonly number[]): void {
  const { length } = connections;
  assert.ok(
    length >= SHARE.least && length <= SHARE.most,
    `${length} of ${CONNECTIONS} are copied`,
  );
}

async function started(...controls: readonly object[]) {
  const lab = await Lab.start(2);
  const [web, peer] = lab.pods as [TestPod, TestPod];
  await lab.agent.write("pods.yaml", podObject(web, { app: "web" }), podObject(peer, {}));
  await lab.agent.write("tc.yaml", ...controls);
  return { lab, web, peer };
}

Deno.test("one connection in sixteen is copied whole, the same ones after a restart", async (t) => {
  const { lab, web, peer } = await started(
    sampled("m"),
    sampled("other", { targetPort: internal("tap1") }),
  );
  await using _lab = lab;
  await lab.agent.realized("m", "other");
  const [tap, other] = [lab.atDevice("tap0"), lab.atDevice("tap1")];
  const scene = { lab, web, peer, protocol: "tcp", version: 4 } as const;
  let first: readonly number[] = [];
  await t.step("TCP", async () => {
    const ids = await exchange(scene);
    first = copied(ids, tap);
    expectShare(first);
    const others = copied(ids, other);
    expectShare(others);
    assert.notDeepEqual(others, first, "another TrafficControl copies the same connections");
  });
  await t.step("UDP, and IPv6", async () => {
    expectShare(copied(await exchange({ ...scene, protocol: "udp" }), tap));
    expectShare(copied(await exchange({ ...scene, version: 6 }), tap));
    expectShare(copied(await exchange({ ...scene, protocol: "udp", version: 6 }), tap));
  });
  await t.step("after a restart of the agent", async () => {
    await lab.agent.kill();
    lab.agent.startAgain();
    await lab.agent.realized("m", "other");
    assert.deepEqual(copied(await exchange(scene), tap), first);
  });
});

Deno.test("the fragments of a datagram are copied all or none", async () => {
  const { lab, web, peer } = await started(sampled("m"));
  await using _lab = lab;
  await lab.agent.realized("m");
  const [tap, atPeer] = [lab.atDevice("tap0"), lab.at(peer)];
  const fragment = (index: number): Fragment => ({
    datagram: Math.floor(index / 2),
    offset: index % 2 * HALF,
    more: index % 2 === 0,
  });
  for (const version of [4, 6] as const) {
    const ids = await send({
      ...{ from: web, to: peer, pace: atPeer, version, count: 2 * SENDERS },
      each: (index) => ({
        source: version === 4 ? `10.9.9.${index >> 1}` : `fd99::${(index >> 1).toString(16)}`,
        transport: { protocol: "udp", from: FIRST_PORT + index, to: SERVER_PORT },
        fragment: fragment(index),
      }),
    });
    await expectCounts(ids, [[atPeer, 1]]);
    tap.look();
    const parts = (datagram: number) =>
      tap.count(ids[2 * datagram]!) + tap.count(ids[2 * datagram + 1]!);
    const counts = Array.from({ length: SENDERS }, (_, datagram) => parts(datagram));
    assert.deepEqual([...new Set(counts)].sort(), [0, 2]);
  }
});

Deno.test("with several sensors, a sampled connection is at one of them", async () => {
  const { lab, web, peer } = await started(
    sampled("m", { additionalPorts: [{ name: "b", targetPort: internal("tap1") }] }),
  );
  await using _lab = lab;
  await lab.agent.realized("m");
  const taps = [lab.atDevice("tap0"), lab.atDevice("tap1")];
  const ids = await exchange({ lab, web, peer, protocol: "tcp", version: 4 });
  const connections = copied(ids, ...taps);
  expectShare(connections);
  for (const tap of taps) {
    const own = tap.frames.filter((frame) => idOf(frame) !== undefined).length / 2;
    assert.ok(own > 0 && own < connections.length, `${tap.name} has ${own} connections`);
  }
});
