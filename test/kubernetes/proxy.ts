/** Proxies of HTTP (CONNECT) and SOCKS 5 that know the API server by a name that nobody else knows. @module */

/** A name that no other program can resolve (RFC 6761 section 6.4); the API server's certificate has it. */
export const NAME = "kubernetes.default.svc";

const [SOCKS_VERSION, NO_LOGIN, DONE] = [5, 0, 0];
/** Bytes before the name in a request of SOCKS 5: RFC 1928 section 4. */
const SOCKS_HEAD = 5;

export class Proxy implements AsyncDisposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #conns = new Set<Deno.Conn>();
  readonly #done: Promise<void>;
  /** What the clients asked for: `CONNECT kubernetes.default.svc:6443`, with the login if they sent one. */
  readonly asked: string[] = [];

  /** @param port Port of the API server at 127.0.0.1. */
  constructor(readonly kind: "http" | "socks5", readonly port: number) {
    this.#done = this.#run();
  }

  /** @param login `user:password@`, or nothing. */
  url(login = ""): string {
    return `${this.kind}://${login}127.0.0.1:${this.#listener.addr.port}`;
  }

  async #run(): Promise<void> {
    for await (const near of this.#listener) this.#serve(near).catch(() => {}); // a client may leave
  }

  async #serve(near: Deno.Conn): Promise<void> {
    this.#conns.add(near);
    await (this.kind === "http" ? this.#connect(near) : this.#socks(near));
    const far = await Deno.connect({ hostname: "127.0.0.1", port: this.port });
    this.#conns.add(far);
    await Promise.allSettled([
      near.readable.pipeTo(far.writable),
      far.readable.pipeTo(near.writable),
    ]);
  }

  async #connect(near: Deno.Conn): Promise<void> {
    const text = new TextDecoder().decode(await read(near));
    const login = /^proxy-authorization: basic (\S+)/im.exec(text)?.[1];
    this.asked.push(`${text.split(" HTTP")[0]}${login ? ` ${atob(login)}` : ""}`);
    await near.write(new TextEncoder().encode("HTTP/1.1 200 OK\r\n\r\n"));
  }

  async #socks(near: Deno.Conn): Promise<void> {
    await read(near);
    await near.write(new Uint8Array([SOCKS_VERSION, NO_LOGIN]));
    const request = await read(near);
    const name = new TextDecoder().decode(request.subarray(SOCKS_HEAD, -2));
    const port = new DataView(request.buffer, request.byteOffset).getUint16(request.length - 2);
    this.asked.push(`CONNECT ${name}:${port}`);
    await near.write(new Uint8Array([SOCKS_VERSION, DONE, 0, 1, 0, 0, 0, 0, 0, 0]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const conn of this.#conns) {
      try {
        conn.close();
      } catch { /* it is closed */ }
    }
    await this.#done;
  }
}

/** What comes first. The requests of clients are small, and come as one piece. */
async function read(conn: Deno.Conn): Promise<Uint8Array> {
  const buffer = new Uint8Array(4096);
  return buffer.subarray(0, await conn.read(buffer) ?? 0);
}
