/** A redirect through two devices of the node and a mirror to a third one, with packets. @module */
import { app, podObject, trafficControl } from "../lab/agent.ts";
import { Lab } from "../lab/lab.ts";
import { eventually } from "../lab/ovs.ts";
import type { TestPod } from "../lab/pod.ts";
import { ipIn, run } from "../lab/run.ts";
import { Counter, expectFlow, send } from "../lab/traffic.ts";
import { bridgeWire } from "../lab/wire.ts";

/** The devices that are ports of the bridge. Each is one end of a veth pair; the other end has the name with `-x`. */
export const DEVICES = ["vin", "vout", "mir"] as const;
export type DeviceName = typeof DEVICES[number];

/** Milliseconds in which a frame comes to all places, if it does. */
const SOON = 200;

const device = (name: DeviceName) => ({ device: { name } });

/** Pod `p1` is redirected and mirrored; `p2` is its neighbour. */
export class DeviceBench implements AsyncDisposable {
  private constructor(readonly lab: Lab, readonly p1: TestPod, readonly p2: TestPod) {}

  /** @param before Is called when the devices are made and before the TrafficControls are. */
  static async start(before?: (lab: Lab) => Promise<unknown>): Promise<DeviceBench> {
    const lab = await Lab.start(2);
    const [p1, p2] = lab.pods as [TestPod, TestPod];
    const bench = new DeviceBench(lab, p1, p2);
    try {
      for (const name of DEVICES) await bench.make(name);
      await bridgeWire(lab.ovs, ["vin-x", "vout-x"]);
      await before?.(lab);
      await lab.agent.write("pods.yaml", podObject(p1, { app: "web" }), podObject(p2, {}));
      const both = { appliedTo: app("web"), direction: "Both" };
      const pair = { targetPort: device("vin"), returnPort: device("vout") };
      await lab.agent.write(
        "tc.yaml",
        trafficControl("m", { ...both, action: "Mirror", targetPort: device("mir") }),
        trafficControl("r", { ...both, action: "Redirect", ...pair }),
      );
      return bench;
    } catch (error) {
      await lab[Symbol.asyncDispose]();
      throw error;
    }
  }

  async make(name: DeviceName): Promise<void> {
    const { netns } = this.lab.ovs;
    const far = `${name}-x`;
    await ipIn(netns, "link", "add", "name", name, "type", "veth", "peer", "name", far);
    for (const end of [name, far]) {
      await run("ip", ["netns", "exec", netns, "ethtool", "-K", end, "tx", "off"]);
      await ipIn(netns, "link", "set", "dev", end, "up");
    }
  }

  /** Deletes the device, and makes one of the same name, as a sensor does that starts again. */
  async remake(name: DeviceName): Promise<void> {
    const { netns } = this.lab.ovs;
    await ipIn(netns, "link", "del", name);
    await this.make(name);
    if (name !== "mir") await ipIn(netns, "link", "set", "dev", `${name}-x`, "master", "w-vin-x");
  }

  /**
   * Waits until a packet each way passes the pair and is copied, as the agent may not have heard of a new device yet; then
   * counts: each frame passes the sensor once, and is copied once.
   */
  async works(): Promise<void> {
    const { lab, p1, p2 } = this;
    await lab.agent.realized("m", "r");
    using sensor = new Counter("vin-x", { netns: lab.ovs.netns, device: "vin-x" });
    using copies = new Counter("mir-x", { netns: lab.ovs.netns, device: "mir-x" });
    const [at1, at2] = [lab.at(p1), lab.at(p2)];
    const flows = [
      { flow: { from: p1, to: p2 }, arrives: at2, other: at1 },
      { flow: { from: p2, to: p1, version: 6 }, arrives: at1, other: at2 },
    ] as const;
    for (const { flow, arrives } of flows) {
      await eventually("a packet through the pair, and its copy", async () => {
        const [id] = await send({ ...flow, count: 1 });
        return await arrivedAt([arrives, sensor, copies], id!);
      }, 5000);
    }
    await lab.ovs.emptyCache();
    for (const { flow, arrives, other } of flows) {
      await expectFlow(flow, [[arrives, 1], [other, 0], [sensor, 1], [copies, 1]]);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.lab[Symbol.asyncDispose]();
  }
}

/** Whether the frame comes to all of them soon. */
async function arrivedAt(places: readonly Counter[], id: number): Promise<boolean> {
  const isThere = () => {
    for (const place of places) place.look();
    return places.every((place) => place.count(id) === 1);
  };
  return await eventually("the frame", isThere, SOON).catch(() => false);
}
