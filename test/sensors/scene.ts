/** A Pod whose packets pass a sensor that tests can cut off, and what tests ask about it. @module */
import { app, internal, podObject, trafficControl } from "../lab/agent.ts";
import { Lab } from "../lab/lab.ts";
import type { TestPod } from "../lab/pod.ts";
import { run } from "../lab/run.ts";
import type { Counter } from "../lab/traffic.ts";
import { devicePair } from "../lab/wire.ts";

export const device = (name: string) => ({ device: { name } });

/** The sensor at an additional wire, as an entry of `additionalPorts`. */
export const entry = (wire: number, weight?: number) => ({
  name: `wire${wire}`,
  targetPort: device(`vin${wire}`),
  returnPort: device(`vout${wire}`),
  ...(weight !== undefined && { weight }),
});

/** A bridge with two Pods, of which the first is redirected through a wire from device `vin` to device `vout`. */
export class SensorScene implements AsyncDisposable {
  private constructor(readonly lab: Lab, readonly web: TestPod, readonly peer: TestPod) {}

  /**
   * @param more Fields of the TrafficControl `ips`, beside those that every redirect has.
   * @param additional How many more wires there are: from `vin1` to `vout1`, and so on.
   */
  static async start(
    more: Readonly<Record<string, unknown>>,
    additional = 0,
  ): Promise<SensorScene> {
    return await SensorScene.#applied(await SensorScene.prepare(additional), more);
  }

  /** A redirect through two internal ports, which the TrafficControl makes. The test puts a sensor between them. */
  static async between(
    [target, back]: readonly [string, string],
    more: Readonly<Record<string, unknown>>,
  ): Promise<SensorScene> {
    const ports = { targetPort: internal(target), returnPort: internal(back) };
    return await SensorScene.#applied(await SensorScene.#start([]), { ...ports, ...more });
  }

  static async #applied(
    scene: SensorScene,
    more: Readonly<Record<string, unknown>>,
  ): Promise<SensorScene> {
    try {
      await scene.apply(more);
      return scene;
    } catch (error) {
      await scene[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** The same without a TrafficControl. */
  static async prepare(additional = 0): Promise<SensorScene> {
    const more = Array.from({ length: additional }, (_, index) => `${index + 1}`);
    return await SensorScene.#start(["", ...more]);
  }

  /** @param wires The numbers of the wires. */
  static async #start(wires: readonly string[]): Promise<SensorScene> {
    const lab = await Lab.start(2);
    try {
      const [web, peer] = lab.pods as [TestPod, TestPod];
      for (const wire of wires) await devicePair(lab.ovs, [`vin${wire}`, `vout${wire}`]);
      await lab.agent.write("pods.yaml", podObject(web, { app: "web" }), podObject(peer, {}));
      return new SensorScene(lab, web, peer);
    } catch (error) {
      await lab[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** A bridge with a sensor that a test has made by itself. */
  static of(lab: Lab, web: TestPod, peer: TestPod): SensorScene {
    return new SensorScene(lab, web, peer);
  }

  /** The TrafficControl. @param more Fields of its spec, beside those that every redirect has. */
  object(more: Readonly<Record<string, unknown>>): object {
    return trafficControl("ips", {
      appliedTo: app("web"),
      direction: "Both",
      action: "Redirect",
      targetPort: device("vin"),
      returnPort: device("vout"),
      ...more,
    });
  }

  async apply(more: Readonly<Record<string, unknown>>): Promise<void> {
    await this.lab.agent.write("tc.yaml", this.object(more));
    await this.lab.agent.realized("ips");
  }

  /** Waits until the TrafficControl has exactly these conditions. */
  async conditions(...reasons: readonly string[]): Promise<void> {
    const wanted = JSON.stringify(reasons.toSorted());
    await this.lab.agent.settled(`conditions ${wanted}`, ({ trafficControls }) => {
      const found = trafficControls.find(({ name }) => name === "ips")?.conditions ?? [];
      return JSON.stringify(found.map(({ reason }) => reason).sort()) === wanted;
    });
  }

  /** Waits until these of its sensors work, and no other one: each by the name of its target port. */
  async sensorsUp(...targets: readonly string[]): Promise<void> {
    const wanted = JSON.stringify(targets.toSorted());
    await this.lab.agent.settled(`sensors ${wanted} up`, ({ sensors }) => {
      const up = sensors.filter(({ state, isOpen }) => state === "up" && !isOpen);
      return JSON.stringify(up.map(({ target }) => target).sort()) === wanted;
    });
  }

  /** Lets a wire forward nothing, without a change of any link; or lets it forward again. @param wire Its number. */
  async cut(isCut: boolean, wire = ""): Promise<void> {
    for (const end of [`vin${wire}-x`, `vout${wire}-x`]) {
      await this.bridge("link", "set", "dev", end, "state", isCut ? "0" : "3");
    }
  }

  /** Calls bridge(8) in the namespace of the wire. */
  async bridge(...args: readonly string[]): Promise<void> {
    await run("ip", ["netns", "exec", this.lab.ovs.netns, "bridge", ...args]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.lab[Symbol.asyncDispose]();
  }
}

/** What of a stream of packets did not come, or came twice. */
export function losses(ids: readonly number[], counter: Counter) {
  counter.look();
  const spans = [0];
  for (const id of ids) {
    if (counter.count(id) === 0) spans.push(spans.pop()! + 1);
    else if (spans.at(-1)! > 0) spans.push(0);
  }
  const lost = spans.reduce((sum, each) => sum + each, 0);
  return {
    lost,
    besideTheGap: lost - Math.max(...spans),
    twice: ids.filter((id) => counter.count(id) > 1).length,
  };
}
