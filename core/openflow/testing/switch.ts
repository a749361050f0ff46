/** A private Open vSwitch with a dummy datapath for tests: no privileges, no interfaces. @module */
import "../../../test/lab/environment.ts";

const SCHEMA = "/usr/share/openvswitch/vswitch.ovsschema";
/** Milliseconds. */
const PATIENCE = 10_000;
const PAUSE = 5;

/** Waits until a condition holds. @throws {Error} If it does not within 10 s. */
export async function until(what: string, isTrue: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + PATIENCE;
  while (!(await isTrue())) {
    if (performance.now() > end) throw new Error(`Cannot wait for ${what}: it takes too long`);
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
}

/** Whether a server accepts connections there: the socket's file is there a moment before. */
async function accepts(path: string): Promise<boolean> {
  try {
    (await Deno.connect({ transport: "unix", path })).close();
    return true;
  } catch {
    return false;
  }
}

/** One ovsdb-server and one ovs-vswitchd in a folder of their own. */
export class TestSwitch implements AsyncDisposable {
  readonly folder: string;
  readonly #env: Readonly<Record<string, string>>;
  readonly #processes = new Map<string, Deno.ChildProcess>();

  private constructor(folder: string) {
    this.folder = folder;
    this.#env = {
      OVS_RUNDIR: folder,
      OVS_LOGDIR: folder,
      OVS_DBDIR: folder,
      OVS_SYSCONFDIR: folder,
    };
  }

  /** Starts a switch whose bridge `br0` has the ports `p1`, `p2` and `p3` with the numbers 1, 2 and 3. */
  static async start(): Promise<TestSwitch> {
    const started = new TestSwitch(Deno.makeTempDirSync({ prefix: "of" }));
    const { folder } = started;
    await started.run("ovsdb-tool", "create", `${folder}/db`, SCHEMA);
    started.#spawn("ovsdb-server", [`--remote=punix:${folder}/db.sock`, `${folder}/db`]);
    await until("ovsdb-server", () => accepts(`${folder}/db.sock`));
    await started.vsctl("--no-wait", "init");
    started.#spawn("ovs-vswitchd", [
      "--enable-dummy=override",
      "--disable-system",
      `unix:${folder}/db.sock`,
    ]);
    const ports = [1, 2, 3].flatMap((n) =>
      `-- add-port br0 p${n} -- set Interface p${n} type=dummy ofport_request=${n}`.split(" ")
    );
    const bridge = "add-br br0 -- set Bridge br0 fail_mode=secure datapath_type=dummy".split(" ");
    await started.vsctl(...bridge, ...ports);
    await until("the bridge", () => accepts(`${folder}/br0.mgmt`));
    return started;
  }

  /** The address of the bridge's management socket. */
  get address(): string {
    return `unix:${this.folder}/br0.mgmt`;
  }

  #spawn(name: string, args: string[]): void {
    const logging = ["-vconsole:off", `--unixctl=${this.folder}/${name}.ctl`];
    const command = new Deno.Command(name, {
      args: [...logging, ...args],
      env: this.#env,
      stdin: "null",
      stdout: "null",
      stderr: "null",
    });
    this.#processes.set(name, command.spawn());
  }

  /** Runs a program of Open vSwitch. @returns What it prints. */
  async run(program: string, ...args: string[]): Promise<string> {
    const command = new Deno.Command(program, { args, env: this.#env });
    const { success, stdout, stderr } = await command.output();
    if (!success) {
      throw new Error(
        `Cannot run ${program} ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`,
      );
    }
    return new TextDecoder().decode(stdout);
  }

  vsctl(...args: string[]): Promise<string> {
    return this.run("ovs-vsctl", `--db=unix:${this.folder}/db.sock`, "--timeout=10", ...args);
  }

  /** Runs ovs-ofctl over OpenFlow 1.5. */
  ofctl(command: string, ...args: string[]): Promise<string> {
    return this.run("ovs-ofctl", "-O", "OpenFlow15", command, this.address, ...args);
  }

  /** Sends a signal to ovs-vswitchd. */
  signal(signal: Deno.Signal): void {
    this.#processes.get("ovs-vswitchd")!.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of [...this.#processes.values()].reverse()) {
      try {
        child.kill("SIGCONT");
        child.kill("SIGTERM");
      } catch {
        // The process has ended already.
      }
      await child.status;
    }
    Deno.removeSync(this.folder, { recursive: true });
  }
}
