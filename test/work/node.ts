/** An agent in this process, on a real switch, with a source that gives what a test tells it to give. @module */
import { Agent } from "../../core/agent/agent.ts";
import { NO_LOG } from "../../core/base/log.ts";
import { delay } from "../../core/base/timer.ts";
import { index } from "../../core/contracts/registry.ts";
import type { Kind } from "../../core/contracts/mod.ts";
import { BlockerLog } from "../../core/report/blocker_log.ts";
import { Metrics } from "../../core/report/metrics.ts";
import { actions, options, pipelines, resolvers } from "../../plugins/mod.ts";
import { targets } from "../../targets/mod.ts";
import { app, BRIDGE, internal, podObject, trafficControl } from "../lab/agent.ts";
import { eventually, PrivateOvs } from "../lab/ovs.ts";
import { PlayedSource } from "./played_source.ts";

/** The target ports that all TrafficControls share. */
const TARGETS = 10;
/** Milliseconds. */
const PATIENCE = 60_000;
/** Of the Pod that events concern, which no other TrafficControl selects. */
const OWN = { name: "own", index: 0xffff };

const hex = (byte: number) => byte.toString(16).padStart(2, "0");

function pod(name: string, index: number, label: string): object {
  const bytes = [index >> 8, index & 255];
  const mac = ["02:bb:00:00", ...bytes.map(hex)].join(":");
  return podObject({ name, mac, ips: [["10.7", ...bytes].join(".")] }, { app: label });
}

function mirror(name: string, label: string, index: number): object {
  return trafficControl(name, {
    appliedTo: app(label),
    direction: "Both",
    action: "Mirror",
    targetPort: internal(`ids${index % TARGETS}`),
  });
}

export class WorkNode implements AsyncDisposable {
  readonly #source = new PlayedSource();
  #onRound: () => void = () => {};
  readonly #agent: Agent;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;

  private constructor(readonly ovs: PrivateOvs) {
    const metrics = new Metrics("test");
    const counts = metrics.of();
    metrics.of = () => ({ ...counts, round: () => this.#onRound() });
    this.#agent = new Agent({
      config: {
        bridge: [BRIDGE],
        ovsdb: ovs.db,
        tableBase: 200,
        logFormat: "text",
        logLevel: "info",
        trustAnnotations: [this.#source.name],
      },
      registries: {
        targets: index("target", targets, ({ kind }) => kind),
        actions: index("action", actions, ({ name }) => name),
        options: index("option", options, ({ field }) => field),
      },
      resolvers,
      marking: resolvers,
      pluginFiles: [],
      pipelines: {
        pipelines: index("pipeline", pipelines, ({ name }) => name),
        isBuiltIn: () => true,
      },
      sources: [this.#source],
      remembered: new Map(),
      holder: undefined,
      version: "test",
      metrics,
      blockerLog: new BlockerLog(NO_LOG),
      log: NO_LOG,
    });
    this.#running = this.#agent.run(this.#stop.signal);
  }

  /** Starts a node with as many Pods, each with a TrafficControl, and one more Pod. Everything is in the switch then. */
  static async start(count: number): Promise<WorkNode> {
    const ovs = await PrivateOvs.start({ datapath: "dummy" });
    const names = Array.from({ length: count }, (_, index) => `p${index}`);
    await ovs.vsctl(
      ...[...names, OWN.name].flatMap((name) => ["--", "add-port", BRIDGE, name]),
    );
    const node = new WorkNode(ovs);
    const pods = names.map((name, index) => pod(name, index, name));
    const controls = names.map((name, index) => mirror(name, name, index));
    node.#snapshot("Namespace", []);
    node.#snapshot("Pod", [...pods, pod(OWN.name, OWN.index, "none")]);
    node.#snapshot("TrafficControl", controls);
    await eventually("all realized", () => node.#agent.unready().length === 0, PATIENCE);
    return node;
  }

  #snapshot(kind: Kind, objects: readonly object[]): void {
    this.#source.give(kind, { type: "snapshot", objects });
  }

  /** Waits until the next round has ended, with all that follows from it at once. */
  async #round(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onRound = resolve;
    await promise;
    await delay(0);
  }

  /** The own Pod gets another label. */
  async label(label: string): Promise<void> {
    const round = this.#round();
    this.#source.give("Pod", { type: "set", object: pod(OWN.name, OWN.index, label) });
    await round;
  }

  /** The Namespace of all Pods comes. */
  async namespace(labels: Readonly<Record<string, string>>): Promise<void> {
    const round = this.#round();
    const object = { apiVersion: "v1", kind: "Namespace", metadata: { name: "default", labels } };
    this.#source.give("Namespace", { type: "set", object });
    await round;
  }

  /** A TrafficControl comes that is younger than all others, and selects the Pods with this label. */
  async apply(name: string, label: string): Promise<void> {
    const round = this.#round();
    this.#source.give("TrafficControl", { type: "set", object: mirror(name, label, 0) });
    await round;
  }

  async delete(name: string): Promise<void> {
    const round = this.#round();
    this.#source.give("TrafficControl", { type: "delete", key: { name } });
    await round;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
    await this.ovs.stop();
  }
}
