/** Frames that the device of a sensor sends by itself. @module */
import { PacketSocket } from "../lab/packets.ts";
import type { SensorScene } from "./scene.ts";

/** A frame of a spanning tree: IEEE 802.1D. */
const FRAME = Uint8Array.fromHex(`0180c200000002ee000000010027424203${"00".repeat(60)}`);
/** Milliseconds between two of them. */
const EVERY = 20;

/** Sends them out of the return port's device, until the end of the test's block. */
export function chatter({ lab: { ovs: { netns } } }: SensorScene): Disposable {
  const device = PacketSocket.open({ netns, device: "vout-x" });
  const timer = setInterval(() => device.send(FRAME), EVERY);
  return {
    [Symbol.dispose]() {
      clearInterval(timer);
      device.close();
    },
  };
}
