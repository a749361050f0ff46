/** What has become of the TrafficControls that concern this node. @module */
import type { ControlReport, NodeReport } from "../contracts/mod.ts";
import { type ControlInputs, controlState } from "./state.ts";

/**
 * Those that select a Pod here, and those that are refused, which they are everywhere.
 *
 * @param generationOf `metadata.generation` of an object as it came last.
 */
export function controlReports(
  inputs: ControlInputs,
  generationOf: (name: string) => number | undefined,
): ControlReport[] {
  const { model, invalid } = inputs;
  const names = new Set([...model.controls.keys(), ...invalid.keys()]);
  const concerned = [...names].filter((name) =>
    invalid.has(name) || model.selection.podsOf(name).size > 0
  );
  return concerned.sort().map((name) => {
    const { realized, conditions, pods, target, return: returned } = controlState(name, inputs);
    const generation = generationOf(name);
    return {
      name,
      realized,
      conditions,
      pods: pods.length,
      ports: [target, returned].filter((port) => port !== undefined),
      ...(generation !== undefined && { generation }),
    };
  });
}

export class ReportStream {
  readonly #read: () => NodeReport;
  #wake = Promise.withResolvers<void>();

  /** @param read What is the case now. */
  constructor(read: () => NodeReport) {
    this.#read = read;
  }

  /** Something may be new. */
  touch(): void {
    this.#wake.resolve();
  }

  /** Reads only when asked for the next: what nobody waits for costs nothing. */
  async *until(signal: AbortSignal): AsyncGenerator<NodeReport> {
    const onAbort = () => this.touch();
    signal.addEventListener("abort", onAbort);
    try {
      while (!signal.aborted) { // perhaps since before we listened
        await this.#wake.promise;
        if (signal.aborted) return;
        this.#wake = Promise.withResolvers();
        yield this.#read();
      }
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }
}
