/** A model of a node in which everything is realized, without a switch: for benches of the parts that only compute. @module */
import { index } from "../core/contracts/registry.ts";
import { usedPipeline } from "../core/model/flows/used_pipeline.ts";
import { Model } from "../core/model/model.ts";
import type { BridgePort } from "../core/model/ports/bridge_ports.ts";
import { ALONE } from "../core/model/testing/fixtures.ts";
import { type ParsedObject, parseObject } from "../core/objects/parse.ts";
import { actions, options, resolvers } from "../plugins/mod.ts";
import interpose from "../plugins/pipelines/interpose.ts";
import { targets } from "../targets/mod.ts";
import { controlOf, groupOf, pod, type Size } from "./node.ts";

const TABLE_BASE = 200;

const registries = {
  targets: index("target", targets, ({ kind }) => kind),
  actions: index("action", actions, ({ name }) => name),
  options: index("option", options, ({ field }) => field),
};

/** Objects as manifests have them: each TrafficControl selects one of the groups of Pods. */
const rawPods = (count: number): object[] =>
  Array.from({ length: count }, (_, index) => pod(index, groupOf(index)));
export const rawControls = (count: number): object[] =>
  Array.from({ length: count }, (_, index) => controlOf(index));

/** @throws {Error} If the object is not right. */
export function parsed(raw: object): ParsedObject {
  const { kind } = raw as { kind: ParsedObject["kind"] };
  const object = parseObject(kind, raw, registries);
  if ("problems" in object) throw new Error(`Cannot read object: ${JSON.stringify(object)}`);
  return object;
}

export function tell(model: Model, object: ParsedObject): void {
  if (object.kind === "TrafficControl") model.setControl(object.control);
  else if (object.kind === "Pod") model.setPod(object.object);
  else model.setNamespace(object.object);
}

/** A model that has been told everything, with all its ports. */
export class PureNode {
  readonly model = new Model({
    resolvers,
    pipeline: usedPipeline(interpose, TABLE_BASE),
    surroundings: { ...ALONE, device: () => ({ index: 1, addresses: [] }) },
  });
  #lastNumber = 0;

  constructor({ pods, controls }: Size) {
    tell(
      this.model,
      parsed({ apiVersion: "v1", kind: "Namespace", metadata: { name: "default" } }),
    );
    for (const raw of [...rawPods(pods), ...rawControls(controls)]) tell(this.model, parsed(raw));
    for (let index = 0; index < pods; index++) this.#port(`p${index}`, {});
    for (const [name, { claim: { spec: { type, options } } }] of this.model.judgePorts()) {
      this.#port(name, { type, options, ours: true, outOfForwarding: true });
    }
    this.round();
  }

  #port(name: string, more: Partial<BridgePort>): void {
    const rows = { interfaceUUID: name, portUUID: name };
    const row = { name, type: "", options: {}, external_ids: {}, ours: false, ...rows };
    this.model.setPort(name, { ...row, ofport: ++this.#lastNumber, ...more });
  }

  /** What a round of the reconciler computes, if the switch accepts everything. */
  round(): void {
    this.model.judgePorts();
    this.model.updateFlows(0);
    this.model.flows.applied(this.model.flows.changes());
    this.model.pending.applied();
  }
}
