/** Runs the agent as a child process in the switch's namespace, with a folder of manifests. @module */
import assert from "node:assert/strict";
import { join } from "node:path";
import { stringify } from "yaml";
import { type Answer, get } from "./http.ts";
import { TextLineStream } from "./lines.ts";
import { eventually, type PrivateOvs } from "./ovs.ts";
import { MAIN } from "./paths.ts";
import type { TestPod } from "./pod.ts";
import type { State } from "../../core/report/state.ts";
import { type Ran, spawnIn, tryRun } from "./run.ts";

/** The program under test: the file that SLUICE_BINARY names, as scripts/build makes it, else the sources. */
const BINARY = Deno.env.get("SLUICE_BINARY");
export const PROGRAM: readonly string[] = BINARY ? [BINARY] : [Deno.execPath(), "run", "-A", MAIN];
/** Milliseconds. */
const READY_TIMEOUT = 15_000;
/** Milliseconds. The agent gives up a plugin file that hangs after 5 seconds. */
const RELOAD_TIMEOUT = 30_000;
export const BRIDGE = "br0";
/** Arguments that name a bridge: the usual one, if these do not. */
export const onBridge = (args: readonly string[]) =>
  args.includes("--bridge") ? args : ["--bridge", BRIDGE, ...args];
const LISTEN = "127.0.0.1:10360";

/** Runs a command of `sluice` to its end, in the namespace of a switch if one is given. */
export function sluice(ovs: PrivateOvs | undefined, ...args: string[]): Promise<Ran> {
  const command = [...PROGRAM, ...args];
  const wrapped = ovs ? ["ip", "netns", "exec", ovs.netns, ...command] : command;
  return tryRun(wrapped[0]!, wrapped.slice(1));
}

/** The same in a network namespace of its own, in which no other program listens. */
export function sluiceAlone(...args: string[]): Promise<Ran> {
  const script = 'ip link set lo up && exec "$@"';
  return tryRun("unshare", ["--net", "sh", "-c", script, "sh", ...PROGRAM, ...args]);
}

/** The environment in which the agent's process starts. */
export interface Surroundings {
  readonly env?: Readonly<Record<string, string>>;
  /** Shell commands that run first. Only this process sees what they mount. */
  readonly before?: string;
}

export class TestAgent implements AsyncDisposable {
  /** The lines that the running process has logged. */
  readonly log: string[] = [];
  #child: Deno.ChildProcess | undefined;
  #reading: Promise<void> = Promise.resolve();

  protected constructor(
    readonly ovs: PrivateOvs,
    readonly manifests: string,
    readonly args: readonly string[],
    readonly surroundings: Surroundings = {},
  ) {}

  /**
   * Starts an agent, and does not wait until it is ready.
   *
   * @param args Are added to the command line.
   * @param source Options that choose a source; if absent, the source `files` with the folder `manifests`.
   */
  static async start(
    ovs: PrivateOvs,
    args: readonly string[] = [],
    source?: readonly string[],
    surroundings: Surroundings = {},
  ): Promise<TestAgent> {
    const manifests = join(ovs.dir, "manifests");
    await Deno.mkdir(manifests, { recursive: true });
    const files = ["--source", "files", "--manifests", manifests, "--node", "node1"];
    const agent = new TestAgent(ovs, manifests, [...source ?? files, ...args], surroundings);
    agent.startAgain();
    return agent;
  }

  /** Starts the process again. @param more Is added to the command line, for this process only. */
  startAgain(...more: readonly string[]): void {
    this.log.length = 0;
    const { env } = this.surroundings;
    this.#child = spawnIn(this.ovs.netns, this.command(more), {
      ...(env && { env }),
      stderr: "piped",
    });
    this.#reading = this.#read(this.#child.stderr);
  }

  /** The command line of the process. */
  protected command(more: readonly string[]): string[] {
    const state = join(this.ovs.dir, "state"); // each test has its own, because tests run in parallel
    const command = ["agent", "--ovsdb", this.ovs.db, "--listen", LISTEN, "--state-dir", state];
    const shell = ["sh", "-c", `${this.surroundings.before ?? "true"} && exec "$@"`, "sh"];
    return [...shell, ...PROGRAM, ...command, ...onBridge([...this.args, ...more])];
  }

  async #read(stderr: ReadableStream<Uint8Array>): Promise<void> {
    for await (
      const line of stderr.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream())
    ) {
      this.log.push(line);
      if (Deno.env.get("SLUICE_TEST_LOG")) console.log(`  agent: ${line}`);
    }
  }

  /** Writes a manifest. It replaces the file atomically, as most editors do. */
  async write(name: string, ...objects: readonly object[]): Promise<void> {
    const file = join(this.manifests, name);
    await Deno.writeTextFile(
      `${file}.new`,
      objects.map((object) => stringify(object)).join("---\n"),
    );
    await Deno.rename(`${file}.new`, file);
  }
  async copy(file: string): Promise<void> {
    await Deno.copyFile(file, join(this.manifests, file.split("/").at(-1)!));
  }
  async delete(name: string): Promise<void> {
    await Deno.remove(join(this.manifests, name));
  }

  /** Asks the agent's local API, which listens in the switch's namespace. */
  get(path: string): Promise<Answer> {
    return get(this.ovs.netns, `http://${LISTEN}${path}`);
  }

  async state(): Promise<State> {
    return JSON.parse((await this.get("/api/v1/state")).text);
  }

  /**
   * Waits until the agent's state is as wanted and the agent is ready.
   *
   * @param what What is waited for, as the end of an error message.
   */
  async settled(what: string, wanted: (state: State) => boolean): Promise<State> {
    try {
      return await eventually(what, async () => {
        const seen = await this.#stateIf(wanted);
        // The state is read twice: what it said before /readyz was "ok" is in the datapath now.
        if (!seen || (await this.get("/readyz")).status !== 200) return false;
        return await this.#stateIf(wanted);
      }, READY_TIMEOUT);
    } catch (error) {
      const state = await this.get("/api/v1/state");
      const ready = await this.get("/readyz");
      throw new Error(
        `${(error as Error).message}\n${ready.text}\n${state.text}\n${this.log.join("\n")}`,
      );
    }
  }

  async #stateIf(wanted: (state: State) => boolean): Promise<State | undefined> {
    const { text } = await this.get("/api/v1/state");
    const state: State | undefined = text === "" ? undefined : JSON.parse(text);
    return state && wanted(state) ? state : undefined;
  }

  /** Waits until the agent has exactly these TrafficControls, and all of them are realized. */
  async realized(...names: readonly string[]): Promise<State> {
    return await this.settled(
      `${names.join(", ")} realized`,
      ({ trafficControls }) =>
        trafficControls.every(({ realized }) => realized) &&
        JSON.stringify(trafficControls.map(({ name }) => name)) ===
          JSON.stringify([...names].sort()),
    );
  }

  /** Ends the agent by SIGTERM, and checks that its exit code is 0. */
  async stop(): Promise<void> {
    const child = this.#child;
    if (!child) return;
    this.#child = undefined;
    try {
      child.kill("SIGTERM");
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // it has ended by itself: its code and its log say why
    }
    const { code } = await child.status;
    await this.#reading;
    assert.equal(code, 0, this.log.join("\n"));
  }

  /** Id of the process, while it runs. */
  get pid(): number {
    return this.#child!.pid;
  }

  /** Makes the agent load its plugins again, by SIGHUP, and waits until it has. */
  async reload(): Promise<void> {
    const reloads = () => this.log.filter((line) => / Plugins (not )?reloaded/.test(line)).length;
    const before = reloads();
    this.#child!.kill("SIGHUP");
    await eventually("plugins reloaded", () => reloads() > before, RELOAD_TIMEOUT);
  }

  async kill(): Promise<void> {
    const child = this.#child!;
    this.#child = undefined;
    child.kill("SIGKILL");
    await child.status;
    await this.#reading;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

/** The Kubernetes object of a Pod on the bridge. Annotations name its port and MAC. */
export function podObject(
  pod: Pick<TestPod, "name" | "mac" | "ips">,
  labels: Record<string, string>,
  more: {
    readonly namespace?: string;
    readonly annotations?: Record<string, string>;
  } = {},
): object {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: pod.name,
      namespace: more.namespace ?? "default",
      labels,
      annotations: {
        "sluice.dev/ovs-port": pod.name,
        "sluice.dev/mac": pod.mac,
        ...more.annotations,
      },
    },
    status: { podIPs: pod.ips.map((ip) => ({ ip: ip.split("/")[0] })) },
  };
}

type Spec = Readonly<Record<string, unknown>>;

export function trafficControl(name: string, spec: Spec, metadata: Spec = {}): object {
  return {
    apiVersion: "crd.antrea.io/v1alpha2",
    kind: "TrafficControl",
    metadata: { name, ...metadata },
    spec,
  };
}

/** The `appliedTo` that selects Pods with this label `app`. */
export const app = (value: string) => ({ podSelector: { matchLabels: { app: value } } });

/** A `targetPort` or `returnPort` that is an internal port of the bridge. */
export const internal = (name: string) => ({ ovsInternal: { name } });
