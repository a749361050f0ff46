/** The work of the elected agent: it watches the status of all nodes, and writes that of TrafficControls. @module */
import { delay, LIMITS } from "../../../core/api.ts";
import { ApiError, retryAfterOf } from "./api_errors.ts";
import type { ApiServer } from "./api_server.ts";
import { Events, type Happening } from "./events.ts";
import type { KnownControls, SeenControl } from "./known_controls.ts";
import { listWatch } from "./list_watch.ts";
import { NODE_STATUSES } from "./node_status.ts";
import type { NodeStatusEntry } from "./node_status_entry.ts";
import { withTexts } from "./status_size.ts";
import { TRAFFIC_CONTROLS } from "./resources.ts";
import { type ControlStatus, isSameStatus, type NodeEntry, summarize } from "./summary.ts";

/**
 * Milliseconds after which every node must have reported on a new generation: a node writes at most every two seconds. A
 * node without a selected Pod reports nothing, so that only the time shows that no further report will come.
 */
const SETTLE_TIME = 5000;
/** Milliseconds in which changes are collected. */
const BATCH_TIME = 300;
/** Milliseconds until a write that failed is tried again. */
const RETRY_INTERVAL = 5000;
const NOT_FOUND = 404;

export interface SummarizerOptions {
  readonly server: ApiServer;
  readonly controls: KnownControls;
  /** Milliseconds: see `ListWatchOptions`. */
  readonly silence: number;
  readonly onState: (what: string, problem: Error | undefined) => void;
}

export class Summarizer {
  readonly #options: SummarizerOptions;
  readonly #events: Events;
  /** Events that are not written yet, by TrafficControl. */
  #untold = new Map<string, Happening>();
  /** The entries of all nodes, by TrafficControl, then by node. */
  #entries = new Map<string, Map<string, NodeEntry>>();
  /** The TrafficControls that each node reports on. */
  #byNode = new Map<string, ReadonlySet<string>>();
  /** How many TrafficControls each node leaves out of its report, as it would be too large. */
  #leftOut = new Map<string, number>();
  /** When each TrafficControl must be summarized, by name: milliseconds of a monotonic clock. */
  #due = new Map<string, number>();
  #wake = Promise.withResolvers<void>();

  constructor(options: SummarizerOptions) {
    this.#options = options;
    this.#events = new Events(options.server);
  }

  /** Runs until the signal aborts, because another agent leads or this one ends. */
  async run(signal: AbortSignal): Promise<void> {
    const { controls, onState } = this.#options;
    controls.listen((name) => this.#touch(name));
    for (const name of controls.names()) this.#touch(name);
    await Promise.all([this.#watchNodes(signal), this.#writeAll(signal)]);
    controls.listen(() => {});
    for (const what of [NODES, REPORTS, STATUSES, EVENTS]) onState(what, undefined); // The next leader reports them
  }

  #touch(name: string, at = performance.now() + BATCH_TIME): void {
    this.#due.set(name, Math.min(at, this.#due.get(name) ?? Infinity));
    this.#wake.resolve();
  }

  async #watchNodes(signal: AbortSignal): Promise<void> {
    const { server, silence, onState } = this.#options;
    const resource = { path: NODE_STATUSES, slim: toNode };
    const events = listWatch(server, resource, {
      signal,
      silence,
      // node_status.ts reports that the kind is not installed
      onState: (problem) => onState(NODES, isNotFound(problem) ? undefined : problem),
    });
    for await (const event of events) {
      if (event.type === "set") this.#setNode(event.object as Node);
      else if (event.type === "delete") this.#setNode(gone(event.key.name));
      else this.#setAll(event.objects as readonly Node[]);
    }
  }

  #setAll(nodes: readonly Node[]): void {
    const there = new Set(nodes.map(({ node }) => node));
    for (const node of [...this.#byNode.keys()].filter((name) => !there.has(name))) {
      this.#setNode(gone(node));
    }
    for (const node of nodes) this.#setNode(node);
  }

  /** Takes a node's entries. Only TrafficControls whose entry has changed are summarized again. */
  #setNode({ node, entries, leftOut }: Node): void {
    this.#setLeftOut(node, leftOut);
    const names = new Set(entries.map(({ name }) => name));
    for (const name of this.#byNode.get(node) ?? []) {
      if (names.has(name)) continue;
      const ofControl = this.#entries.get(name);
      ofControl?.delete(node);
      if (ofControl?.size === 0) this.#entries.delete(name);
      this.#touch(name);
    }
    for (const entry of entries) {
      const ofControl = this.#entries.get(entry.name) ?? new Map<string, NodeEntry>();
      this.#entries.set(entry.name, ofControl);
      if (JSON.stringify(ofControl.get(node)) === JSON.stringify(entry)) continue;
      ofControl.set(node, entry);
      this.#touch(entry.name);
    }
    if (names.size > 0) this.#byNode.set(node, names);
    else this.#byNode.delete(node);
  }

  #setLeftOut(node: string, count: number): void {
    const before = this.#leftOut.get(node) ?? 0;
    if (count === before) return;
    if (count > 0) this.#leftOut.set(node, count);
    else this.#leftOut.delete(node);
    if ((count > 0) !== (before > 0)) {
      for (const name of this.#options.controls.names()) this.#touch(name);
    }
    this.#options.onState(REPORTS, reportsFull(this.#leftOut));
  }

  async #writeAll(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const now = performance.now();
      const next = Math.min(...this.#due.values(), now + RETRY_INTERVAL);
      const alarm = new AbortController();
      await Promise.race([
        delay(next - now, AbortSignal.any([signal, alarm.signal])),
        next - now > BATCH_TIME ? this.#wake.promise : new Promise(() => {}),
      ]);
      alarm.abort();
      this.#wake = Promise.withResolvers();
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
    if (!control) return void this.#untold.delete(name);
    const entries = [...this.#entries.get(name)?.values() ?? []];
    const settlesAt = control.since + SETTLE_TIME;
    const settled = performance.now() >= settlesAt;
    const fails = entries.some(({ realized, reason }) => !realized && reason !== undefined);
    if (!settled) this.#touch(name, settlesAt);
    if (!settled && !fails) return; // One write when all nodes have reported, instead of one for each node
    const silent = [...this.#leftOut.keys()].filter((node) => !this.#entries.get(name)?.has(node));
    const now = new Date().toISOString();
    const status = summarize(control, entries, { settled, now, silent });
    if (!isSameStatus(control.status, status)) await this.#write(control, status, signal);
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
        body: { status },
      });
      onState(STATUSES, isSameStatus(kept, status) ? undefined : NOT_KEPT);
      const happening = happeningOf(control.status, status);
      if (happening) this.#untold.set(name, happening);
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
    const happening = this.#untold.get(control.name);
    if (!happening || signal.aborted) return;
    try {
      await this.#events.tell(control, happening, signal);
      this.#untold.delete(control.name);
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

const isNotFound = (error: unknown) => error instanceof ApiError && error.status === NOT_FOUND;

interface Node {
  readonly node: string;
  readonly entries: readonly NodeEntry[];
  /** Number of TrafficControls that have no entry, as there are too many. */
  readonly leftOut: number;
}

/** A node that reports nothing any more. */
const gone = (node: string): Node => ({ node, entries: [], leftOut: 0 });

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

// deno-lint-ignore no-explicit-any -- a TrafficControlNodeStatus
function toNode({ metadata: { name: node }, status }: any): Node {
  const entries: readonly NodeStatusEntry[] = status?.trafficControls ?? [];
  // Another agent wrote them: they may be larger than this one's
  return {
    node,
    leftOut: Number.isSafeInteger(status?.leftOut) ? status.leftOut : 0,
    entries: entries.map((entry) => ({ ...withTexts(entry, LIMITS.statusText), node })),
  };
}

/** The Event that a new status causes; none if a failure goes on for the same reason. */
function happeningOf(
  before: Partial<ControlStatus> | undefined,
  after: ControlStatus,
): Happening | undefined {
  const realizedOf = (status: Partial<ControlStatus> | undefined) =>
    status?.conditions?.find(({ type }) => type === "Realized");
  const [was, is] = [realizedOf(before), realizedOf(after)!];
  const failed = (condition: typeof was) =>
    condition?.status === "False" && condition.reason !== "Progressing";
  if (failed(is) && was?.reason !== is.reason) {
    return { type: "Warning", reason: is.reason, message: is.message };
  }
  if (is.status === "True" && failed(was)) {
    return { type: "Normal", reason: "Realized", message: is.message };
  }
  return undefined;
}
