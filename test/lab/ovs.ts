/** A private Open vSwitch: own folder, own network namespace, userspace datapath, own processes. @module */
import { basename, join } from "node:path";
import { ownFolder, removeLeftovers } from "./leftovers.ts";
import { addNamespace } from "./namespace.ts";
import { run, spawnIn, tryRun } from "./run.ts";

export interface OvsOptions {
  /** `dummy` has no real devices: for tests of protocols. `netdev` forwards packets between devices. */
  readonly datapath?: "netdev" | "dummy";
  readonly bridges?: readonly string[];
  /** What the bridges' owner has in table 0. */
  readonly forwarding?: "normal" | "none";
}

const START_TIMEOUT = 10_000;
const SCHEMA = Deno.env.get("OVS_SCHEMA") ?? "/usr/share/openvswitch/vswitch.ovsschema";
/** Open vSwitch's own command that takes the others. */
const PROTOCOLS = "[OpenFlow10,OpenFlow13,OpenFlow14,OpenFlow15]";

/** Another Open vSwitch than the system's: the folder with its programs. */
const PROGRAMS = Deno.env.get("SLUICE_OVS_BIN");
/** Milliseconds for ovs-vswitchd to take its ports away and end. */
const EXIT_TIMEOUT = 3000;

/** The first instance of a run looks for what killed runs have left. */
let swept: Promise<void> | undefined;

/** Milliseconds between two looks at a condition: the longer it was waited for, the more. */
const PAUSE = { shortest: 5, longest: 100, part: 0.1 } as const;

/**
 * A look that waits itself may start a program, which takes time from what is waited for. What is looked at in memory,
 * e.g. the lines of a log, may be there for a moment only.
 */
function pauseAfter(waited: number, look: unknown): number {
  if (!(look instanceof Promise)) return PAUSE.shortest;
  return Math.min(PAUSE.longest, Math.max(PAUSE.shortest, waited * PAUSE.part));
}

/** Waits for a condition, which is looked at every few milliseconds. @throws {Error} When it does not come. */
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
  readonly dir: string;
  readonly netns: string;
  readonly #options: OvsOptions;
  #children = new Map<string, Deno.ChildProcess>();
  #namespaces = new Set<string>();
  #bridges: string[] = [];

  private constructor(dir: string, options: OvsOptions) {
    this.dir = dir;
    // Test files that run in parallel share the process id: the folder's name is what is unique.
    this.netns = basename(dir);
    this.#options = options;
  }

  static async start(options: OvsOptions = {}): Promise<PrivateOvs> {
    await (swept ??= removeLeftovers());
    const dir = await ownFolder();
    const ovs = new PrivateOvs(dir, options);
    try {
      await ovs.addNamespace(ovs.netns);
      await run("ovsdb-tool", ["create", join(dir, "conf.db"), SCHEMA], { env: ovs.environment });
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

  get db(): string {
    return `unix:${this.dir}/db.sock`;
  }
  mgmt(bridge = "br0"): string {
    return `unix:${this.dir}/${bridge}.mgmt`;
  }
  get environment(): Record<string, string> {
    const { dir } = this;
    const path = PROGRAMS && { PATH: `${PROGRAMS}:${Deno.env.get("PATH")}` };
    return { OVS_RUNDIR: dir, OVS_LOGDIR: dir, OVS_DBDIR: dir, OVS_SYSCONFDIR: dir, ...path };
  }

  /** A namespace of this instance, gone with it. */
  async addNamespace(name: string): Promise<void> {
    this.#namespaces.add(name);
    await addNamespace(name);
  }

  async removeNamespace(name: string): Promise<void> {
    if (this.#namespaces.delete(name)) await tryRun("ip", ["netns", "del", name]);
  }

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
  /** A command in the switch's own namespace. */
  exec(command: string, ...args: string[]): Promise<string> {
    return run("ip", ["netns", "exec", this.netns, command, ...args], { env: this.environment });
  }

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

  /** Ends what it started and removes what it made; also a second time. */
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
  const timer = setTimeout(() => child.kill("SIGKILL"), EXIT_TIMEOUT);
  await ovs.appctl("--timeout=2", "-t", "ovs-vswitchd", "exit", "--cleanup").catch(() => {
    child.kill("SIGKILL"); // it does not answer: stopped, or gone
  });
  await child.status;
  clearTimeout(timer);
}
