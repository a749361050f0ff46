/** An OVSDB server that answers as the test tells it to, for what a real one does only when it is broken. @module */
import { JsonSplitter } from "../json_splitter.ts";

export interface Request {
  readonly id: unknown;
  readonly method: string;
  readonly params: readonly unknown[];
}

/** One connection of a client. */
export interface FakeConnection {
  /** Sends messages; an error, because the client has closed, is none of the server's business. */
  send(...messages: readonly unknown[]): Promise<void>;
  /** Sends bytes as they are. */
  write(bytes: Uint8Array): Promise<void>;
  close(): void;
}

export type Answer = (request: Request, connection: FakeConnection) => Promise<void> | void;

/** The results of the requests with which a session begins, and of an echo. */
const RESULTS: Readonly<Record<string, (params: readonly unknown[]) => unknown>> = {
  list_dbs: () => ["Open_vSwitch"],
  monitor_cond_since: () => [false, "00000000-0000-0000-0000-000000000000", {}],
  echo: (params) => params,
  lock: () => ({ locked: true }),
};

/** Answers as an idle server does that has an empty database. It answers no transaction. */
export const idle: Answer = async ({ id, method, params }, { send }) => {
  const result = RESULTS[method]?.(params);
  if (result !== undefined) await send({ id, result, error: null });
};

/** Answers all but requests of this method. */
export const swallowing = (swallowed: string): Answer => (request, connection) =>
  request.method === swallowed ? undefined : idle(request, connection);

export class FakeServer implements AsyncDisposable {
  readonly #folder = Deno.makeTempDirSync({ prefix: "fdb" });
  readonly #listener = Deno.listen({ transport: "unix", path: `${this.#folder}/s` });
  readonly #open = new Set<Deno.Conn>();
  readonly #accepting = this.#accept();
  readonly requests: Request[] = [];
  /** When each connection was made, in milliseconds. */
  readonly accepted: number[] = [];

  constructor(readonly answer: Answer) {}

  get address(): string {
    return `unix:${this.#folder}/s`;
  }

  async #accept(): Promise<void> {
    const serving: Promise<void>[] = [];
    try {
      for await (const conn of this.#listener) {
        this.accepted.push(performance.now());
        serving.push(this.#serve(conn));
      }
    } catch (error) {
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
    await Promise.all(serving);
  }

  async #serve(conn: Deno.Conn): Promise<void> {
    this.#open.add(conn);
    const splitter = new JsonSplitter();
    const buffer = new Uint8Array(65_536);
    const connection = this.#connection(conn);
    try {
      for (let length; (length = await conn.read(buffer)) !== null;) {
        for (const request of splitter.push(buffer.subarray(0, length)) as Request[]) {
          this.requests.push(request);
          await this.answer(request, connection);
        }
      }
    } catch {
      // The client has closed.
    }
    connection.close();
  }

  #connection(conn: Deno.Conn): FakeConnection {
    const write = async (bytes: Uint8Array) => {
      try {
        for (let at = 0; at < bytes.length;) at += await conn.write(bytes.subarray(at));
      } catch {
        // The client has closed.
      }
    };
    return {
      write,
      send: (...messages) =>
        write(new TextEncoder().encode(messages.map((each) => JSON.stringify(each)).join(""))),
      close: () => {
        if (this.#open.delete(conn)) conn.close();
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const conn of this.#open) conn.close();
    this.#open.clear();
    await this.#accepting;
    await Deno.remove(this.#folder, { recursive: true });
  }
}
