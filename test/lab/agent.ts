/** The real program as a child, in the switch's namespace, with a folder of manifests. @module */
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
const READY_TIMEOUT = 15_000;
/** A file that hangs is given up after five seconds. */
const RELOAD_TIMEOUT = 30_000;
export const BRIDGE = "br0";
const LISTEN = "127.0.0.1:10360";

/** Runs a command of `sluice` to its end. */
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

/** What the process finds about itself. */
export interface Surroundings {
  readonly env?: Readonly<Record<string, string>>;
  /** Shell commands that run first: what they mount is seen by this process only. */
  readonly before?: string;
}

export class TestAgent implements AsyncDisposable {
  readonly log: string[] = [];
  #child: Deno.ChildProcess | undefined;
  #reading: Promise<void> = Promise.resolve();

  protected constructor(
    readonly ovs: PrivateOvs,
    readonly manifests: string,
    readonly args: readonly string[],
    readonly surroundings: Surroundings = {},
  ) {}

  /** Started, but not waited for. @param args More of the command line. @param source In place of the folder. */
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

  /** @param more Of the command line, for this run. */
  startAgain(...more: readonly string[]): void {
    this.log.length = 0;
    const { env } = this.surroundings;
    this.#child = spawnIn(this.ovs.netns, this.command(more), {
      ...(env && { env }),
      stderr: "piped",
    });
    this.#reading = this.#read(this.#child.stderr);
  }

  /** The program and its arguments, and what comes before it. */
  protected command(more: readonly string[]): string[] {
    const state = join(this.ovs.dir, "state"); // tests that run at once share none
    const command = ["agent", "--bridge", BRIDGE, "--ovsdb", this.ovs.db, "--listen", LISTEN];
    command.push("--state-dir", state);
    const shell = ["sh", "-c", `${this.surroundings.before ?? "true"} && exec "$@"`, "sh"];
    return [...shell, ...PROGRAM, ...command, ...this.args, ...more];
  }

  async #read(stderr: ReadableStream<Uint8Array>): Promise<void> {
    for await (
      const line of stderr.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream())
    ) {
      this.log.push(line);
      if (Deno.env.get("SLUICE_TEST_LOG")) console.log(`  agent: ${line}`);
    }
  }

  /** Atomically, as kubectl and people's editors do. */
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

  /** The answer of the local API; the agent listens in the switch's namespace. */
  get(path: string): Promise<Answer> {
    return get(this.ovs.netns, `http://${LISTEN}${path}`);
  }

  async state(): Promise<State> {
    return JSON.parse((await this.get("/api/v1/state")).text);
  }

  /** Until the state is as wanted and all that can be is in the datapath. */
  async settled(what: string, wanted: (state: State) => boolean): Promise<State> {
    try {
      return await eventually(what, async () => {
        const seen = await this.#stateIf(wanted);
        // What the state says is then in the datapath, too; and it says that it is.
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

  /** Until these TrafficControls are realized, and no others are there. */
  async realized(...names: readonly string[]): Promise<State> {
    return await this.settled(
      `${names.join(", ")} realized`,
      ({ trafficControls }) =>
        trafficControls.every(({ realized }) => realized) &&
        JSON.stringify(trafficControls.map(({ name }) => name)) ===
          JSON.stringify([...names].sort()),
    );
  }

  /** SIGTERM: it must exit with 0. */
  async stop(): Promise<void> {
    const child = this.#child;
    if (!child) return;
    this.#child = undefined;
    child.kill("SIGTERM");
    const { code } = await child.status;
    await this.#reading;
    assert.equal(code, 0, this.log.join("\n"));
  }

  /** Of its process, while it runs. */
  get pid(): number {
    return this.#child!.pid;
  }

  /** SIGHUP: plugins are to be loaded again; resolves when they are. */
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

/** The object of a Pod that is attached to the bridge. */
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

export const app = (value: string) => ({ podSelector: { matchLabels: { app: value } } });

/** A `targetPort` or `returnPort`: an internal port of the bridge. */
export const internal = (name: string) => ({ ovsInternal: { name } });
