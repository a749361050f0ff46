/** A model of a node with a few Pods and ports, for tests of what is reported about it. @module */
import interpose from "../../../plugins/pipelines/interpose.ts";
import type { PipelineType } from "../../contracts/mod.ts";
import { usedPipeline } from "../../model/flows/used_pipeline.ts";
import { ALONE, internal } from "../../model/testing/fixtures.ts";
import type { BridgePort } from "../../model/ports/bridge_ports.ts";
import { Model } from "../../model/model.ts";
import type { Control } from "../../objects/types.ts";

const NO_ROWS = { interfaceUUID: "", portUUID: "" };

/** Pods are in namespace `default`. The port of Pod `default/a` is `a`. */
export class SmallNode {
  readonly model: Model;
  readonly #macs = new Map<string, string>();
  #lastNumber = 0;

  constructor(type: PipelineType = interpose) {
    const resolve = ({ name, ips }: { name: string; ips: readonly string[] }) => {
      const mac = this.#macs.get(name);
      return [{ port: name, macs: mac === undefined ? [] : [mac], ips, match: "mac" as const }];
    };
    this.model = new Model({
      resolvers: [{ name: "test", docs: "", resolve }],
      pipeline: usedPipeline(type, 200),
      surroundings: ALONE,
    });
  }

  /** Adds a Pod with this MAC, and its port. */
  pod(name: string, mac?: string, labels: Readonly<Record<string, string>> = {}): void {
    if (mac !== undefined) this.#macs.set(name, mac);
    const uid = name;
    const rest = { labels, annotations: {}, ips: [], hostNetwork: false };
    this.model.setPod({ namespace: "default", name, uid, ...rest });
    this.port(name, { ours: false });
  }

  /** Adds a port to the bridge or replaces it, with the next free OpenFlow port number. */
  port(name: string, { ours = true, ...more }: Partial<BridgePort> = {}): void {
    const ofport = ++this.#lastNumber;
    const row = { ...internal(name), ...NO_ROWS, external_ids: {}, ours, outOfForwarding: ours };
    this.model.setPort(name, { ...row, ofport, ...more });
  }

  /** Adds a TrafficControl that selects every Pod, or no Pod. */
  control(control: Control, selects: "every Pod" | "no Pod" = "every Pod"): void {
    const podSelector = selects === "no Pod" ? { matchLabels: { app: "none" } } : {};
    this.model.setControl({
      ...control,
      object: { ...control.object, appliedTo: { podSelector } },
    });
  }

  /** What a round of the reconciler does, if the switch accepts everything. */
  round(): void {
    this.model.judgePorts();
    this.model.updateFlows(0);
    this.model.pending.applied();
  }
}
