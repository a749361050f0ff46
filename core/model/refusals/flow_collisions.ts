/**
 * Flows of the owner that collide with rows which a port of Sluice needs: they have the same table, priority and match.
 * Only tables that are not the pipeline's own count here, such as table 0.
 * @module
 */
import type { Pipeline, Row } from "../../contracts/mod.ts";
import { type Flow, flowKey } from "../../openflow/mod.ts";

/** Any port number will do to find the priorities: the rows of all ports have the same ones. */
const SOME_PORT = 1;
/** A name for the port. The rows do not depend on it, but a pipeline may expect that it is not empty. */
const nameOf = (ofport: number) => `port${ofport}`;

export class FlowCollisions {
  #pipeline: Pipeline;
  /** Priorities of the rows that ports need. Few flows of the owner have one of them, and only those are kept. */
  #priorities: ReadonlySet<number>;
  #flows = new Map<string, Flow>();
  #failure: Error | undefined;

  constructor(pipeline: Pipeline) {
    this.#pipeline = pipeline;
    this.#priorities = this.#prioritiesOfPorts();
  }

  /** Forgets the observed flows: the rows of the new pipeline may have other tables and priorities. */
  usePipeline(pipeline: Pipeline): void {
    this.#pipeline = pipeline;
    this.#failure = undefined;
    this.#priorities = this.#prioritiesOfPorts();
    this.#flows = new Map();
  }

  #prioritiesOfPorts(): ReadonlySet<number> {
    return new Set(this.#rows(SOME_PORT).map(({ priority }) => priority));
  }

  /**
   * The rows that a port may need in tables that are not the pipeline's own: as one that gets copies, and in a pair.
   */
  #rows(ofport: number): Row[] {
    const { tables: { first, count } } = this.#pipeline;
    const port = { name: nameOf(ofport), ofport };
    const rows = [
      ...this.#ask(() => this.#pipeline.copyPort(port)),
      ...this.#ask(() => this.#pipeline.pair({ target: port, return: port })),
    ];
    return rows.filter(({ table }) => table < first || table >= first + count);
  }

  /** The rows that the pipeline returns; none if it throws. If it also throws for real ports, their flows are left out. */
  #ask(rows: () => readonly Row[]): readonly Row[] {
    try {
      return rows();
    } catch (error) {
      this.#failure ??= error as Error;
      return [];
    }
  }

  /** The error of the pipeline, because of which some collisions are not known; nothing if it has not failed. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /**
   * @param foreign All flows of the owner in those tables.
   * @returns Whether the answers of `collidingFlow` may have changed.
   */
  observe(foreign: readonly Flow[]): boolean {
    const flows = new Map(
      foreign.filter(({ priority }) => this.#priorities.has(priority)).map((flow) =>
        [flowKey(flow), flow] as const
      ),
    );
    const differs = new Set(flows.keys()).symmetricDifference(new Set(this.#flows.keys())).size > 0;
    this.#flows = flows;
    return differs;
  }

  /** Whether any flow of the owner may collide. */
  get some(): boolean {
    return this.#flows.size > 0;
  }

  /** The flow of the owner that collides with a row of the port. @param ofport OpenFlow number of the port. */
  collidingFlow(ofport: number): Flow | undefined {
    if (!this.some) return undefined;
    const row = this.#rows(ofport).find((row) => this.#flows.has(flowKey(row)));
    return row && this.#flows.get(flowKey(row));
  }
}
