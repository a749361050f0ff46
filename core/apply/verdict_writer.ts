/**
 * Opens and closes redirects at once when a verdict on a sensor changes. A round may wait for ports, for a dump or for
 * another bundle, and each millisecond costs packets. So this writes beside rounds, and only flows of choices. The switch
 * carries out both in the order in which they were sent; so what was written last stands, and each round compares it with
 * what is wanted.
 * @module
 */
import type { Log } from "../base/log.ts";
import type { Model } from "../model/model.ts";
import type { OpenFlowClient } from "../openflow/mod.ts";
import { type FlowCounts, NO_FLOWS, writeFlows } from "./flow_writer.ts";

interface VerdictWriterOptions {
  readonly model: Model;
  readonly log: Log;
  /** The connection over which the last round has written; nothing if nothing may be written now. */
  readonly client: () => OpenFlowClient | undefined;
}

export class VerdictWriter {
  readonly #options: VerdictWriterOptions;

  constructor(options: VerdictWriterOptions) {
    this.#options = options;
  }

  /** Writes the changes of choices. If that cannot be done, the next round does it. It never rejects. */
  async write(): Promise<FlowCounts> {
    const { model, log, client } = this.#options;
    const connected = client();
    // Learned flows must be deleted together with other flows, which a round does.
    if (!connected || model.flows.learnedIsStale) return NO_FLOWS;
    model.datapath.renderJudged();
    const changes = model.flows.choiceChanges();
    if (changes.length === 0) return NO_FLOWS;
    try {
      return await writeFlows(connected, changes, this.#options);
    } catch (error) {
      log.debug("Sensors' flows are left to the round", { error: (error as Error).message });
      return NO_FLOWS;
    }
  }
}
