/**
 * `spec.additionalPorts`: further ports beside `targetPort` and `returnPort`, so that several sensors share the packets
 * of a TrafficControl. Users write it as a field, or as an annotation with the same meaning.
 * @module
 */
import Type, { type Static } from "typebox";
import type { Problem } from "../contracts/mod.ts";
import type { Registries } from "../contracts/registry.ts";
import { ADDITIONAL_PORTS, differing, formsOf, type Given, type Remark } from "./forms.ts";
import { DNS_LABEL } from "./names.ts";
import { withoutNulls } from "./nulls.ts";
import {
  type GivenPort,
  namedPort,
  PORT_FIELDS,
  type PortContext,
  portProblems,
} from "./port_fields.ts";
import { type Fields, fieldsOf, isFields, schemaProblems, unlessWrong } from "./validate.ts";

/** Together with `targetPort` and `returnPort` there are 16 sensors at most. */
export const MOST_ENTRIES = 15;
const LARGEST_WEIGHT = 16;

const closed = { additionalProperties: false } as const;
const ENTRY = Type.Object({
  name: Type.String({
    pattern: DNS_LABEL.source,
    maxLength: 63,
    description: "A name of the entry, a DNS label: lower case letters, digits and -, at most 63.",
  }),
  targetPort: Type.Object({}, { description: "The port that packets are sent to." }),
  returnPort: Type.Optional(
    Type.Object({}, { description: "The port where redirected packets come back." }),
  ),
  weight: Type.Optional(Type.Integer({
    minimum: 1,
    maximum: LARGEST_WEIGHT,
    description: "How many shares of the packets it gets. Without it, one, as targetPort does.",
  })),
}, { ...closed, description: "A target port with its return port, if the action requires one." });

/** The schema of the field. What is in `targetPort` and `returnPort` depends on the targets. */
export const ADDITIONAL_PORTS_SCHEMA = Type.Array(ENTRY, {
  maxItems: MOST_ENTRIES,
  description:
    "Further ports, so that several sensors share the packets. A packet is sent to one of them, or to " +
    "targetPort; both directions of a connection to the same one.",
});
/** An entry as the user wrote it. */
export type Entry = Static<typeof ENTRY>;

/** What an object has as additional ports. */
export interface FoundPorts {
  /** They are valid only if there are no problems. */
  readonly entries: readonly Entry[];
  /** With JSON pointers from the object's root. */
  readonly problems: readonly Problem[];
  /** Warnings. The object is not refused for them. */
  readonly remarks: readonly Remark[];
}

/**
 * Reads and checks the additional ports of a TrafficControl.
 *
 * @param object The whole object as its source gave it; nothing in it needs to be right.
 */
export function additionalPortsOf(object: Fields, registries: Registries): FoundPorts {
  const forms = formsOf(ADDITIONAL_PORTS, object);
  const spec = fieldsOf(object.spec);
  const context = { action: registries.actions.get(spec.action as string), registries };
  return {
    entries: (forms[0]?.value ?? []) as Entry[],
    problems: forms.flatMap((form) => judge(form, spec, context)),
    remarks: differing(ADDITIONAL_PORTS, forms),
  };
}

/**
 * Where a TrafficControl has its additional ports.
 *
 * @param object The whole object as its source gave it.
 * @returns The JSON pointer of the form that counts, from the object's root.
 */
export function additionalPortsPath(object: unknown): string {
  const [counts] = formsOf(ADDITIONAL_PORTS, fieldsOf(withoutNulls(object)));
  return counts?.path ?? `/spec/${ADDITIONAL_PORTS}`;
}

function judge(form: Given, spec: Fields, context: PortContext): Problem[] {
  const { path: at, value, problem } = form;
  const { action } = context;
  if (action?.targetPort === "forbidden") {
    return [{ path: at, message: `must be absent for action ${action.name}` }];
  }
  if (problem !== undefined) return [{ path: at, message: problem }];
  const shape = schemaProblems(ADDITIONAL_PORTS_SCHEMA, value)
    .map(({ path, message }) => ({ path: at + path, message }));
  const check = unlessWrong(shape);
  const entries = Array.isArray(value) ? value.map(fieldsOf) : [];
  const ports = entries.map((entry, index) => portsIn(entry, `${at}/${index}`));
  return [
    ...shape,
    ...ports.flat().flatMap((port) => check(port.path, () => portProblems(port, context))),
    ...check(at, () => [
      ...sameNames(at, entries),
      ...samePorts([portsIn(spec, "/spec"), ...ports], entries, context),
    ]),
  ];
}

/** The fields of an object that name ports; one that is no object counts as absent. */
function portsIn(fields: Fields, path: string): GivenPort[] {
  return PORT_FIELDS.map((field) => ({
    field,
    path: `${path}/${field}`,
    union: isFields(fields[field]) ? fields[field] : undefined,
  }));
}

function sameNames(at: string, entries: readonly Fields[]): Problem[] {
  const names = entries.map(({ name }) => name);
  return names.flatMap((name, index) =>
    names.indexOf(name) === index
      ? []
      : [{ path: `${at}/${index}/name`, message: `must differ from all others: is "${name}"` }]
  );
}

/** A problem for each port that an earlier entry names, too. Both ports of one entry may be the same port. */
function samePorts(
  ports: readonly (readonly GivenPort[])[],
  entries: readonly Fields[],
  { registries }: PortContext,
): Problem[] {
  const users = new Map<string, string>();
  return ports.flatMap((given, index) => {
    const named = given.map((port) => namedPort(port, registries)).filter((port) => !!port);
    const taken = named.filter(({ name }) => users.has(name));
    const problems = taken.map(({ path, name }) => ({
      path,
      message: `must differ from the ports of ${users.get(name)}: is "${name}"`,
    }));
    const user = index === 0 ? "spec" : `entry "${entries[index - 1]?.name}"`;
    for (const { name } of named) if (!users.has(name)) users.set(name, user);
    return problems;
  });
}
