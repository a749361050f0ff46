/**
 * A private Open vSwitch for one test: it has its own folder, network namespace and processes, and a datapath in
 * userspace.
 * @module
 */
import { basename, join } from "node:path";
import { ownFolder, removeLeftovers } from "./leftovers.ts";
import { addNamespace } from "./namespace.ts";
import { addDefaultRoutes } from "./nowhere.ts";
import { run, spawnIn, tryRun } from "./run.ts";

export interface OvsOptions {
  /** `netdev` (the default) forwards packets between devices; `dummy` has no devices, for tests of protocols. */
  readonly datapath?: "netdev" | "dummy";
  /** Names; `br0` if absent. */
  readonly bridges?: readonly string[];
  /** The flow in table 0 of each bridge; `normal` if absent. */
  readonly forwarding?: "normal" | "none";
  /** Another Open vSwitch, which is used instead of the system's. */
  readonly programs?: SwitchPrograms;
}

/** Where an Open vSwitch is that is not installed. */
export interface SwitchPrograms {
  /** Folder with its programs. */
  readonly folder: string;
  /** File of its database's schema. */
  readonly schema: string;
}

/** Milliseconds. */
const START_TIMEOUT = 10_000;
const SCHEMA = Deno.env.get("OVS_SCHEMA") ?? "/usr/share/openvswitch/vswitch.ovsschema";
/** The `protocols` of each bridge. Sluice needs OpenFlow 1.0 and 1.5; tests use the other versions. */
const PROTOCOLS = "[OpenFlow10,OpenFlow13,OpenFlow14,OpenFlow15]";

/** Folder with the programs of another Open vSwitch, to be used instead of the system's. */
const PROGRAMS = Deno.env.get("SLUICE_OVS_BIN");
/** Milliseconds in which ovs-vswitchd must remove its ports and end. */
const EXIT_TIMEOUT = 3000;

/** The removal of what killed runs have left. The first instance of a process starts it. */
let swept: Promise<void> | undefined;

/** Milliseconds between two looks: the longer a test has waited, the longer the pause. */
const PAUSE = { shortest: 5, longest: 100, part: 0.1 } as const;

/**
 * A look that waits itself may start a program, which takes time from what is waited for. What is looked at in memory,
 * e.g. the lines of a log, may be there for a moment only.
 */
function pauseAfter(waited: number, look: unknown): number {
  if (!(look instanceof Promise)) return PAUSE.shortest;
  return Math.min(PAUSE.longest, Math.max(PAUSE.shortest, waited * PAUSE.part));
}

/**
 * Calls `look` every few milliseconds, until it returns neither `undefined` nor `false`.
 *
 * @param what What is waited for, as the end of an error message.
 * @param timeout Milliseconds.
 * @throws {Error} If that takes longer than `timeout`.
 */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | undefined | false> | T | undefined | false,
  timeout = START_TIMEOUT,
): Promise<T> {
  const begin = performance.now();
  for (;;) {
    const looking = look();
    const found = await looking;
    if (found !== undefined && found !== false) return found;
    const waited = performance.now() - begin;
    if (waited > timeout) throw new Error(`Cannot see ${what}: not within ${timeout} ms`);
    await new Promise((resolve) => setTimeout(resolve, pauseAfter(waited, looking)));
  }
}

export class PrivateOvs implements AsyncDisposable {
  /** Folder of its database, sockets and logs. */
  readonly dir: string;
  /** Name of its network namespace. */
  readonly netns: string;
  readonly #options: OvsOptions;
  #children = new Map<string, Deno.ChildProcess>();
  #namespaces = new Set<string>();
  #bridges: string[] = [];

  private constructor(dir: string, options: OvsOptions) {
    this.dir = dir;
    // The folder's name is unique. The process id is not: test files that run in parallel share it.
    this.netns = basename(dir);
    this.#options = options;
  }

  /** Starts ovsdb-server and ovs-vswitchd, and adds the bridges. */
  static async start(options: OvsOptions = {}): Promise<PrivateOvs> {
    await (swept ??= removeLeftovers());
    const dir = await ownFolder();
    const ovs = new PrivateOvs(dir, options);
    try {
      await ovs.addNamespace(ovs.netns);
      await addDefaultRoutes(ovs.netns);
      const schema = options.programs?.schema ?? SCHEMA;
      await run("ovsdb-tool", ["create", join(dir, "conf.db"), schema], { env: ovs.environment });
      await ovs.startOvsdbServer();
      await ovs.vsctl("--no-wait", "init");
      await ovs.startVswitchd();
      for (const bridge of options.bridges ?? ["br0"]) await ovs.addBridge(bridge);
      return ovs;
    } catch (error) {
      await ovs.stop();
      throw error;
    }
  }

  /** Address of OVSDB. */
  get db(): string {
    return `unix:${this.dir}/db.sock`;
  }
  /** Address at which a bridge speaks OpenFlow. */
  mgmt(bridge = "br0"): string {
    return `unix:${this.dir}/${bridge}.mgmt`;
  }
  /** Variables with which programs of Open vSwitch find this instance. */
  get environment(): Record<string, string> {
    const { dir } = this;
    const programs = this.#options.programs?.folder ?? PROGRAMS;
    const path = programs && { PATH: `${programs}:${Deno.env.get("PATH")}` };
    return { OVS_RUNDIR: dir, OVS_LOGDIR: dir, OVS_DBDIR: dir, OVS_SYSCONFDIR: dir, ...path };
  }

  /** Adds a network namespace, which `stop()` removes. The kernel sends no IPv6 packets by itself there. */
  async addNamespace(name: string): Promise<void> {
    this.#namespaces.add(name);
    await addNamespace(name);
  }

  async removeNamespace(name: string): Promise<void> {
    if (this.#namespaces.delete(name)) await tryRun("ip", ["netns", "del", name]);
  }

  /** Adds a bridge, and waits until ovs-vswitchd has made it. */
  async addBridge(name: string): Promise<void> {
    this.#bridges.push(name);
    const type = this.#options.datapath ?? "netdev";
    await this.vsctl(
      "add-br",
      name,
      "--",
      "set",
      "bridge",
      name,
      `datapath_type=${type}`,
      "fail_mode=secure",
      `protocols=${PROTOCOLS}`,
    );
    if ((this.#options.forwarding ?? "normal") === "normal") {
      await this.ofctl("add-flow", name, "priority=0,actions=NORMAL");
    }
  }

  vsctl(...args: string[]): Promise<string> {
    return run("ovs-vsctl", [`--db=${this.db}`, "--timeout=10", ...args], {
      env: this.environment,
    });
  }
  ofctl(...args: string[]): Promise<string> {
    return run("ovs-ofctl", ["-O", "OpenFlow15", ...args], { env: this.environment });
  }
  appctl(...args: string[]): Promise<string> {
    return run("ovs-appctl", args, { env: this.environment });
  }
  /**
   * Empties the cache of the datapath: until the switch has looked at an entry again after a change of flows, packets are
   * treated as before. To be called between a look at the flows or the database and the first packet.
   */
  async emptyCache(): Promise<void> {
    await this.appctl("revalidator/purge");
  }
  /** Runs a command in the switch's namespace. */
  exec(command: string, ...args: string[]): Promise<string> {
    return run("ip", ["netns", "exec", this.netns, command, ...args], { env: this.environment });
  }

  /** Attaches a Pod to a bridge. */
  async startOvsdbServer(): Promise<void> {
    const socket = join(this.dir, "db.sock");
    await Deno.remove(socket).catch(() => {});
    this.#spawn("ovsdb-server", [join(this.dir, "conf.db"), `--remote=punix:${socket}`]);
    await eventually(
      "the database's socket",
      () => accepts(socket),
    );
  }

  async startVswitchd(): Promise<void> {
    const dummy = this.#options.datapath === "dummy" ? ["--enable-dummy=override"] : [];
    this.#spawn("ovs-vswitchd", [this.db, "--disable-system", ...dummy]);
    await eventually(
      "ovs-vswitchd's control socket",
      () => this.appctl("-t", "ovs-vswitchd", "version").then(() => true, () => false),
    );
    for (const bridge of this.#bridges) {
      await eventually(
        `bridge ${bridge}`,
        () => this.ofctl("show", bridge).then(() => true, () => false),
      );
    }
  }

  #spawn(program: string, args: readonly string[]): void {
    const pidfile = `--pidfile=${join(this.dir, `${program}.pid`)}`;
    const log = `--log-file=${join(this.dir, `${program}.log`)}`;
    const command = [program, ...args, pidfile, log, "-vconsole:off", "--no-chdir"];
    const child = spawnIn(this.netns, command, { env: this.environment, stderr: "null" });
    this.#children.set(program, child);
  }

  killOvsdbServer(signal: Deno.Signal = "SIGKILL"): Promise<void> {
    return this.#kill("ovsdb-server", signal);
  }
  killVswitchd(signal: Deno.Signal = "SIGKILL"): Promise<void> {
    return this.#kill("ovs-vswitchd", signal);
  }

  async #kill(program: string, signal: Deno.Signal): Promise<void> {
    const child = this.#children.get(program);
    this.#children.delete(program);
    if (!child) return;
    try {
      child.kill(signal);
    } catch {
      // it is gone already
    }
    await child.status;
  }

  /** Ends its processes, and removes its namespaces and its folder. A second call does nothing. */
  async stop(): Promise<void> {
    const switching = this.#children.get("ovs-vswitchd");
    this.#children.delete("ovs-vswitchd");
    if (switching) await endSwitch(this, switching);
    await this.#kill("ovsdb-server", "SIGTERM");
    for (const name of [...this.#namespaces]) await this.removeNamespace(name);
    await run("rm", ["-rf", this.dir]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

async function accepts(path: string): Promise<boolean> {
  try {
    (await Deno.connect({ transport: "unix", path })).close();
    return true;
  } catch {
    return false;
  }
}

async function endSwitch(ovs: PrivateOvs, child: Deno.ChildProcess): Promise<void> {
  const timer = setTimeout(() => endAtOnce(child), EXIT_TIMEOUT);
  await ovs.appctl("--timeout=2", "-t", "ovs-vswitchd", "exit", "--cleanup").catch(() => {
    endAtOnce(child); // it does not answer: it was stopped by a signal, or has ended
  });
  await child.status;
  clearTimeout(timer);
}

function endAtOnce(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // it has ended by itself
  }
}
