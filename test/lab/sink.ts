/** A UDP port that takes datagrams and never answers: without one, the kernel would send an ICMP error for each. @module */
import { inNamespace } from "./packets.ts";

const AF_INET6 = 10;
const SOCK_DGRAM = 2;
const IPPROTO_IPV6 = 41;
const IPV6_V6ONLY = 26;
/** Bytes of a `sockaddr_in6`. */
const SOCKADDR = 28;

const libc = Deno.dlopen("libc.so.6", {
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
  bind: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
});

/** Frames of a test go to port 9, if they do not say another one. */
const DISCARD = 9;

export class Sink implements Disposable {
  readonly #fd: number;

  private constructor(fd: number) {
    this.#fd = fd;
  }

  /** Takes what comes to a port of any address of a namespace, by IPv4 or IPv6. What nobody reads the kernel forgets. */
  static open({ netns }: { readonly netns: string }, port = DISCARD): Sink {
    return inNamespace(netns, () => {
      const fd = libc.symbols.socket(AF_INET6, SOCK_DGRAM, 0);
      const no = new Uint8Array(new Int32Array([0]).buffer);
      libc.symbols.setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, no, no.length);
      const address = new Uint8Array(SOCKADDR);
      const view = new DataView(address.buffer);
      view.setUint16(0, AF_INET6, true);
      view.setUint16(2, port);
      if (libc.symbols.bind(fd, address, SOCKADDR) !== 0) {
        libc.symbols.close(fd);
        throw new Error(`Cannot take UDP port ${port} in "${netns}": it is taken`);
      }
      return new Sink(fd);
    });
  }

  [Symbol.dispose](): void {
    libc.symbols.close(this.#fd);
  }
}
