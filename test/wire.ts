/** Inline devices for redirects: whatever comes in at one end goes out at the other. @module */
import type { PrivateOvs } from "./ovs.ts";
import { PacketSocket } from "./packets.ts";
import { ipIn, run } from "./run.ts";

/** A Linux bridge that does not learn: the kernel's wire between two devices of the switch's namespace. */
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

/** Devices on the node with a wire behind them: `vin` and `vout`, say, whose far ends are bridged. */
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

/** The same again: ports that were made anew are not in the wire that their forerunners were in. */
export async function rewire(ovs: PrivateOvs, ends: readonly [string, string]): Promise<void> {
  const name = `w-${ends[0]}`.slice(0, 15);
  const wired = await ovs.exec("ip", "-o", "link", "show", "master", name);
  if (ends.every((end) => wired.includes(`${end}:`) || wired.includes(`${end}@`))) return;
  await ipIn(ovs.netns, "link", "del", name);
  await bridgeWire(ovs, ends);
}

/** Milliseconds between two looks. */
const ECHO_INTERVAL = 1;

/** A one-armed sensor: sends out whatever comes in. */
export class Echo implements Disposable {
  readonly #socket: PacketSocket;
  readonly #timer: ReturnType<typeof setInterval>;

  private constructor(socket: PacketSocket) {
    this.#socket = socket;
    this.#timer = setInterval(
      () => socket.drain().forEach((frame) => socket.send(frame)),
      ECHO_INTERVAL,
    );
  }

  static at(place: { readonly netns: string; readonly device: string }): Echo {
    return new Echo(PacketSocket.open(place));
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#socket.close();
  }
}
