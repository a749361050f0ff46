/** `spec.additionalPorts` in the CRD: its schema, and the rules about it. @module */
import { celName, type Ports, type Rule } from "./cel.ts";
import { type SchemaNode, structural, targetUnion } from "./structural.ts";
import type { Action } from "../contracts/mod.ts";
import { ADDITIONAL_PORTS_SCHEMA } from "../objects/additional_ports.ts";
import { PORT_FIELDS, refusesTarget } from "../objects/port_fields.ts";

/**
 * The list, in which names are unique. Its ports are unions of targets, as those of `spec`.
 *
 * @param ports At least one kind of target for `targetPort`.
 */
export function additionalPortsField(ports: Ports): SchemaNode {
  const list = structural(JSON.parse(JSON.stringify(ADDITIONAL_PORTS_SCHEMA)));
  const items = list.items as SchemaNode;
  const fields = items.properties as Readonly<Record<string, SchemaNode>>;
  const { targetPort: _, returnPort: __, ...others } = fields;
  const unions = PORT_FIELDS.filter((field) => ports[field].length > 0).map((field) => [
    field,
    { ...targetUnion(ports[field]), description: fields[field]!.description },
  ]);
  return {
    ...list,
    "x-kubernetes-list-type": "map",
    "x-kubernetes-list-map-keys": ["name"],
    items: { ...items, properties: { ...others, ...Object.fromEntries(unions) } },
  };
}

/** Rules about `spec`: which ports each entry needs for the action, and which kinds of target it refuses. */
export function additionalPortsRules(action: Action, ports: Ports): Rule[] {
  const other = `self.action != ${JSON.stringify(action.name)} || !has(self.additionalPorts)`;
  const forAll = (rule: string, message: string): Rule => ({
    rule: `${other} || self.additionalPorts.all(each, ${rule})`,
    message: `additionalPorts: ${message}`,
  });
  const { name } = action;
  if (action.targetPort === "forbidden") {
    return [{ rule: other, message: `additionalPorts must be absent for action ${name}` }];
  }
  const returned = action.returnPort === "required"
    ? forAll("has(each.returnPort)", `returnPort is required by action ${name}`)
    : forAll("!has(each.returnPort)", `returnPort must be absent for action ${name}`);
  const kinds = PORT_FIELDS.filter((field) => action[field] === "required")
    .flatMap((field) => ports[field].map((target) => ({ field, target })));
  return [
    ...(ports.returnPort.length > 0 ? [returned] : []),
    ...kinds.filter(({ target }) => refusesTarget(action, target)).map(({ field, target }) => {
      const port = `each.${field}`;
      return forAll(
        `!has(${port}) || !has(${port}.${celName(target.kind)})`,
        `${field}.${target.kind} cannot be used by action ${name}`,
      );
    }),
  ];
}
