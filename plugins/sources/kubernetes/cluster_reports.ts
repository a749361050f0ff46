/**
 * What all nodes report, in memory that hardly grows with what is as it should be: what several nodes say in the same
 * words is kept once. Pure. @module
 */
import { LIMITS } from "../../../core/api.ts";
import type { KubeObject } from "./list_watch.ts";
import { fromShort, isAsWanted, type NodeStatusEntry, toShort } from "./node_status_entry.ts";
import { withTexts } from "./status_size.ts";

/** What one or more nodes report on one TrafficControl, as far as its status needs it. */
export interface Finding extends Omit<NodeStatusEntry, "pods" | "ports"> {
  /** Whether the TrafficControl selects a Pod on these nodes. */
  readonly selects: boolean;
  /** Number of the nodes. */
  readonly count: number;
  /** Their names, if a message may name them; else they are not kept. */
  readonly nodes: ReadonlySet<string>;
}

interface Kept extends Finding {
  readonly text: string;
  count: number;
  readonly nodes: Set<string>;
}

/** The report of one node. */
export interface NodeSaid {
  readonly node: string;
  readonly findings: readonly Finding[];
  /** Number of TrafficControls that it leaves out, as they are too many. */
  readonly leftOut: number;
}

/** The longest name of an object: RFC 1123 subdomain; and the longest `/generation`. */
const LONGEST_SHORT = 253 + 21;

export class ClusterReports {
  readonly #byNode = new Map<string, readonly Kept[]>();
  readonly #byText = new Map<string, Kept>();
  readonly #byControl = new Map<string, Set<Kept>>();
  /** How many TrafficControls each node leaves out of its report, if it leaves out any. */
  readonly #leftOut = new Map<string, number>();

  /** Number of nodes that report. */
  get nodes(): number {
    return this.#byNode.size;
  }
  /** Number of different things that nodes say: memory grows with it. */
  get texts(): number {
    return this.#byText.size;
  }
  get leftOut(): ReadonlyMap<string, number> {
    return this.#leftOut;
  }

  of(name: string): readonly Finding[] {
    return [...this.#byControl.get(name) ?? []];
  }

  /** Nodes that may have left this TrafficControl out of their reports. */
  silentOn(name: string): readonly string[] {
    const says = (node: string) => this.#byNode.get(node)!.some((each) => each.name === name);
    return [...this.#leftOut.keys()].filter((node) => !says(node));
  }

  /** Reads the status object of a node, which another agent wrote: it may be larger than this one's, or of any form. */
  read({ metadata: { name: node }, status }: KubeObject): NodeSaid {
    const { realizedTrafficControls, trafficControls, leftOut } = Object(status);
    const findings = new Map<string, Kept>();
    const take = (finding: Kept) => {
      const other = findings.get(finding.name); // no agent of Sluice says two things of one
      findings.set(finding.name, finding);
      if (other && other !== finding) this.#forget(other);
    };
    for (const text of arrayOf(realizedTrafficControls)) {
      if (typeof text !== "string" || text.length > LONGEST_SHORT) continue;
      take(this.#byText.get(text) ?? this.#keep(text, fromShort(text)));
    }
    for (const given of arrayOf(trafficControls).filter(isEntry)) {
      const { pods, ports: _, ...said } = withTexts(given, LIMITS.statusText);
      const entry = { ...said, pods: Math.sign(pods), ports: [] };
      const text = isAsWanted(entry) ? toShort(entry) : JSON.stringify(entry);
      take(this.#byText.get(text) ?? this.#keep(text, entry));
    }
    return {
      node,
      findings: [...findings.values()],
      leftOut: Number.isSafeInteger(leftOut) ? leftOut : 0,
    };
  }

  #keep(text: string, { pods, ports: _, ...entry }: NodeStatusEntry): Kept {
    const kept = { ...entry, text, selects: pods > 0, count: 0, nodes: new Set<string>() };
    this.#byText.set(text, kept);
    return kept;
  }

  /** Takes what `read` has read of all nodes. @returns The TrafficControls of which something else is known now. */
  setAll(all: readonly NodeSaid[]): Set<string> {
    const there = new Set(all.map(({ node }) => node));
    const gone = [...this.#byNode.keys()].filter((node) => !there.has(node));
    const changed = [
      ...gone.map((node) => this.delete(node)),
      ...all.map((each) => this.set(each)),
    ];
    return new Set(changed.flatMap((names) => [...names]));
  }

  set({ node, findings, leftOut }: NodeSaid): Set<string> {
    if (leftOut > 0) this.#leftOut.set(node, leftOut);
    else this.#leftOut.delete(node);
    return this.#replace(node, findings as readonly Kept[]);
  }

  delete(node: string): Set<string> {
    this.#leftOut.delete(node);
    const changed = this.#replace(node, []);
    this.#byNode.delete(node);
    return changed;
  }

  #replace(node: string, findings: readonly Kept[]): Set<string> {
    const before = this.#byNode.get(node) ?? [];
    const [was, is] = [new Set(before), new Set(findings)];
    this.#byNode.set(node, findings);
    for (const each of is.difference(was)) this.#add(node, each);
    for (const each of was.difference(is)) this.#remove(node, each);
    return new Set([...is.symmetricDifference(was)].map(({ name }) => name));
  }

  #add(node: string, finding: Kept): void {
    finding.count++;
    if (!isQuiet(finding)) finding.nodes.add(node);
    this.#byText.set(finding.text, finding);
    this.#byControl.getOrInsertComputed(finding.name, () => new Set()).add(finding);
  }

  #remove(node: string, finding: Kept): void {
    finding.count--;
    finding.nodes.delete(node);
    if (finding.count > 0) return;
    this.#forget(finding);
    const { name } = finding;
    const ofControl = this.#byControl.get(name);
    ofControl?.delete(finding);
    if (ofControl?.size === 0) this.#byControl.delete(name);
  }

  /** Forgets the text of a finding, if no node says it. */
  #forget(finding: Kept): void {
    const { text, count } = finding;
    if (count === 0 && this.#byText.get(text) === finding) this.#byText.delete(text);
  }
}

/** Whether it is in no message, so that it does not matter which nodes say it. */
const isQuiet = ({ reason, conditions }: Finding) => reason === undefined && !conditions?.length;

/** Whether it can be read as an entry: it says of which TrafficControl it is. */
const isEntry = (value: unknown): value is NodeStatusEntry =>
  typeof Object(value).name === "string";

const arrayOf = (value: unknown): readonly unknown[] => Array.isArray(value) ? value : [];
