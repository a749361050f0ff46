/** The action `sample` to and from the text of ovs-ofctl: ovs-actions(7), `sample`. @module */
import { formatPort, parsePort } from "../fields/ports.ts";
import { optional } from "../messages/action_codec.ts";
import type { SampleAction } from "../messages/action_types.ts";
import { parseNumber, splitList, splitPair } from "./tokens.ts";

/** A `sample` action as text, with its name. */
export function formatSample(action: SampleAction): string {
  const { probability, collectorSet, domain, point, port, direction } = action;
  return `sample(probability=${probability},collector_set_id=${collectorSet},` +
    `obs_domain_id=${domain},obs_point_id=${point}` +
    (port === undefined ? "" : `,sampling_port=${formatPort(port)}`) +
    (direction ? `,${direction}` : "") + ")";
}

/** A `sample` action from what stands inside its parentheses. @throws {TypeError} If that is not well formed. */
export function parseSample(text: string): SampleAction {
  const values = new Map(splitList(text).map((word) => splitPair(word)));
  const number = (key: string) => parseNumber(values.get(key) ?? "0");
  const port = values.get("sampling_port");
  const direction = (["ingress", "egress"] as const).find((each) => values.has(each));
  return {
    type: "sample",
    probability: number("probability"),
    collectorSet: number("collector_set_id"),
    domain: number("obs_domain_id"),
    point: number("obs_point_id"),
    ...(port !== undefined && { port: parsePort(port) }),
    ...optional("direction", direction),
  };
}
