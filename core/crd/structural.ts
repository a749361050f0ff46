/**
 * Turns a plugin's JSON Schema into a structural schema of Kubernetes: "Specifying a structural schema". What a CRD cannot
 * say it leaves out, so the API server takes all that we take; what it lets through is still judged by us.
 * @module
 */
import { ADDRESSES, LONGEST_ADDRESS } from "./address_patterns.ts";
import { exactlyOne, isAddress } from "./cel.ts";
import type { Option, Target } from "../contracts/mod.ts";
import { isRE2 } from "./re2.ts";

/** A node of a JSON Schema. */
export type SchemaNode = Readonly<Record<string, unknown>>;

/** Rules in CEL: a plugin's schema may have some of its own. */
const RULES = "x-kubernetes-validations";

/** Anything at all. */
const OPEN = "x-kubernetes-preserve-unknown-fields";
const ANYTHING: SchemaNode = { [OPEN]: true };

/** Keywords that a CRD takes as they stand, for every type and for each. */
const FOR_ALL = ["title", "description", "nullable", "enum", RULES];
const FOR_TYPE: Readonly<Record<string, readonly string[]>> = {
  string: ["minLength"],
  integer: ["minimum", "maximum", "multipleOf"],
  number: ["minimum", "maximum"],
  boolean: [],
  array: ["minItems", "maxItems", "x-kubernetes-list-type", "x-kubernetes-list-map-keys"],
  object: ["required", "minProperties", "maxProperties", "x-kubernetes-map-type"],
};
/** Formats that mean the same to the API server: its `duration` and `ipv4`, for two, do not. */
const FORMATS = new Set(["date", "date-time", "uuid"]);

/** Where a schema stands. */
interface Place {
  /** In a list or a map, of any length: too often for a rule, which costs each time. */
  readonly isRepeated?: boolean;
}
const REPEATED: Place = { isRepeated: true };

/**
 * A schema as the API server takes it, whatever it says.
 *
 * @param schema Plain data: a typebox schema after a turn through JSON.
 */
export function structural(schema: object, place: Place = {}): SchemaNode {
  const node = withType(schema as SchemaNode);
  const { type } = node;
  if (typeof type !== "string" || !Object.hasOwn(FOR_TYPE, type)) {
    return { ...pick(node, ["title", "description"]), ...ANYTHING };
  }
  return {
    type,
    ...pick(node, [...FOR_ALL, ...FOR_TYPE[type]!]),
    ...OF_TYPE[type]?.(node, place),
    ...junctors(node),
  };
}

/**
 * The same, for who writes a schema: of a field without a type the API server can check nothing.
 *
 * @throws {TypeError} If a node lacks `type` in the end.
 */
export function toStructural(schema: object): SchemaNode {
  const node = structural(schema);
  const path = untyped(node, "$");
  if (path === undefined) return node;
  throw new TypeError(`Cannot use schema at "${path}": "type" is missing`);
}

/** @returns The path of the first node without a type. */
function untyped(node: SchemaNode, path: string): string | undefined {
  if (node.type === undefined) return path;
  const { properties = {}, items, additionalProperties } = node as Readonly<
    Record<string, Readonly<Record<string, SchemaNode>> | undefined>
  >;
  const within: [string, SchemaNode | undefined][] = [
    ...Object.entries(properties).map(([name, field]): [string, SchemaNode] => [
      `${path}.${name}`,
      field,
    ]),
    [`${path}[]`, items],
    [`${path}.*`, additionalProperties],
  ];
  for (const [at, inner] of within) {
    const found = inner && untyped(inner, at);
    if (found) return found;
  }
  return undefined;
}

function pick(node: SchemaNode, keywords: readonly string[]): SchemaNode {
  return Object.fromEntries(
    keywords.filter((keyword) => node[keyword] !== undefined).map((each) => [each, node[each]]),
  );
}

/** Keywords that a CRD has in another form, by type. */
const OF_TYPE: Readonly<Record<string, (node: SchemaNode, place: Place) => SchemaNode>> = {
  string: texts,
  integer: wholeBounds,
  array: ({ items }) => ({ items: isSchema(items) ? structural(items, REPEATED) : ANYTHING }),
  object: fields,
};

/** Formats and patterns that the API server knows. */
function texts(node: SchemaNode, { isRepeated }: Place): SchemaNode {
  const { format, pattern, maxLength = longest(pattern) } = node;
  const formats = addressFormats(node);
  const known = {
    ...(maxLength !== undefined && { maxLength }),
    ...(FORMATS.has(format as string) && { format }),
    ...(typeof pattern === "string" && isRE2(pattern) && { pattern }),
  };
  if (!formats) return known;
  // Not oneOf: to the server ::ffff:192.0.2.1 is both
  if (isRepeated) return { ...known, anyOf: formats.map((format) => ({ format })) };
  const rules = [isAddress(formats), ...node[RULES] as [] ?? []];
  return { maxLength: LONGEST_ADDRESS, ...known, [RULES]: rules };
}

/** What a rule costs follows from how long a string may be, which a pattern of one class says. */
function longest(pattern: unknown): number | undefined {
  const most = /^\^\[[^\]]+\]\{\d+,(\d+)\}\$$/.exec(String(pattern))?.[1];
  return most === undefined ? undefined : Number(most);
}

/** @returns What kinds of addresses the string may hold, if that is what its formats say. */
function addressFormats({ format, oneOf, anyOf }: SchemaNode): string[] | undefined {
  const branches = [oneOf ?? anyOf ?? { format }].flat() as SchemaNode[];
  const formats = branches.map((branch) => String(branch.format));
  return formats.every((each) => Object.hasOwn(ADDRESSES, each)) ? formats : undefined;
}

/** Bounds that are excluded are a flag in a CRD: the next whole number says it, too. */
function wholeBounds({ exclusiveMinimum, exclusiveMaximum }: SchemaNode): SchemaNode {
  return {
    ...(typeof exclusiveMinimum === "number" && { minimum: Math.floor(exclusiveMinimum) + 1 }),
    ...(typeof exclusiveMaximum === "number" && { maximum: Math.ceil(exclusiveMaximum) - 1 }),
  };
}

/** Either named fields or a map: a CRD has no object that is both. */
function fields(node: SchemaNode, place: Place): SchemaNode {
  const { properties = {}, additionalProperties, patternProperties } = node;
  const named = Object.entries(properties as Readonly<Record<string, SchemaNode>>);
  const others = [additionalProperties, ...Object.values(Object(patternProperties))]
    .filter((values) => values !== undefined && values !== false);
  if (named.length === 0 && others.length === 1 && isSchema(others[0])) {
    return { additionalProperties: structural(others[0], REPEATED) };
  }
  // Without a word about its fields it may have any
  const isFree = named.length === 0 && additionalProperties !== false;
  return {
    ...(named.length > 0 && {
      properties: Object.fromEntries(
        named.map(([name, field]) => [name, structural(field, place)]),
      ),
    }),
    ...((isFree || others.length > 0) && ANYTHING),
  };
}

function isSchema(value: unknown): value is SchemaNode {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const JUNCTORS = ["oneOf", "anyOf"] as const;
/** All that a branch may have: there is no type in it, nor a field that is not outside of it. */
const IN_BRANCHES = new Set(["minimum", "maximum", "minLength", "maxLength", "required"]);

/** Those that the API server allows: they say something of a value, not what it is made of. */
function junctors(node: SchemaNode): SchemaNode {
  const sound = JUNCTORS.filter((junctor) =>
    Array.isArray(node[junctor]) &&
    node[junctor].every((branch) => Object.keys(branch).every((key) => IN_BRANCHES.has(key)))
  );
  return pick(node, sound);
}

/** The schema with one type, and without unions and intersections, as far as that can be said. */
function withType(schema: SchemaNode): SchemaNode {
  const { const: only, ...node } = merged(schema);
  const choice = only === undefined ? node.enum : [only];
  const type = node.type ?? typeOfAll(choice);
  if (type === undefined) return fromUnion(node);
  return { ...node, type, ...(choice !== undefined && { enum: choice }) };
}

/** With the fields of all that it is an intersection of, if those are objects. */
function merged({ allOf, ...node }: SchemaNode): SchemaNode {
  const parts = Array.isArray(allOf) ? allOf.map(withType) : [];
  const areObjects = parts.length > 0 && parts.every(({ type }) => type === "object");
  return areObjects ? intersection([node, ...parts]) : node;
}

/** One object with the fields of all. */
function intersection(parts: readonly SchemaNode[]): SchemaNode {
  const whole = Object.assign({}, ...parts);
  const required = parts.flatMap((part) => part.required as string[] ?? []);
  return {
    ...whole,
    type: "object",
    properties: Object.assign({}, ...parts.map(({ properties }) => properties)),
    ...(required.length > 0 && { required: [...new Set(required)] }),
  };
}

/** A union of one type is a value of that type; one with null may be null. */
function fromUnion(node: SchemaNode): SchemaNode {
  const { anyOf = node.oneOf, oneOf: _, ...rest } = node;
  if (!Array.isArray(anyOf)) return node;
  const branches = anyOf.map(withType).filter(({ type }) => type !== "null");
  const nullable = branches.length < anyOf.length;
  const [type, ...others] = new Set(branches.map((branch) => branch.type));
  if (type === undefined || others.length > 0) return rest;
  const choice = branches.map((branch) => branch.enum);
  return {
    // Which of several objects it is, and so which fields it has, follows from its fields
    ...(branches.length === 1 ? branches[0] : type === "object" && { additionalProperties: true }),
    ...rest,
    type,
    // The server takes null for no value of an enum, also where it may be null
    enum: !nullable && choice.every(Array.isArray) ? choice.flat() : undefined,
    ...(nullable && { nullable }),
  };
}

const TYPES: Readonly<Record<string, string>> = { string: "string", boolean: "boolean" };

/** @returns What the values of an `enum` have in common, if they have. */
function typeOfAll(values: unknown): string | undefined {
  if (!Array.isArray(values)) return undefined;
  const types = values.map((value) =>
    TYPES[typeof value] ?? (Number.isInteger(value) ? "integer" : undefined)
  );
  return types.every((type) => type === types[0]) ? types[0] : undefined;
}

/**
 * The CRD property for a union of targets: exactly one key may be set.
 *
 * @throws {TypeError} If a target has a name that no rule can spell, or is no object.
 */
export function targetUnion(targets: readonly Target[]): SchemaNode {
  return {
    type: "object",
    [RULES]: [exactlyOne(targets.map(({ kind }) => kind))],
    properties: Object.fromEntries(targets.map(({ kind, docs, schema }) => {
      const described = { ...schema, description: docs };
      const node = structural(JSON.parse(JSON.stringify(described)));
      if (node.type !== "object") {
        throw new TypeError(`Cannot use schema of target "${kind}": its type is not "object"`);
      }
      // Rules can only see what has a schema; unknown fields of a target are refused, anyway
      const { additionalProperties: _, [OPEN]: __, ...closed } = node;
      return [kind, closed];
    })),
  };
}

/**
 * The CRD property for an option.
 *
 * @throws {TypeError} If its schema has no type, of which rules can see nothing.
 */
export function optionField({ field, docs, schema, rules = [] }: Option): SchemaNode {
  const node = structural(JSON.parse(JSON.stringify({ ...schema, description: docs })));
  if (node.type === undefined) {
    throw new TypeError(`Cannot use schema of option "${field}": "type" is missing`);
  }
  const all = [...node[RULES] as [] ?? [], ...rules];
  return { ...node, ...(all.length > 0 && { [RULES]: all }) };
}
