/** Sends 20,000 packets in a second. @module */
import { frame } from "../lab/frames.ts";
import { PacketSocket } from "../lab/packets.ts";
import type { Counter } from "../lab/traffic.ts";
import type { Scene } from "./scene.ts";

const [RATE, SECONDS] = [20_000, 3];
const MILLISECONDS = 1000;
/** Packets that are sent without a pause. */
const CHUNK = 100;

/** Sends at that rate, however long single pauses are. @returns The numbers of the frames. */
export async function rush({ web, peer }: Scene, at: Counter): Promise<number[]> {
  const addresses = { from: web.mac, to: peer.mac, source: web.ip(), destination: peer.ip() };
  const ids = Array.from({ length: RATE * SECONDS }, (_, index) => FIRST + index);
  const frames = ids.map((id) => frame({ ...addresses, id }));
  using socket = PacketSocket.open(web);
  const begin = performance.now();
  for (let sent = 0; sent < frames.length;) {
    const due = Math.floor((performance.now() - begin) * RATE / MILLISECONDS);
    const until = Math.min(frames.length, due, sent + CHUNK);
    while (sent < until) socket.send(frames[sent++]!);
    at.look();
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return ids;
}

/** Numbers that no other frame of this process has. */
const FIRST = 1_000_000;
