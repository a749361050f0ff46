/** A private ovsdb-server, and ovs-vswitchd with dummy devices when asked for, for the tests. @module */
import "../../../test/lab/environment.ts";
import assert from "node:assert/strict";
import { delay } from "../../base/timer.ts";
import type { Operation } from "../transaction.ts";

const SCHEMA = "/usr/share/openvswitch/vswitch.ovsschema";
/** Bounds of the wait for a condition, in milliseconds. */
const WAIT = { step: 5, longest: 10_000 } as const;

/** What a test needs beside the database. */
export interface ServerOptions {
  /** Start ovs-vswitchd, too, in a network namespace of its own. */
  readonly vswitchd?: boolean;
}

/** Calls `look` again and again until it returns something. @throws {AssertionError} If it does not within 10 s. */
export async function eventually<T>(
  look: () => T | undefined | Promise<T | undefined>,
): Promise<T> {
  for (const end = performance.now() + WAIT.longest; performance.now() < end;) {
    const found = await look();
    if (found !== undefined) return found;
    await delay(WAIT.step);
  }
  throw new assert.AssertionError({ message: `Nothing came within ${WAIT.longest} ms` });
}

/** One ovsdb-server in a folder of its own. Its processes end and the folder is removed when it is disposed of. */
export class Server implements AsyncDisposable {
  readonly #folder: string;
  #database: Deno.ChildProcess | undefined;
  #vswitchd: Deno.ChildProcess | undefined;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async start({ vswitchd = false }: ServerOptions = {}): Promise<Server> {
    const server = new Server(await Deno.makeTempDir({ prefix: "odb" }));
    try {
      await server.#run("ovsdb-tool", ["create", server.#path("conf.db"), SCHEMA]);
      await server.startDatabase();
      await server.vsctl("--no-wait", "init");
      if (vswitchd) await server.#startVswitchd();
      return server;
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
  }

  get address(): string {
    return `unix:${this.#path("db.sock")}`;
  }

  /** The address of the tcp port that the kernel chose for ovsdb-server. */
  async tcpAddress(): Promise<string> {
    const port = await eventually(async () =>
      /listening on port (?<port>\d+)/.exec(await this.#log())?.groups?.port
    );
    return `tcp:127.0.0.1:${port}`;
  }

  /** Also again after {@linkcode killDatabase}. */
  async startDatabase(): Promise<void> {
    this.#database = this.#spawn("ovsdb-server", [
      this.#path("conf.db"),
      `--remote=punix:${this.#path("db.sock")}`,
      "--remote=ptcp:0:127.0.0.1",
      `--log-file=${this.#path("db.log")}`,
      `--unixctl=${this.#path("db.ctl")}`,
    ]);
    await eventually(() => this.#answers());
  }

  /** Ends ovsdb-server as a crash does: it has no time to close its connections in order. */
  async killDatabase(): Promise<void> {
    this.signalDatabase("SIGKILL");
    await this.#database!.status;
    this.#database = undefined;
  }

  signalDatabase(signal: Deno.Signal): void {
    this.#database!.kill(signal);
  }

  /** The state of ovsdb-server as proc(5) names it: `T` when it is stopped. */
  async databaseState(): Promise<string | undefined> {
    const stat = await Deno.readTextFile(`/proc/${this.#database!.pid}/stat`);
    return / (?<state>\S) /.exec(stat.slice(stat.lastIndexOf(")")))?.groups?.state;
  }

  /** Changes the database's file while no ovsdb-server runs. */
  async changeOffline(operations: readonly Operation[]): Promise<void> {
    const transaction = JSON.stringify(["Open_vSwitch", ...operations]);
    const results = await this.#run("ovsdb-tool", ["transact", this.#path("conf.db"), transaction]);
    assert(!results.includes('"error"'), results);
  }

  async vsctl(...args: string[]): Promise<string> {
    return await this.#run("ovs-vsctl", [`--db=${this.address}`, "--timeout=10", ...args]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const process of [this.#vswitchd, this.#database]) {
      process?.kill("SIGKILL"); // a process that is stopped ends by this, too
      await process?.status;
    }
    await Deno.remove(this.#folder, { recursive: true });
  }

  async #startVswitchd(): Promise<void> {
    this.#vswitchd = this.#spawn("unshare", [
      "--net",
      "ovs-vswitchd",
      this.address,
      "--enable-dummy=override",
      "--disable-system",
      `--log-file=${this.#path("vswitchd.log")}`,
      `--unixctl=${this.#path("vswitchd.ctl")}`,
    ]);
    await this.vsctl("add-br", "br0", "--", "set", "bridge", "br0", "datapath_type=dummy");
  }

  #path(name: string): string {
    return `${this.#folder}/${name}`;
  }

  #log(): Promise<string> {
    return Deno.readTextFile(this.#path("db.log"));
  }

  #spawn(command: string, args: readonly string[]): Deno.ChildProcess {
    return new Deno.Command(command, {
      args: [...args, "-vconsole:off"],
      env: this.#environment(),
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
  }

  async #run(command: string, args: readonly string[]): Promise<string> {
    const { success, stdout, stderr } = await new Deno.Command(command, {
      args: [...args],
      env: this.#environment(),
    }).output();
    assert(success, `${command} ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
    return new TextDecoder().decode(stdout).trim();
  }

  #environment(): Record<string, string> {
    const names = ["OVS_RUNDIR", "OVS_LOGDIR", "OVS_DBDIR", "OVS_SYSCONFDIR"];
    return Object.fromEntries(names.map((name) => [name, this.#folder]));
  }

  async #answers(): Promise<true | undefined> {
    try {
      (await Deno.connect({ transport: "unix", path: this.#path("db.sock") })).close();
      return true;
    } catch {
      return undefined; // the socket is not there yet, or is that of a server that was killed
    }
  }
}
