/** Inline devices for redirects: each frame that comes in at one end goes out at the other end. @module */
import type { PrivateOvs } from "./ovs.ts";
import { PacketSocket } from "./packets.ts";
import { ipIn, run } from "./run.ts";

/** Connects two devices of the switch's namespace by a Linux bridge that learns no MACs, like a wire. */
export async function bridgeWire(ovs: PrivateOvs, ends: readonly [string, string]): Promise<void> {
  const name = `w-${ends[0]}`.slice(0, 15);
  await ipIn(
    ovs.netns,
    "link",
    "add",
    "name",
    name,
    "type",
    "bridge",
    "stp_state",
    "0",
    "mcast_snooping",
    "0",
    "ageing_time",
    "0",
  );
  for (const end of ends) {
    await ipIn(ovs.netns, "link", "set", "dev", end, "master", name);
    await run("ip", [
      "netns",
      "exec",
      ovs.netns,
      "bridge",
      "link",
      "set",
      "dev",
      end,
      "learning",
      "off",
    ]);
    await ipIn(ovs.netns, "link", "set", "dev", end, "up");
  }
  await ipIn(ovs.netns, "link", "set", "dev", name, "up");
}

/** Makes two devices, for example `vin` and `vout`. They are veth devices whose other ends are connected by a wire. */
export async function devicePair(ovs: PrivateOvs, names: readonly [string, string]): Promise<void> {
  const far = names.map((name) => `${name}-x`) as [string, string];
  for (const [index, name] of names.entries()) {
    await ipIn(ovs.netns, "link", "add", "name", name, "type", "veth", "peer", "name", far[index]!);
    await run("ip", ["netns", "exec", ovs.netns, "ethtool", "-K", name, "tx", "off"]);
    await run("ip", ["netns", "exec", ovs.netns, "ethtool", "-K", far[index]!, "tx", "off"]);
    await ipIn(ovs.netns, "link", "set", "dev", name, "up");
  }
  await bridgeWire(ovs, far);
}

/** Connects two devices again, if they were deleted and made anew since `bridgeWire` connected them. */
export async function rewire(ovs: PrivateOvs, ends: readonly [string, string]): Promise<void> {
  const name = `w-${ends[0]}`.slice(0, 15);
  const wired = await ovs.exec("ip", "-o", "link", "show", "master", name);
  if (ends.every((end) => wired.includes(`${end}:`) || wired.includes(`${end}@`))) return;
  await ipIn(ovs.netns, "link", "del", name);
  await bridgeWire(ovs, ends);
}

/** Milliseconds between two reads of the socket. */
const ECHO_INTERVAL = 1;

/** A sensor in userspace: it sends each frame that comes in at one device out of another device, or of the same one. */
export class Echo implements Disposable {
  readonly #sockets: readonly PacketSocket[];
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #held: { readonly frame: Uint8Array; readonly until: number }[] = [];

  private constructor(into: PacketSocket, out: PacketSocket, hold: number) {
    this.#sockets = [into, out];
    this.#timer = setInterval(() => {
      const now = performance.now();
      for (const frame of into.drain()) this.#held.push({ frame, until: now + hold });
      while (this.#held[0] && this.#held[0].until <= now) out.send(this.#held.shift()!.frame);
    }, ECHO_INTERVAL);
  }

  /** A sensor with one device. */
  static at(place: { readonly netns: string; readonly device: string }): Echo {
    const socket = PacketSocket.open(place);
    return new Echo(socket, socket, 0);
  }

  /** A sensor between the two devices of a pair. @param hold Milliseconds for which it keeps each frame. */
  static between(
    { netns }: { readonly netns: string },
    [into, out]: readonly [string, string],
    hold: number,
  ): Echo {
    const open = (device: string) => PacketSocket.open({ netns, device });
    return new Echo(open(into), open(out), hold);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    for (const socket of new Set(this.#sockets)) socket.close();
  }
}
