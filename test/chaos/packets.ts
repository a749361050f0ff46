/** Packets between all Pods: each comes to its receiver, to each mirror and to each sensor, exactly once. @module */
import assert from "node:assert/strict";
import type { State } from "../../core/report/state.ts";
import { eventually } from "../lab/ovs.ts";
import { Counter, send } from "../lab/traffic.ts";
import { Echo } from "../lab/wire.ts";
import type { Expected } from "./expected.ts";
import {
  COLLECTOR,
  isTunnel,
  type Journey,
  journeysOf,
  receiverOf,
  redirectsOf,
  treatmentsOf,
  type Version,
} from "./journeys.ts";
import type { World } from "./world.ts";

/** Frames between each two Pods, by the version of IP. */
const FRAMES = { 4: 2, 6: 1 } as const;
const ONE = { 4: 1, 6: 1 } as const;
/** Milliseconds within which frames must come exactly where they must: until NORMAL knows a MAC, it floods. */
const PASS = 10_000;
/** Milliseconds in which frames come on an idle machine, and on a busy one. */
const [ONE_FRAME, ARRIVE] = [500, 5000];
/** Milliseconds after the last expected frame, in which a surplus frame would come. */
const SURPLUS = 60;
/** A flow without a match, as ovs-ofctl prints it. It does not print the priority that a flow has by default. */
const ALL_TO_NORMAL =
  /^ (cookie=\w+, )?(idle_timeout=\d+, |hard_timeout=\d+, |importance=\d+, |send_flow_rem )*(priority=\d+ )?actions=NORMAL$/;
const DEFAULT_PRIORITY = 32768;

/** @throws {AssertionError} If a frame is lost, or comes to a place more or less often than it must. */
export async function assertPackets(world: World, expected: Expected, state: State): Promise<void> {
  const journeys = journeysOf({ expected, state, splits: await splits(world) });
  const places = placesOf(world, state);
  using open = new DisposableStack();
  for (const { target, return: back } of redirectsOf(state)) {
    const [into, out] = [places.get(target)!, places.get(back)!];
    open.use(
      target === back ? Echo.at(into) : Echo.between(world.ovs, [into.device, out.device], 0),
    );
  }
  const counters = [...places].map(([name, place]) => open.use(new Counter(name, place)));
  const frames = new Frames(world, counters);
  await eventually("frames between all Pods", () => frames.pass(journeys), PASS)
    .catch(() => {}); // the comparison fails with a better message
  await frames.compare(journeys);
}

class Frames {
  constructor(readonly world: World, readonly counters: readonly Counter[]) {}

  async #send(journey: Journey, count: number): Promise<number[]> {
    const from = this.world.pods.get(journey.from)!;
    return await send({ from, to: receiverOf(journey), version: journey.version, count });
  }

  #look(): void {
    for (const counter of this.counters) counter.look();
  }

  /** Sends frames of each kind. @returns Texts of where they came and of where they must come. */
  async #try(
    journeys: readonly Journey[],
    counts: Readonly<Record<Version, number>>,
    timeout: number,
  ) {
    const sent: (readonly [Journey, readonly number[]])[] = [];
    for (const journey of journeys) {
      sent.push([journey, await this.#send(journey, counts[journey.version])]);
    }
    const found = () => {
      this.#look();
      return sent.flatMap(([journey, ids]) => ids.map((id) => this.#text(journey, id)));
    };
    const wanted = sent.flatMap(([journey, ids]) => ids.map(() => textOf(journey, journey.places)));
    await eventually("all frames", () => found().join() === wanted.join(), timeout).catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, SURPLUS));
    return { found: found(), wanted };
  }

  /** @returns Whether one frame of each kind came exactly where it must. The switch has learned all MACs then. */
  async pass(journeys: readonly Journey[]): Promise<boolean> {
    const { found, wanted } = await this.#try(journeys, ONE, ONE_FRAME);
    return found.join() === wanted.join();
  }

  async compare(journeys: readonly Journey[]): Promise<void> {
    const { found, wanted } = await this.#try(journeys, FRAMES, ARRIVE);
    const differs = (texts: readonly string[]) => texts.filter((_, at) => found[at] !== wanted[at]);
    if (differs(found).length === 0) return;
    assert.fail(
      `Packets do not come where they must. They came so:\n${differs(found).join("\n")}\n` +
        `and must come so:\n${differs(wanted).join("\n")}\n${await this.#switchState()}`,
    );
  }

  async #switchState(): Promise<string> {
    const { ovs } = this.world;
    return [
      await ovs.appctl("fdb/show", "br0"),
      await ovs.appctl("dpctl/dump-flows", "-m", "--names"),
    ].join("\n");
  }

  #text(journey: Journey, id: number): string {
    return textOf(journey, new Map(this.counters.map((each) => [each.name, each.count(id)])));
  }
}

function textOf({ from, to, version }: Journey, counts: ReadonlyMap<string, number>): string {
  const places = [...counts].filter(([, count]) => count > 0).map(([name, count]) =>
    `${name} ${count}`
  );
  return `${from} to ${to}, IPv${version}: ${places.sort().join(", ")}`;
}

/**
 * Whether NORMAL gets each packet and sends it to each port of its VLAN, so that Sluice can stand in for it: read from
 * the switch without Sluice.
 */
async function splits({ shadow }: World): Promise<boolean> {
  const flows = (await shadow.ofctl("--no-stats", "dump-flows", "br0", "table=0")).split("\n")
    .filter((line) => line.includes("actions="));
  const priorityOf = (flow: string) => Number(/priority=(\d+)/.exec(flow)?.[1] ?? DEFAULT_PRIORITY);
  const highest = Math.max(...flows.map(priorityOf));
  const first = flows.filter((flow) => priorityOf(flow) === highest);
  const isNormal = first.length === 1 && ALL_TO_NORMAL.test(first[0]!);
  return isNormal && (await shadow.vsctl("find", "port", "protected=true")).trim() === "";
}

/** Where frames are counted, by name: at each Pod, at each mirror and sensor, and at the remote end of tunnels. */
function placesOf({ ovs, pods, collector }: World, state: State) {
  const ports = treatmentsOf(state).flatMap(({ mirrors, redirect }) => [
    ...mirrors,
    ...redirect ? [redirect.target, redirect.return] : [],
  ]);
  // What the switch sends into a veth device arrives at its other end; an internal port has only one.
  const deviceOf = (name: string) => name.startsWith("dev") ? `${name}-x` : name;
  return new Map([
    ...[...pods].map(([name, { netns, device }]) => [name, { netns, device }] as const),
    ...ports.filter((name) => !isTunnel(name))
      .map((name) => [name, { netns: ovs.netns, device: deviceOf(name) }] as const),
    [COLLECTOR, { netns: collector.netns, device: collector.device }] as const,
  ]);
}
