/** Packet sockets in any network namespace, by functions of libc: packet(7), setns(2). @module */
import { PACKET_AUXDATA, Receiver } from "./receive.ts";

const AF_PACKET = 17;
const SOCK_RAW_NONBLOCK = 3 | 0o4000;
const ETH_P_ALL_BE = 0x0300;
const SOL_SOCKET = 1;
const SO_RCVBUFFORCE = 33;
const SOL_PACKET = 263;
const PACKET_ADD_MEMBERSHIP = 1;
const PACKET_IGNORE_OUTGOING = 23;
const PACKET_MR_PROMISC = 1;
const MSG_DONTWAIT = 0x40;
const CLONE_NEWNET = 0x40000000;
const SOCKADDR_LL = 20;
const RECEIVE_BUFFER = 16 * 1024 * 1024;
const O_RDONLY = 0;

const libc = Deno.dlopen("libc.so.6", {
  open: { parameters: ["buffer", "i32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
  setns: { parameters: ["i32", "i32"], result: "i32" },
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  bind: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
  send: { parameters: ["i32", "buffer", "usize", "i32"], result: "isize" },
  recvmsg: { parameters: ["i32", "buffer", "i32"], result: "isize" },
  if_nametoindex: { parameters: ["buffer"], result: "u32" },
});

const c = (text: string) => new TextEncoder().encode(`${text}\0`);

function must(result: number, what: string): number {
  if (result < 0) throw new Error(`Cannot ${what}: libc says ${result}`);
  return result;
}

/** Calls `what` on this thread in another network namespace. It must not be asynchronous: the thread then goes back. */
export function inNamespace<T>(name: string, what: () => T): T {
  const home = must(
    libc.symbols.open(c("/proc/thread-self/ns/net"), O_RDONLY),
    "open own namespace",
  );
  const there = must(
    libc.symbols.open(c(`/run/netns/${name}`), O_RDONLY),
    `open namespace ${name}`,
  );
  try {
    must(libc.symbols.setns(there, CLONE_NEWNET), `enter namespace ${name}`);
    return what();
  } finally {
    libc.symbols.setns(home, CLONE_NEWNET);
    libc.symbols.close(there);
    libc.symbols.close(home);
  }
}

/** Sends and receives whole Ethernet frames at one device. */
export class PacketSocket implements Disposable {
  readonly #fd: number;
  readonly #receiver = new Receiver();

  private constructor(fd: number) {
    this.#fd = fd;
  }

  /** Opens a socket that receives the frames which arrive at the device, and no frames which are sent from it. */
  static open(
    { netns, device }: { readonly netns: string; readonly device: string },
  ): PacketSocket {
    return inNamespace(netns, () => {
      const index = libc.symbols.if_nametoindex(c(device));
      if (index === 0) {
        throw new Error(`Cannot open device "${device}" in "${netns}": it is not there`);
      }
      const fd = must(libc.symbols.socket(AF_PACKET, SOCK_RAW_NONBLOCK, 0), "make a packet socket");
      const int = (value: number) => new Uint8Array(new Int32Array([value]).buffer);
      libc.symbols.setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, int(RECEIVE_BUFFER), 4);
      must(
        libc.symbols.setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, int(1), 4),
        "ignore outgoing",
      );
      libc.symbols.setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, int(1), 4);
      const membership = new Uint8Array(16);
      new DataView(membership.buffer).setInt32(0, index, true);
      new DataView(membership.buffer).setUint16(4, PACKET_MR_PROMISC, true);
      libc.symbols.setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, membership, 16);
      must(libc.symbols.bind(fd, linkAddress(index), SOCKADDR_LL), `bind to "${device}"`);
      return new PacketSocket(fd);
    });
  }

  /** Sends a frame from the device. */
  send(frame: Uint8Array): void {
    must(
      Number(
        libc.symbols.send(this.#fd, frame as Uint8Array<ArrayBuffer>, BigInt(frame.length), 0),
      ),
      "send a frame",
    );
  }

  /** All frames that have arrived since the last call. */
  drain(): Uint8Array[] {
    const frames: Uint8Array[] = [];
    for (;;) {
      const frame = this.#receiver.next((header) =>
        Number(libc.symbols.recvmsg(this.#fd, header, MSG_DONTWAIT))
      );
      if (!frame) return frames;
      frames.push(frame);
    }
  }

  close(): void {
    libc.symbols.close(this.#fd);
  }
  [Symbol.dispose](): void {
    this.close();
  }
}

function linkAddress(index: number): Uint8Array<ArrayBuffer> {
  const address = new Uint8Array(SOCKADDR_LL);
  const view = new DataView(address.buffer);
  view.setUint16(0, AF_PACKET, true);
  view.setUint16(2, ETH_P_ALL_BE, true);
  view.setInt32(4, index, true);
  return address;
}
