/** Flows of other controllers that stand, outside of the pipeline's tables, where a port of Sluice needs its rows. @module */
import type { Pipeline, Row } from "../../contracts/mod.ts";
import { type Flow, flowKey } from "../../openflow/mod.ts";

/** Any number of a port: the rows of all ports have the same priorities. */
const SOME_PORT = 1;

export class TakenPlaces {
  #pipeline: Pipeline;
  /** Of the rows in question; few flows of other controllers have one of them. */
  #priorities: ReadonlySet<number>;
  #flows = new Map<string, Flow>();

  constructor(pipeline: Pipeline) {
    this.#pipeline = pipeline;
    this.#priorities = this.#prioritiesOfPorts();
  }

  /** What was observed counts no more: the other pipeline's rows have other places. */
  usePipeline(pipeline: Pipeline): void {
    this.#pipeline = pipeline;
    this.#priorities = this.#prioritiesOfPorts();
    this.#flows = new Map();
  }

  #prioritiesOfPorts(): ReadonlySet<number> {
    return new Set(this.#rows(SOME_PORT).map(({ priority }) => priority));
  }

  /** What a port may need in tables that are not ours, whatever it is used for. */
  #rows(ofport: number): Row[] {
    const { tables: { first, count } } = this.#pipeline;
    const port = { name: "", ofport }; // whatever it is called
    const rows = [
      ...this.#pipeline.copyPort(port),
      ...this.#pipeline.pair({ target: port, return: port }),
    ];
    return rows.filter(({ table }) => table < first || table >= first + count);
  }

  /**
   * @param foreign All flows of the owner in these tables.
   * @returns Whether what `by` says may be something else now.
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

  /** Whether there may be any. */
  get some(): boolean {
    return this.#flows.size > 0;
  }

  /** Who has the port's place. @param ofport Its OpenFlow port number. */
  by(ofport: number): Flow | undefined {
    if (!this.some) return undefined;
    const row = this.#rows(ofport).find((row) => this.#flows.has(flowKey(row)));
    return row && this.#flows.get(flowKey(row));
  }
}
