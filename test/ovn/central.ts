/** OVN's central part: the northbound and the southbound database, and ovn-northd. @module */
import { join } from "node:path";
import { eventually } from "../lab/ovs.ts";
import { run, tryRun } from "../lab/run.ts";
import { Daemons } from "./daemons.ts";
import { environmentIn, type OvnPrograms } from "./programs.ts";

/** Seconds that one command of OVN may wait for what it asks for. */
const COMMAND_TIMEOUT = 15;
const DATABASES = ["nb", "sb"] as const;
type Database = typeof DATABASES[number];

export class Central {
  readonly #daemons: Daemons;

  private constructor(
    readonly folder: string,
    netns: string,
    readonly programs: OvnPrograms,
  ) {
    this.#daemons = new Daemons({ netns, folder, env: environmentIn(folder, programs) });
  }

  /**
   * Starts the databases and ovn-northd.
   *
   * @param folder Of their files. @param netns Where they run; they are reached by sockets of the folder only.
   */
  static async start(folder: string, netns: string, programs: OvnPrograms): Promise<Central> {
    const central = new Central(folder, netns, programs);
    try {
      await Promise.all(DATABASES.map((name) => central.startDatabase(name)));
      central.startNorthd();
      await Promise.all([central.nbctl("init"), central.sbctl("init")]);
      return central;
    } catch (error) {
      await central.stop();
      throw error;
    }
  }

  /** Address of a database. */
  remote(name: Database): string {
    return `unix:${join(this.folder, `${name}.sock`)}`;
  }

  /** Makes a database if it is not there, and starts its server. */
  async startDatabase(name: Database): Promise<void> {
    const { env } = this.#daemons.home;
    const [file, socket, control] = ["db", "sock", "ctl"].map((end) =>
      join(this.folder, `${name}.${end}`)
    );
    const isThere = await Deno.stat(file!).then(() => true, () => false);
    const schema = join(this.programs.schemas, `ovn-${name}.ovsschema`);
    if (!isThere) await run("ovsdb-tool", ["create", file!, schema], { env: { ...env } });
    await Deno.remove(socket!).catch(() => {});
    const options = [`--remote=p${this.remote(name)}`, `--unixctl=${control}`];
    this.#daemons.start(name, ["ovsdb-server", file!, ...options]);
    await eventually(`OVN's database "${name}"`, async () => {
      const args = ["--timeout=1", "list-dbs", this.remote(name)];
      return (await tryRun("ovsdb-client", args, { env: { ...env } })).code === 0;
    });
  }
  killDatabase(name: Database): Promise<void> {
    return this.#daemons.end(name, "SIGKILL");
  }

  startNorthd(): void {
    const databases = DATABASES.map((name) => `--ovn${name}-db=${this.remote(name)}`);
    this.#daemons.start("ovn-northd", ["ovn-northd", ...databases]);
  }
  killNorthd(): Promise<void> {
    return this.#daemons.end("ovn-northd", "SIGKILL");
  }

  /** Runs ovn-nbctl(8). */
  nbctl(...args: readonly string[]): Promise<string> {
    return this.#control("nb", args);
  }
  /** Runs ovn-sbctl(8). */
  sbctl(...args: readonly string[]): Promise<string> {
    return this.#control("sb", args);
  }

  #control(name: Database, args: readonly string[]): Promise<string> {
    const own = [`--db=${this.remote(name)}`, `--timeout=${COMMAND_TIMEOUT}`];
    return run(`ovn-${name}ctl`, [...own, ...args], { env: { ...this.#daemons.home.env } });
  }

  /** Ends its processes. Its folder stays. */
  stop(): Promise<void> {
    return this.#daemons.endAll();
  }
}
