/** What a mirror and a redirect miss while ovn-controller or ovs-vswitchd is killed and comes back, under traffic. */
import assert from "node:assert/strict";
import { eventually } from "../lab/ovs.ts";
import { Counter, send } from "../lab/traffic.ts";
import { ACTIONS, control, OvnScene, SENSORS } from "./ovn_scene.ts";
import { SKIPPED } from "./programs.ts";

/** Packets per second, and the most that are sent. */
const [RATE, MOST] = [400, 60_000];
/** Milliseconds before and after what happens, and between two looks. */
const AROUND = 500;
/** Milliseconds in which everything is back after the end of what happens. */
const BACK = 20_000;

const pause = (time: number) => new Promise((resolve) => setTimeout(resolve, time));

interface Found {
  /** Packets that have arrived, and that the mirror, or the redirect's sensor, has not seen. */
  readonly missed: readonly [mirror: number, redirect: number];
  readonly lost: number;
  readonly twice: number;
  readonly sent: number;
}

/** Counts at the sensors. A switch that was killed makes the devices anew, so a counter of before hears nothing more. */
class Sensors implements Disposable {
  readonly #open = new DisposableStack();
  readonly #counters = ACTIONS.map((): Counter[] => []);

  constructor(readonly scene: OvnScene) {
    this.listen();
  }

  /** Counts from now on at the devices that are there now. */
  listen(): void {
    for (const [index, action] of ACTIONS.entries()) {
      this.#counters[index]!.push(this.#open.use(this.scene.at(SENSORS[action])));
    }
  }

  /** Whether each device has had a packet since the last `listen()`. */
  async hear(): Promise<boolean> {
    await pause(AROUND);
    const newest = this.#counters.map((counters) => counters.at(-1)!);
    for (const counter of newest) counter.look();
    return newest.every(({ frames }) => frames.length > 0);
  }

  /** How often a packet came to the mirror, and to the sensor of the redirect. */
  counts(id: number): number[] {
    return this.#counters.map((all) =>
      Math.max(...all.map((counter) => {
        counter.look();
        return counter.count(id);
      }))
    );
  }

  [Symbol.dispose](): void {
    this.#open[Symbol.dispose]();
  }
}

/** Has something happen while packets go from `a` to `b`, and waits until the sensors see them again. */
async function during(scene: OvnScene, what: () => Promise<void>): Promise<Found> {
  const [a, b] = [scene.pod("a").pod, scene.pod("b").pod];
  using arrived = Counter.at(b);
  using sensors = new Sensors(scene);
  const done = new AbortController();
  const sending = send({ from: a, to: b, count: MOST, rate: RATE, signal: done.signal });
  try {
    await pause(AROUND);
    await what();
    sensors.listen();
    await eventually("packets at the sensors", () => sensors.hear(), BACK);
  } finally {
    done.abort();
  }
  const ids = await sending;
  await pause(AROUND);
  arrived.look();
  const there = ids.filter((id) => arrived.count(id) > 0);
  const seen = new Map(ids.map((id) => [id, sensors.counts(id)]));
  const missed = (at: 0 | 1) => there.filter((id) => seen.get(id)![at] === 0).length;
  return {
    missed: [missed(0), missed(1)],
    lost: ids.length - there.length,
    twice: ids.filter((id) => Math.max(arrived.count(id), ...seen.get(id)!) > 1).length,
    sent: ids.length,
  };
}

interface Event {
  readonly what: string;
  /** The most packets that may pass without the sensor: a second of them, if OVN wipes all flows. */
  readonly mostMissed: number;
  readonly happens: (scene: OvnScene) => Promise<void>;
}

const EVENTS: readonly Event[] = [
  {
    what: "ovn-controller is killed, and the next one starts",
    mostMissed: RATE,
    async happens({ chassis, ovn }) {
      await chassis.killController();
      await chassis.startController();
      await ovn.sync();
    },
  },
  {
    what: "ovn-controller ends and takes its flows away, and the next one starts",
    mostMissed: RATE,
    async happens({ chassis, ovn }) {
      await chassis.exitController();
      await chassis.startController();
      await ovn.sync();
    },
  },
  {
    what: "ovn-controller restarts as by a service manager",
    mostMissed: RATE,
    async happens({ chassis, ovn }) {
      await chassis.exitController("--restart");
      await chassis.startController();
      await ovn.sync();
    },
  },
  {
    what: "ovn-controller computes anew",
    mostMissed: 0,
    async happens({ chassis, ovn }) {
      await chassis.recompute();
      await ovn.sync();
    },
  },
  {
    what: "ovs-vswitchd is killed",
    mostMissed: RATE,
    async happens({ chassis, ovn }) {
      await chassis.killSwitch();
      await chassis.startSwitch();
      await ovn.sync();
    },
  },
];

async function expectGap(scene: OvnScene, event: Event): Promise<void> {
  const { missed, lost, twice, sent } = await during(scene, async () => {
    await event.happens(scene);
    await scene.agent.realized("m", "r");
    await scene.wire();
  });
  const gaps = missed.map((count, at) =>
    `${ACTIONS[at]}: ${count} (${Math.round(1000 * count / RATE)} ms)`
  );
  console.log(
    `${event.what}: of ${sent} packets ${lost} did not arrive, and of the others were not seen: ${gaps}`,
  );
  assert.equal(twice, 0);
  assert.ok(Math.max(...missed) <= event.mostMissed, `${missed} packets were not seen`);
  await scene.expect({ from: "a", to: "b", seen: 1 });
  await scene.expect({ from: "e", to: "a", seen: 1, flow: { version: 6 } });
}

Deno.test({
  name: "OVN's parts are killed while packets pass: mirror and redirect are back by themselves",
  ignore: SKIPPED,
  async fn(t) {
    await using scene = await OvnScene.start();
    await scene.apply("Mirror", "a");
    await scene.agent.write("tc.yaml", control("Mirror", {}, "m"), control("Redirect", {}, "r"));
    await scene.agent.realized("m", "r");
    await scene.wire();
    await scene.expect({ from: "a", to: "b", seen: 1 });
    for (const event of EVENTS) await t.step(event.what, () => expectGap(scene, event));
  },
});
