import assert from "node:assert/strict";
import { NotConnectedError, SluiceError } from "../base/errors.ts";
import { LIMITS } from "../base/limits.ts";
import { ControlSocket } from "./control_socket.ts";

const PID = 4711;

/** A run directory with a control socket that answers each request with what `answer` gives; nothing if it gives nothing. */
class FakeDaemon implements AsyncDisposable {
  readonly requests: string[] = [];
  readonly #listener: Deno.UnixListener;
  readonly #serving: Promise<void>;

  constructor(readonly dir: string, answer: (request: string) => string | undefined) {
    Deno.writeTextFileSync(`${dir}/ovs-vswitchd.pid`, `${PID}\n`);
    this.#listener = Deno.listen({ transport: "unix", path: `${dir}/ovs-vswitchd.${PID}.ctl` });
    this.#serving = this.#serve(answer);
  }

  static async start(answer: (request: string) => string | undefined): Promise<FakeDaemon> {
    return new FakeDaemon(await Deno.makeTempDir({ prefix: "sl" }), answer);
  }

  async #serve(answer: (request: string) => string | undefined): Promise<void> {
    for await (const conn of this.#listener) {
      using _ = conn;
      const buffer = new Uint8Array(65536);
      for (let length; (length = await conn.read(buffer).catch(() => null));) {
        const request = new TextDecoder().decode(buffer.subarray(0, length));
        this.requests.push(request);
        const bytes = new TextEncoder().encode(answer(request) ?? "");
        for (let done = 0; done < bytes.length;) {
          const written = await conn.write(bytes.subarray(done)).catch(() => 0);
          if (written === 0) break;
          done += written;
        }
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#serving;
    await Deno.remove(this.dir, { recursive: true });
  }
}

const idOf = (request: string) => JSON.parse(request).id;
const says = (result: unknown, error: unknown = null) => (request: string) =>
  JSON.stringify({ id: idOf(request), result, error });

Deno.test("a command is sent with its arguments, and what the daemon says comes back", async () => {
  await using daemon = await FakeDaemon.start(says("text\n"));
  await using control = await ControlSocket.connect(daemon.dir);
  assert.equal(await control.ask("ofproto/trace", "br0", "in_port=1"), "text\n");
  const { method, params } = JSON.parse(daemon.requests[0]!);
  assert.deepEqual([method, params], ["ofproto/trace", ["br0", "in_port=1"]]);
});

Deno.test("what the daemon refuses is an error with its words, made harmless", async () => {
  await using daemon = await FakeDaemon.start(says(null, "bad \u001b[31m flow\n"));
  await using control = await ControlSocket.connect(daemon.dir);
  await assert.rejects(control.ask("ofproto/trace"), (error: Error) => {
    assert.ok(error instanceof SluiceError);
    assert.equal(
      error.message,
      String.raw`Cannot run ofproto/trace: ovs-vswitchd says "bad \u001b[31m flow"`,
    );
    return true;
  });
});

Deno.test("a daemon that does not answer in time is given up", async () => {
  await using daemon = await FakeDaemon.start(() => undefined);
  await using control = await ControlSocket.connect(daemon.dir, { timeout: 50 });
  await assert.rejects(control.ask("dpif/show"), (error: Error) => {
    assert.ok(error instanceof NotConnectedError);
    assert.match(error.message, /ovs-vswitchd's control socket.*no answer to dpif\/show/);
    return true;
  });
});

Deno.test("an answer that is too long ends the connection", async () => {
  await using daemon = await FakeDaemon.start(says("x".repeat(100_000)));
  await using control = await ControlSocket.connect(daemon.dir, { longest: 70_000 });
  await assert.rejects(control.ask("dpif/show"), /longer than 70000 bytes/);
});

Deno.test("an answer that is no JSON ends the connection", async () => {
  await using daemon = await FakeDaemon.start(() => "not JSON");
  await using control = await ControlSocket.connect(daemon.dir);
  await assert.rejects(control.ask("dpif/show"), /does not begin with a bracket/);
});

Deno.test.each<[string, string | undefined, RegExp]>([
  ["that is missing", undefined, /No such file/],
  ["with something else in it", "no number", /"no number" is no process/],
  ["that is too long", "1".repeat(LIMITS.tracePidfile + 1), /is no process/],
  ["of a daemon that is gone", `${PID}`, /Cannot connect to/],
])("a pidfile %s is told", async (_, content, message) => {
  const dir = await Deno.makeTempDir({ prefix: "sl" });
  try {
    if (content !== undefined) await Deno.writeTextFile(`${dir}/ovs-vswitchd.pid`, content);
    await assert.rejects(ControlSocket.connect(dir), (error: Error) => {
      assert.ok(error instanceof SluiceError);
      assert.match(error.message, message);
      return true;
    });
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});
