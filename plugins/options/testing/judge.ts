/** TrafficControls with an option, and what Sluice says of them. @module */
import { index, type Registries } from "../../../core/contracts/registry.ts";
import { parseObject } from "../../../core/objects/parse.ts";
import { targets } from "../../../targets/mod.ts";
import { actions, options } from "../../mod.ts";

const registries: Registries = {
  targets: index("target", targets, ({ kind }) => kind),
  actions: index("action", actions, ({ name }) => name),
  options: index("option", options, ({ field }) => field),
};
const ACTIONS = {
  Mirror: { action: "Mirror", targetPort: { device: { name: "a" } } },
  Redirect: {
    action: "Redirect",
    targetPort: { device: { name: "a" } },
    returnPort: { device: { name: "b" } },
  },
} as const;

type Fields = Readonly<Record<string, unknown>>;

function parsed(action: keyof typeof ACTIONS, spec: Fields, annotations: Fields) {
  return parseObject("TrafficControl", {
    apiVersion: "crd.antrea.io/v1alpha2",
    kind: "TrafficControl",
    metadata: { name: "t", annotations },
    spec: { appliedTo: {}, direction: "Both", ...ACTIONS[action], ...spec },
  }, registries);
}

/** @returns The scope of the TrafficControl's only copy or hop, or its problems as `path: message`. */
export function judge(
  action: keyof typeof ACTIONS,
  spec: Fields,
  annotations: Fields = {},
): Fields | readonly string[] | undefined {
  const found = parsed(action, spec, annotations);
  if ("problems" in found) {
    return found.problems.map(({ path, message }) => `${path}: ${message}`);
  }
  if (found.kind !== "TrafficControl") throw new TypeError(`Cannot judge kind "${found.kind}"`);
  const { copies = [], hops = [] } = found.control.treatment;
  return [...copies, ...hops][0]?.scope;
}

/** What the TrafficControl is warned of. */
export function warningsOf(action: keyof typeof ACTIONS, spec: Fields): readonly Fields[] {
  const found = parsed(action, spec, {});
  if (!("remarks" in found)) throw new TypeError("Cannot judge what has no remarks");
  return found.remarks.map(({ path, condition: { message, cure } }) => ({ path, message, cure }));
}
