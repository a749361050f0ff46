/**
 * Runs a real Kubernetes API server with its own folder, etcd and processes, at free ports of 127.0.0.1. There are no
 * controllers, no scheduler and no kubelet: a Pod is only an object, and a deleted Namespace stays `Terminating`.
 * @module
 */
import { join } from "node:path";
import { ownFolder } from "../lab/leftovers.ts";
import { eventually } from "../lab/ovs.ts";
import { type Ran, run, tryRun } from "../lab/run.ts";
import { program, SKIPPED } from "./programs.ts";
import {
  choosePorts,
  etcdArguments,
  keyPair,
  kubeconfig,
  type Ports,
  serverArguments,
} from "./server_files.ts";

/** Milliseconds: 3 s with nothing else to do, and tests run beside it. */
const START_TIMEOUT = 60_000;
/** Milliseconds for one look whether it is ready: a connection that is made while it starts may never be answered. */
const LOOK_TIMEOUT = 3000;
/** Attempts to start, because another process may take the ports after they were found free. */
const ATTEMPTS = 3;
/** The first HTTP status that says that something is wrong. */
const HTTP_ERROR = 400;
/** Milliseconds for an answer. */
const ANSWER_TIMEOUT = 30_000;
/** Number of characters of a log that an error message has. */
const LOG_SHOWN = 3000;

/** An option of kubectl. */
const BOUNDED = `--request-timeout=${ANSWER_TIMEOUT}ms`;

export interface ServerOptions {
  /** Path of another etcd's program; if absent, that of scripts/setup is used. */
  readonly etcd?: string;
}

/** The server's answer to one request. */
export interface Answer {
  /** HTTP status. */
  readonly status: number;
  // deno-lint-ignore no-explicit-any -- any object of Kubernetes
  readonly body: any;
}

class PortTakenError extends Error {}

export class KubeApiServer implements AsyncDisposable {
  /** Folder of its files and logs. */
  readonly dir: string;
  /** Token of an administrator: a user in the group `system:masters`. */
  readonly token: string = crypto.randomUUID();
  readonly url: string;
  readonly #ports: Ports;
  readonly #etcd: string;
  readonly #children: Deno.ChildProcess[] = [];
  /** Names of the programs that have ended, although they should run. */
  readonly #ended = new Set<string>();
  /** What the last look whether it is ready has found. */
  #seen = "";
  #client: Deno.HttpClient | undefined;

  private constructor(dir: string, ports: Ports, { etcd = program("etcd") }: ServerOptions) {
    this.dir = dir;
    this.#ports = ports;
    this.#etcd = etcd;
    this.url = `https://127.0.0.1:${ports.server}`;
  }

  /** Starts a server. @throws {Error} If it is not ready in time; the message has the end of its log. */
  static async start(options: ServerOptions = {}): Promise<KubeApiServer> {
    for (let attempt = 1;; attempt++) {
      const server = new KubeApiServer(await ownFolder(), choosePorts(), options);
      try {
        await server.#start();
        return server;
      } catch (error) {
        await server.stop();
        if (!(error instanceof PortTakenError) || attempt === ATTEMPTS) throw error;
      }
    }
  }

  /** File with the certificate by which clients know the server. */
  get caFile(): string {
    return join(this.dir, "certs/apiserver.crt");
  }
  /** A kubeconfig file of an administrator. */
  get kubeconfig(): string {
    return join(this.dir, "kubeconfig");
  }

  /** Runs kubectl. @returns What it has written to stdout. @throws {Error} If its exit code is not 0. */
  kubectl(args: readonly string[], stdin?: string): Promise<string> {
    return run(program("kubectl"), [BOUNDED, ...args], this.#kubectlOptions(stdin));
  }
  /** Runs kubectl, and returns whatever its exit code is. */
  tryKubectl(args: readonly string[], stdin?: string): Promise<Ran> {
    return tryRun(program("kubectl"), [BOUNDED, ...args], this.#kubectlOptions(stdin));
  }

  #kubectlOptions(stdin: string | undefined) {
    // kubectl must not cache the server's kinds, because tests add kinds.
    const env = { KUBECONFIG: this.kubeconfig, HOME: this.dir, KUBECACHEDIR: "/dev/null" };
    return { env, ...(stdin !== undefined && { stdin }) };
  }

  /** Sends one request. That is faster than kubectl, and the answer is the server's own. */
  async request(
    method: string,
    path: string,
    body?: object,
    { timeout = ANSWER_TIMEOUT }: { readonly timeout?: number } = {},
  ): Promise<Answer> {
    const response = await fetch(this.url + path, {
      method,
      signal: AbortSignal.timeout(timeout),
      headers: { authorization: `Bearer ${this.token}`, "content-type": "application/json" },
      ...(body && { body: JSON.stringify(body) }),
      ...(this.#client && { client: this.#client }),
    });
    const text = await response.text();
    const isJson = response.headers.get("content-type")?.includes("json");
    return { status: response.status, body: isJson ? JSON.parse(text) : text };
  }

  /** Sends one request. @returns The body of the answer. @throws {Error} If its status is 300 or more. */
  // deno-lint-ignore no-explicit-any -- any object of Kubernetes
  async must(method: string, path: string, body?: object): Promise<any> {
    const answer = await this.request(method, path, body);
    if (answer.status < 300) return answer.body;
    throw new Error(`Cannot ${method} "${path}": ${answer.status} ${JSON.stringify(answer.body)}`);
  }

  /** Kills the server. etcd keeps running. */
  async killServer(): Promise<void> {
    const child = this.#children.pop()!;
    child.kill("SIGKILL");
    await child.status;
    this.#ended.delete("kube-apiserver");
  }
  /** Starts the killed server again, on the same port and with the same objects. */
  async startServer(): Promise<void> {
    this.#spawn("kube-apiserver", serverArguments(this.dir, this.#ports));
    await eventually("kube-apiserver ready", () => this.#isReady(), START_TIMEOUT);
  }

  /** Makes etcd forget earlier versions of objects. A watch from an earlier version then has to list again. */
  async forgetHistory(): Promise<void> {
    const ask = async (path: string, body: object) => {
      const url = `http://127.0.0.1:${this.#ports.etcd}${path}`;
      const response = await fetch(url, { method: "POST", body: JSON.stringify(body) });
      return await response.json();
    };
    const { header } = await ask("/v3/kv/range", { key: btoa("/") });
    await ask("/v3/kv/compaction", { revision: header.revision, physical: true });
  }

  /** Kills both processes, and removes the folder. */
  async stop(): Promise<void> {
    this.#client?.close();
    this.#client = undefined;
    for (const child of this.#children) {
      try {
        child.kill("SIGKILL");
      } catch { /* it has ended */ }
      await child.status;
    }
    await run("rm", ["-rf", this.dir]);
  }
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #start(): Promise<void> {
    await this.#writeFiles();
    this.#spawn("etcd", etcdArguments(this.dir, this.#ports));
    this.#spawn("kube-apiserver", serverArguments(this.dir, this.#ports));
    try {
      await eventually("kube-apiserver ready", () => this.#isReady(), START_TIMEOUT);
    } catch (error) {
      if (error instanceof PortTakenError) throw error;
      const logs = await Promise.all(["etcd", "kube-apiserver"].map((name) => this.#logOf(name)));
      const said = [(error as Error).message, this.#seen, ...logs].join("\n---\n");
      throw new Error(said, { cause: error });
    }
  }

  /** The end of the log of a program. */
  async #logOf(name: string): Promise<string> {
    const log = await Deno.readTextFile(join(this.dir, `${name}.log`)).catch(() => "");
    return log.slice(-LOG_SHOWN);
  }

  async #writeFiles(): Promise<void> {
    const files = {
      "tokens.csv": `${this.token},admin,admin,"system:masters"\n`,
      ...await keyPair(),
      // YAML is a superset of JSON.
      "kubeconfig": JSON.stringify(kubeconfig(this)),
    };
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(join(this.dir, name), text, { mode: 0o600 });
    }
  }

  #spawn(name: Parameters<typeof program>[0], args: readonly string[]): void {
    const log = join(this.dir, `${name}.log`);
    const child = new Deno.Command("setpriv", {
      // The kernel kills it when this process ends, even if this process is killed.
      args: [
        "--pdeathsig",
        "KILL",
        "sh",
        "-c",
        'exec "$@" >"$0" 2>&1',
        log,
        name === "etcd" ? this.#etcd : program(name),
        ...args,
      ],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    child.status.then(() => this.#ended.add(name));
    this.#children.push(child);
  }

  async #isReady(): Promise<boolean> {
    for (const name of this.#ended) {
      const log = await Deno.readTextFile(join(this.dir, `${name}.log`)).catch(() => "");
      const Kind = log.includes("address already in use") ? PortTakenError : Error;
      throw new Kind(`Cannot start "${name}": it has ended\n${log.slice(-LOG_SHOWN)}`);
    }
    try {
      const caCerts = this.#client ? [] : [await Deno.readTextFile(this.caFile)];
      this.#client ??= Deno.createHttpClient({ caCerts });
      const ready = await this.#look("GET", "/readyz");
      return ready && await this.#hasDefaultNamespace();
    } catch (error) {
      this.#seen = String(error);
      // The certificate is not complete yet, or the server does not listen. The client may have half a certificate.
      this.#client?.close();
      this.#client = undefined;
      return false;
    }
  }

  /** Whether the server has what the path names. */
  async #look(method: "GET" | "POST", path: string, body?: object): Promise<boolean> {
    const { status, body: answer } = await this.request(method, path, body, {
      timeout: LOOK_TIMEOUT,
    });
    this.#seen = `${method} ${path}: ${status} ${JSON.stringify(answer).slice(0, LOG_SHOWN)}`;
    return status < HTTP_ERROR;
  }

  /**
   * The server makes the Namespace "default" a moment after it says that it is ready. If that fails, it tries again
   * after a minute (the interval of its controller `systemnamespaces`), so the Namespace is made here.
   */
  async #hasDefaultNamespace(): Promise<boolean> {
    if (await this.#look("GET", "/api/v1/namespaces/default")) return true;
    return await this.#look("POST", "/api/v1/namespaces", { metadata: { name: "default" } });
  }
}

type ServerTest = (server: KubeApiServer, context: Deno.TestContext) => Promise<void> | void;

/**
 * Gives the tests of one file an API server, which starts before the first test and stops after the last one. Files run
 * in parallel, so each of them has a server of its own, without the objects of other files.
 *
 * @param prepare Is called once, before the first test.
 * @returns A function that defines a test with that server. Without a kube-apiserver the test is skipped.
 */
export function apiServerTests(
  prepare: (server: KubeApiServer) => Promise<unknown> = () => Promise.resolve(),
): (name: string, test: ServerTest) => Deno.TestDefinition {
  let server: KubeApiServer | undefined;
  if (!SKIPPED) {
    Deno.test.beforeAll(async () => {
      server = await KubeApiServer.start();
      await prepare(server);
    });
    Deno.test.afterAll(() => server?.stop());
  }
  return (name, test) => ({ name, ignore: SKIPPED, fn: (context) => test(server!, context) });
}
