/**
 * A sensor as a program: it sends each frame that comes in at one device out of another one, up to a number in a second.
 * The kernel has a buffer for it, so frames that come while the program is stopped are sent when it goes on.
 * @module
 */
import { PacketSocket } from "../lab/packets.ts";

const [netns, into, out, capacity] = Deno.args as [string, string, string, string];
/** Milliseconds between two reads of the socket, and those in each of which so many frames pass. */
const [INTERVAL, SLOT] = [1, 20];
const mostInSlot = Number(capacity) * SLOT / 1000;

const [from, to] = [into, out].map((device) => PacketSocket.open({ netns, device })) as [
  PacketSocket,
  PacketSocket,
];
let [slot, passed] = [0, 0];
setInterval(() => {
  const now = Math.floor(performance.now() / SLOT);
  if (now !== slot) [slot, passed] = [now, 0];
  for (const frame of from.drain()) if (passed++ < mostInSlot) to.send(frame);
}, INTERVAL);
