/** The work of the elected agent: it watches the status of all nodes, and writes that of TrafficControls. @module */
import { after, Bell, LIMITS } from "../../../core/api.ts";
import { ApiError, retryAfterOf } from "./api_errors.ts";
import type { ApiServer } from "./api_server.ts";
import { EventQueue } from "./event_queue.ts";
import { Events } from "./events.ts";
import type { KnownControls, SeenControl } from "./known_controls.ts";
import { type KubeObject, listWatch } from "./list_watch.ts";
import { ClusterReports, type NodeSaid } from "./cluster_reports.ts";
import { NODE_STATUSES } from "./node_status.ts";
import type { Pace } from "./pace.ts";
import { TRAFFIC_CONTROLS } from "./resources.ts";
import { type ControlStatus, isSameStatus, summarize } from "./summary.ts";

/** Milliseconds until a write that failed is tried again. */
const RETRY_INTERVAL = 5000;
const NOT_FOUND = 404;

export interface SummarizerOptions {
  readonly server: ApiServer;
  readonly controls: KnownControls;
  /** Gets the number of nodes, and says how long to wait for them. */
  readonly pace: Pace;
  /** Milliseconds: see `ListWatchOptions`. */
  readonly silence: number;
  readonly onState: (what: string, problem: Error | undefined) => void;
}

export class Summarizer {
  readonly #options: SummarizerOptions;
  readonly #events: EventQueue;
  readonly #reports = new ClusterReports();
  /** Resolves when the reports of all nodes are known: before that, nothing can be summed up. */
  readonly #listed = Promise.withResolvers<void>();
  /** The nodes that leave TrafficControls out of their reports. */
  #full = "";
  /** When each TrafficControl must be summarized, by name: milliseconds of a monotonic clock. */
  #due = new Map<string, number>();
  readonly #bell = new Bell();

  constructor(options: SummarizerOptions) {
    this.#options = options;
    this.#events = new EventQueue(new Events(options.server));
  }

  /** Runs until the signal aborts, because another agent leads or this one ends. */
  async run(signal: AbortSignal): Promise<void> {
    const { controls, onState } = this.#options;
    controls.listen((name) => this.#touch(name));
    for (const name of controls.names()) this.#touch(name);
    const writing = this.#listed.promise.then(() => this.#writeAll(signal));
    await Promise.all([this.#watchNodes(signal), writing]);
    controls.listen(() => {});
    for (const what of [NODES, REPORTS, STATUSES, EVENTS]) onState(what, undefined); // The next leader reports them
  }

  #touch(name: string, at = performance.now() + this.#options.pace.batch): void {
    if (at >= (this.#due.get(name) ?? Infinity)) return;
    this.#due.set(name, at);
    this.#bell.ring();
  }

  async #watchNodes(signal: AbortSignal): Promise<void> {
    const { server, silence, onState } = this.#options;
    const reports = this.#reports;
    const resource = { path: NODE_STATUSES, slim: (object: KubeObject) => reports.read(object) };
    const events = listWatch(server, resource, {
      signal,
      silence,
      // node_status.ts reports that the kind is not installed
      onState: (problem) => {
        onState(NODES, isNotFound(problem) ? undefined : problem);
        if (isNotFound(problem)) this.#listed.resolve();
      },
    });
    for await (const event of events) {
      if (event.type === "set") this.#changed(reports.set(event.object as NodeSaid));
      else if (event.type === "delete") this.#changed(reports.delete(event.key.name));
      else this.#changed(reports.setAll(event.objects as readonly NodeSaid[]));
      this.#listed.resolve();
    }
    this.#listed.resolve();
  }

  #changed(names: ReadonlySet<string>): void {
    const { pace, controls, onState } = this.#options;
    pace.nodes = this.#reports.nodes;
    const { leftOut } = this.#reports;
    const full = [...leftOut.keys()].join();
    // A full report may be about any TrafficControl
    for (const name of full === this.#full ? names : controls.names()) this.#touch(name);
    this.#full = full;
    onState(REPORTS, reportsFull(leftOut));
  }

  async #writeAll(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const next = Math.min(...this.#due.values(), Infinity);
      const alarm = after(next - performance.now(), () => this.#bell.ring());
      await this.#bell.heard(signal);
      alarm.stop();
      for (const name of this.#takeDue()) if (!signal.aborted) await this.#settle(name, signal);
    }
  }

  #takeDue(): string[] {
    const due = [...this.#due].filter(([, at]) => at <= performance.now()).map(([name]) => name);
    for (const name of due) this.#due.delete(name);
    return due;
  }

  async #settle(name: string, signal: AbortSignal): Promise<void> {
    const control = this.#options.controls.get(name);
    // A node may report on a TrafficControl that has not arrived here yet: its entry is kept until it does
    if (!control) return this.#events.forget(name);
    const findings = this.#reports.of(name);
    const settlesAt = control.since + this.#options.pace.settleTime;
    const settled = performance.now() >= settlesAt;
    const fails = findings.some(({ realized, reason }) => !realized && reason !== undefined);
    if (!settled) this.#touch(name, settlesAt);
    if (!settled && !fails) return; // One write when all nodes have reported, instead of one for each node
    const silent = this.#reports.silentOn(name);
    const now = new Date().toISOString();
    const status = summarize(control, findings, { settled, now, silent });
    if (!isSameStatus(control.status, status)) await this.#write(control, status, signal);
    this.#events.summarized(control, status);
    await this.#tell(control, signal);
  }

  async #write(control: SeenControl, status: ControlStatus, signal: AbortSignal): Promise<void> {
    const { server, onState } = this.#options;
    const { name } = control;
    try {
      const { status: kept } = await server.json(`${TRAFFIC_CONTROLS}/${name}/status`, {
        method: "PATCH",
        contentType: "application/merge-patch+json",
        signal,
        body: { status: { ...MAY_BE_ABSENT, ...status } },
      });
      onState(STATUSES, isSameStatus(kept, status) ? undefined : NOT_KEPT);
      this.#events.written(control, status);
    } catch (error) {
      if (signal.aborted) return;
      if (isNotFound(error)) return await this.#notFound(name, signal);
      onState(STATUSES, error as Error);
      this.#again(name, error);
    }
  }

  /**
   * The server gives the same answer in two cases: the TrafficControl is deleted, which this agent will hear soon, or its
   * CRD has no status. Only the second is a problem.
   */
  async #notFound(name: string, signal: AbortSignal): Promise<void> {
    const { server, onState } = this.#options;
    try {
      const query = `fieldSelector=metadata.name%3D${name}`; // The agent has the right to list, and not to get
      const { items } = await server.json(`${TRAFFIC_CONTROLS}?${query}`, { signal });
      if (items.length > 0) onState(STATUSES, NOT_KEPT);
    } catch (error) {
      if (signal.aborted) return;
      onState(STATUSES, error as Error);
      this.#again(name, error);
    }
  }

  async #tell(control: SeenControl, signal: AbortSignal): Promise<void> {
    if (!this.#events.has(control.name) || signal.aborted) return;
    try {
      const wait = await this.#events.tell(control, signal);
      if (wait !== undefined) this.#touch(control.name, performance.now() + wait);
      this.#options.onState(EVENTS, undefined);
    } catch (error) {
      if (signal.aborted) return;
      this.#options.onState(EVENTS, error as Error);
      this.#again(control.name, error);
    }
  }

  #again(name: string, error: unknown): void {
    this.#touch(name, performance.now() + Math.max(RETRY_INTERVAL, retryAfterOf(error)));
  }
}

/** Names of what can fail. */
const NODES = "TrafficControlNodeStatuses";
const REPORTS = "Reports of nodes";
const STATUSES = "Status of TrafficControls";
const EVENTS = "Events of TrafficControls";
/** Antrea's own CRD has no status: then all works, except that no status is kept. */
const NOT_KEPT = new Error(
  "Cannot write status: the installed CRD does not have its fields: sluice crd | kubectl apply --server-side -f -",
); // deno-fmt-ignore

/** Fields that a patch has to remove if they are absent: RFC 7396. */
const MAY_BE_ABSENT = { target: null, return: null, failures: null } as const;

const isNotFound = (error: unknown) => error instanceof ApiError && error.status === NOT_FOUND;

function reportsFull(leftOut: ReadonlyMap<string, number>): Error | undefined {
  if (leftOut.size === 0) return undefined;
  const named = [...leftOut].sort(([a], [b]) => a < b ? -1 : 1).slice(0, LIMITS.namedNodes)
    .map(([node, count]) => `${count} on ${node}`);
  const more = leftOut.size > named.length ? [`more on ${leftOut.size - named.length} nodes`] : [];
  const counts = [...named, ...more].join(", ");
  return new Error(
    `Cannot tell the status of all TrafficControls: reports are full, and leave out ${counts}`,
  );
}
