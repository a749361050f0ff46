/**
 * A real Kubernetes API server: own folder, own etcd, own processes, on free ports of the loopback. No controller, no
 * scheduler and no kubelet run: Pods are what a test writes, and a deleted Namespace stays `Terminating`.
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
/** The ports are free when they are looked for, not yet taken: who is faster gets them. */
const ATTEMPTS = 3;
/** Milliseconds for one answer of the server: more is a test that hangs. */
const ANSWER_TIMEOUT = 30_000;
/** Characters of a log that a failure shows. */
const LOG_SHOWN = 3000;

/** Of kubectl. */
const BOUNDED = `--request-timeout=${ANSWER_TIMEOUT}ms`;

export interface ServerOptions {
  /** Another etcd than ours: its program. */
  readonly etcd?: string;
}

/** What the server said to one request. */
export interface Answer {
  readonly status: number;
  // deno-lint-ignore no-explicit-any -- any object of Kubernetes
  readonly body: any;
}

class PortTakenError extends Error {}

export class KubeApiServer implements AsyncDisposable {
  readonly dir: string;
  /** Of a user in `system:masters`. */
  readonly token: string = crypto.randomUUID();
  readonly url: string;
  readonly #ports: Ports;
  readonly #etcd: string;
  readonly #children: Deno.ChildProcess[] = [];
  /** The programs that have ended, which none should. */
  readonly #ended = new Set<string>();
  #client: Deno.HttpClient | undefined;

  private constructor(dir: string, ports: Ports, { etcd = program("etcd") }: ServerOptions) {
    this.dir = dir;
    this.#ports = ports;
    this.#etcd = etcd;
    this.url = `https://127.0.0.1:${ports.server}`;
  }

  /** @throws {Error} If it is not ready in time, with the end of its log. */
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

  /** What signed the server's certificate. */
  get caFile(): string {
    return join(this.dir, "certs/apiserver.crt");
  }
  /** A file for a user in `system:masters`. */
  get kubeconfig(): string {
    return join(this.dir, "kubeconfig");
  }

  /** @returns What it wrote to stdout. @throws {Error} If it fails. */
  kubectl(args: readonly string[], stdin?: string): Promise<string> {
    return run(program("kubectl"), [BOUNDED, ...args], this.#kubectlOptions(stdin));
  }
  /** Whatever its exit code. */
  tryKubectl(args: readonly string[], stdin?: string): Promise<Ran> {
    return tryRun(program("kubectl"), [BOUNDED, ...args], this.#kubectlOptions(stdin));
  }

  #kubectlOptions(stdin: string | undefined) {
    // No cache of what the server offers: with a CRD it offers more.
    const env = { KUBECONFIG: this.kubeconfig, HOME: this.dir, KUBECACHEDIR: "/dev/null" };
    return { env, ...(stdin !== undefined && { stdin }) };
  }

  /** One request, without kubectl between: faster, and the answer is the server's own. */
  async request(method: string, path: string, body?: object): Promise<Answer> {
    const response = await fetch(this.url + path, {
      method,
      signal: AbortSignal.timeout(ANSWER_TIMEOUT),
      headers: { authorization: `Bearer ${this.token}`, "content-type": "application/json" },
      ...(body && { body: JSON.stringify(body) }),
      ...(this.#client && { client: this.#client }),
    });
    const text = await response.text();
    const isJson = response.headers.get("content-type")?.includes("json");
    return { status: response.status, body: isJson ? JSON.parse(text) : text };
  }

  /** The same, of which nothing but a success will do. */
  // deno-lint-ignore no-explicit-any -- any object of Kubernetes
  async must(method: string, path: string, body?: object): Promise<any> {
    const answer = await this.request(method, path, body);
    if (answer.status < 300) return answer.body;
    throw new Error(`Cannot ${method} "${path}": ${answer.status} ${JSON.stringify(answer.body)}`);
  }

  /** Ends the server, without a farewell; etcd goes on. */
  async killServer(): Promise<void> {
    const child = this.#children.pop()!;
    child.kill("SIGKILL");
    await child.status;
    this.#ended.delete("kube-apiserver");
  }
  /** On the same port, with the same objects. */
  async startServer(): Promise<void> {
    this.#spawn("kube-apiserver", serverArguments(this.dir, this.#ports));
    await eventually("kube-apiserver ready", () => this.#isReady(), START_TIMEOUT);
  }

  /** etcd forgets what objects were like: who watches from an older version has to list again. */
  async forgetHistory(): Promise<void> {
    const ask = async (path: string, body: object) => {
      const url = `http://127.0.0.1:${this.#ports.etcd}${path}`;
      const response = await fetch(url, { method: "POST", body: JSON.stringify(body) });
      return await response.json();
    };
    const { header } = await ask("/v3/kv/range", { key: btoa("/") });
    await ask("/v3/kv/compaction", { revision: header.revision, physical: true });
  }

  /** Ends both processes, which keep nothing that is worth a farewell, and takes the folder away. */
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
    await eventually("kube-apiserver ready", () => this.#isReady(), START_TIMEOUT);
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
      // It dies with this process, also when that is killed.
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
      // It makes the Namespace "default" a moment after it says that it is ready.
      const paths = ["/readyz", "/api/v1/namespaces/default"];
      const answers = await Promise.all(paths.map((path) => this.request("GET", path)));
      return answers.every(({ status }) => status === 200);
    } catch {
      // No certificate yet, or half of one: the client would know no other. Or nobody listens.
      this.#client?.close();
      this.#client = undefined;
      return false;
    }
  }
}

type ServerTest = (server: KubeApiServer, context: Deno.TestContext) => Promise<void> | void;

/**
 * One server for the tests of a file, started before the first of them and gone after the last. Not one for all files:
 * they run at the same time, and each begins with a cluster that has nothing of the others.
 *
 * @param prepare Run once, before the first test.
 * @returns What makes a test of the file with the server; skipped where there is no kube-apiserver.
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
