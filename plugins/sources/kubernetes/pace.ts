/**
 * How agents share the API server: the more nodes report, the more rarely each of them writes and asks. All agents learn
 * their number from the elected one, which writes it into the Lease. @module
 */

/** Annotation of the Lease: how many nodes report. The elected agent of an earlier version does not write it. */
export const NODES = "sluice.dev/nodes";
/** More than a cluster of Kubernetes has. Whoever writes a larger number into the Lease must not silence all nodes. */
const MOST_NODES = 20_000;

/** Milliseconds in which one node of many writes: 200 writes in a second, by whatever many nodes. */
const TIME_PER_WRITE = 5;
/** Least number of milliseconds between two writes of one node. */
const SHORTEST_PAUSE = 2000;
/** Milliseconds in which a node collects changes: a round that begins a change and one that ends it are one write. */
const COLLECTED = 200;
/** Milliseconds in which the first write of an agent comes: all may start at once, and not know yet how many they are. */
const START = 3000;
/** Milliseconds from the time when a node should write until the elected agent has certainly heard of it. */
const LATENESS = 3000;
/** Milliseconds in which the elected agent collects what nodes report, and further ones for each node. */
const [BATCH, BATCH_PER_NODE] = [300, 1];

/** How many agents look at the Lease so often that one of them is the next leader in time. */
const DEPUTIES = 20;
/** Milliseconds between two looks of a deputy. */
const DEPUTY_LOOK = 2000;
/** For how many looks an agent is a deputy. */
const DEPUTY_LOOKS = 30;
/** Milliseconds between two looks of another agent, and further ones for each node. */
const [REST, REST_PER_NODE] = [60_000, 50];

/** What a Lease says about the elected agent. */
export interface LeaseNews {
  readonly holder: string | undefined;
  readonly annotations: Readonly<Record<string, string>> | undefined;
}

export class Pace {
  /** How many nodes report, as far as this agent has heard. */
  nodes = 0;
  #isLeaderOld = false;
  readonly #random: () => number;
  readonly #onOther: () => void;
  #isStart = true;
  /** The lot that this agent has drawn, from 0 to 1, and for how many looks at the Lease it counts. */
  #lot = { drawn: 0, looks: 0 };

  /** @param onOther Is called when an agent of another version than before is elected. */
  constructor(onOther: () => void = () => {}, random: () => number = Math.random) {
    this.#onOther = onOther;
    this.#random = random;
  }

  /** Whether the elected agent knows only reports that have an entry for each TrafficControl. */
  get isLeaderOld(): boolean {
    return this.#isLeaderOld;
  }

  hear({ holder, annotations }: LeaseNews): void {
    const told = annotations?.[NODES];
    const was = this.#isLeaderOld;
    this.#isLeaderOld = told === undefined && Boolean(holder);
    const nodes = Number(told);
    if (nodes >= 0) this.nodes = Math.min(Math.floor(nodes), MOST_NODES);
    if (was !== this.#isLeaderOld) this.#onOther();
  }

  /** Annotations of the Lease, while this agent is elected. */
  get annotations(): Readonly<Record<string, string>> {
    return { [NODES]: `${this.nodes}` };
  }

  /** Milliseconds between two writes of one node. */
  get pause(): number {
    return Math.max(SHORTEST_PAUSE, this.nodes * TIME_PER_WRITE);
  }

  /** Milliseconds from a change until this node writes it: any number, so that not all nodes write at once. */
  phase(): number {
    const most = Math.max(this.nodes * TIME_PER_WRITE, this.#isStart ? START : 0);
    this.#isStart = false;
    return COLLECTED + this.#random() * most;
  }

  /** Milliseconds after which every node has reported on a new generation. */
  get settleTime(): number {
    return this.pause + LATENESS;
  }

  /** Milliseconds in which the elected agent collects what is reported on one TrafficControl. */
  get batch(): number {
    return BATCH + this.nodes * BATCH_PER_NODE;
  }

  /** Milliseconds until the next look at the Lease. Agents draw lots who is a deputy for the next minute. */
  untilLook(): number {
    if (this.#lot.looks === 0) this.#lot = { drawn: this.#random(), looks: DEPUTY_LOOKS };
    this.#lot.looks--;
    if (this.#lot.drawn * this.nodes < DEPUTIES) return DEPUTY_LOOK;
    this.#lot.looks = 0;
    return (REST + this.nodes * REST_PER_NODE) * (0.5 + this.#random());
  }
}
