import assert from "node:assert/strict";
import { type HttpServer, type HttpServerOptions, serveHttp, stream } from "./http_server.ts";
import { delay } from "../base/timer.ts";

const GET = new TextEncoder().encode("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");

/** An answer that says "first", then what it is told to, and "last" when its request should end. */
class Endless {
  readonly answer: Response;
  /** Resolved when nobody wants more of it. */
  readonly ended: Promise<void>;
  #controller!: ReadableStreamDefaultController<Uint8Array>;

  constructor({ signal }: Request) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ended = promise;
    const end = () => {
      this.say("last");
      this.#controller.close();
      resolve();
    };
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#controller = controller;
        this.say("first");
        signal.addEventListener("abort", end);
      },
      cancel: () => {
        signal.removeEventListener("abort", end);
        resolve();
      },
    });
    this.answer = stream(body, {});
  }

  say(text: string): void {
    this.#controller.enqueue(new TextEncoder().encode(text));
  }
}

/** A server that answers with such streams, the last of which is the last one of `made`. */
function start(limits: HttpServerOptions["limits"] = {}) {
  const made: Endless[] = [];
  const handler = (request: Request) => {
    const next = new Endless(request);
    made.push(next);
    return next.answer;
  };
  const server = serveHttp({ listen: "127.0.0.1:0", handler, limits });
  return { made, server, [Symbol.asyncDispose]: () => server.shutdown() };
}

async function ask({ address: { port } }: HttpServer): Promise<Deno.Conn> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  await conn.write(GET);
  return conn;
}

/** Reads until the text has come. @returns All that was read. */
async function readUntil(conn: Deno.Conn, text: string): Promise<string> {
  const buffer = new Uint8Array(1024);
  let all = "";
  while (!all.includes(text)) {
    const length = await conn.read(buffer);
    assert.ok(length !== null, `it ended after ${all}`);
    all += new TextDecoder().decode(buffer.subarray(0, length));
  }
  return all;
}

Deno.test("a stream goes on beyond the time for answers, and ends when its client goes", async () => {
  const time = 100;
  await using started = start({ httpAnswer: time });
  const conn = await ask(started.server);
  await readUntil(conn, "first");
  await delay(3 * time);
  const [only] = started.made;
  only!.say("second");
  await readUntil(conn, "second");
  conn.close();
  await only!.ended;
});

Deno.test("beyond the limit of streams the answer is 503, until one of them has ended", async () => {
  await using started = start({ httpStreams: 1 });
  const { server, made } = started;
  const first = await ask(server);
  await readUntil(first, "first");
  using refused = await ask(server);
  assert.match(await readUntil(refused, "end another one first"), /^HTTP\/1\.1 503 /);
  await made[1]!.ended;
  first.close();
  await made[0]!.ended;
  using next = await ask(server);
  await readUntil(next, "first");
});

Deno.test("a server that stops lets a stream say its last word", async () => {
  const started = start();
  using conn = await ask(started.server);
  await readUntil(conn, "first");
  const end = readUntil(conn, "last\r\n0\r\n\r\n"); // the end of all chunks: RFC 9112 section 7.1
  await started[Symbol.asyncDispose]();
  await end;
});
