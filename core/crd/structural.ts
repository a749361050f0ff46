/**
 * Turns a plugin's JSON Schema into a structural schema: Kubernetes documentation, "Specifying a structural schema".
 * The result lacks what a CRD cannot express. So the API server accepts every object that Sluice accepts. Sluice
 * checks every object again, as the API server may accept more. @module
 */
import { ADDRESSES, LONGEST_ADDRESS } from "../base/address_patterns.ts";
import { exactlyOne, isAddress } from "./cel.ts";
import { intOrString, IS_INT_OR_STRING } from "./int_or_string.ts";
import type { Option, Target } from "../contracts/mod.ts";
import { isRE2 } from "./re2.ts";

/** A node of a JSON Schema. */
export type SchemaNode = Readonly<Record<string, unknown>>;

/** The keyword for rules in CEL. A plugin's schema may have rules of its own. */
const RULES = "x-kubernetes-validations";

/** The keyword by which a value may be anything. */
const OPEN = "x-kubernetes-preserve-unknown-fields";
const ANYTHING: SchemaNode = { [OPEN]: true };

/** Keywords that a CRD takes unchanged: for every type, and for one type. */
const FOR_ALL = ["title", "description", "nullable", "enum", RULES];
const FOR_TYPE: Readonly<Record<string, readonly string[]>> = {
  string: ["minLength"],
  integer: ["minimum", "maximum", "multipleOf"],
  number: ["minimum", "maximum"],
  boolean: [],
  array: ["minItems", "maxItems", "x-kubernetes-list-type", "x-kubernetes-list-map-keys"],
  object: ["required", "minProperties", "maxProperties", "x-kubernetes-map-type"],
};
/** Formats that mean the same in JSON Schema and to the API server. `duration` and `ipv4`, for example, do not. */
const FORMATS = new Set(["date", "date-time", "uuid"]);

/** Where in the whole schema a part of it stands. */
interface Place {
  /** It is inside a list or a map of any length. The API server would count a rule's cost there for each item. */
  readonly isRepeated?: boolean;
}
const REPEATED: Place = { isRepeated: true };

/**
 * The schema in a form that the API server accepts. Where there is no such form, it allows any value.
 *
 * @param schema Plain data: a typebox schema that went through JSON.
 */
export function structural(schema: object, place: Place = {}): SchemaNode {
  const either = intOrString(schema as SchemaNode);
  if (either) return either;
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
 * The same as `structural`, but it refuses a schema with an untyped field, which the API server could not check.
 *
 * @throws {TypeError} If a node of the result has no `type`.
 */
export function toStructural(schema: object): SchemaNode {
  const node = structural(schema);
  const path = untyped(node, "$");
  if (path === undefined) return node;
  throw new TypeError(`Cannot use schema at "${path}": "type" is missing`);
}

/** @returns The path of the first node without a type. */
function untyped(node: SchemaNode, path: string): string | undefined {
  if (node[IS_INT_OR_STRING]) return undefined;
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

/** For each type: the keywords that a CRD writes in another form. */
const OF_TYPE: Readonly<Record<string, (node: SchemaNode, place: Place) => SchemaNode>> = {
  string: texts,
  integer: wholeBounds,
  array: ({ items }) => ({ items: isSchema(items) ? structural(items, REPEATED) : ANYTHING }),
  object: fields,
};

/** Length, format and pattern of a string, as far as the API server knows them. */
function texts(node: SchemaNode, { isRepeated }: Place): SchemaNode {
  const { format, pattern, maxLength = longest(pattern) } = node;
  const formats = addressFormats(node);
  const known = {
    ...(maxLength !== undefined && { maxLength }),
    ...(FORMATS.has(format as string) && { format }),
    ...(typeof pattern === "string" && isRE2(pattern) && { pattern }),
  };
  if (!formats) return known;
  // Not oneOf: the API server takes ::ffff:192.0.2.1 as ipv4 and as ipv6
  if (isRepeated) return { ...known, anyOf: formats.map((format) => ({ format })) };
  const rules = [isAddress(formats), ...node[RULES] as [] ?? []];
  return { maxLength: LONGEST_ADDRESS, ...known, [RULES]: rules };
}

/**
 * The longest string that a pattern such as `^[a-z]{1,15}$` takes. The API server computes the cost of a rule from
 * `maxLength`.
 */
function longest(pattern: unknown): number | undefined {
  const most = /^\^\[[^\]]+\]\{\d+,(\d+)\}\$$/.exec(String(pattern))?.[1];
  return most === undefined ? undefined : Number(most);
}

/** @returns The address formats of a string, if it may hold nothing but addresses. */
function addressFormats({ format, oneOf, anyOf }: SchemaNode): string[] | undefined {
  const branches = [oneOf ?? anyOf ?? { format }].flat() as SchemaNode[];
  const formats = branches.map((branch) => String(branch.format));
  return formats.every((each) => Object.hasOwn(ADDRESSES, each)) ? formats : undefined;
}

/** Excluded bounds of whole numbers, turned into included ones: in a CRD `exclusiveMinimum` is a flag, not a number. */
function wholeBounds({ exclusiveMinimum, exclusiveMaximum }: SchemaNode): SchemaNode {
  return {
    ...(typeof exclusiveMinimum === "number" && { minimum: Math.floor(exclusiveMinimum) + 1 }),
    ...(typeof exclusiveMaximum === "number" && { maximum: Math.ceil(exclusiveMaximum) - 1 }),
  };
}

/** Named fields, or a map: an object of a CRD cannot have both. */
function fields(node: SchemaNode, place: Place): SchemaNode {
  const { properties = {}, additionalProperties, patternProperties } = node;
  const named = Object.entries(properties as Readonly<Record<string, SchemaNode>>);
  const others = [additionalProperties, ...Object.values(Object(patternProperties))]
    .filter((values) => values !== undefined && values !== false);
  if (named.length === 0 && others.length === 1 && isSchema(others[0])) {
    return { additionalProperties: structural(others[0], REPEATED) };
  }
  // A schema that says nothing about fields allows any field
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
/** The keywords that a branch may have. It must not have a type, and may only name fields of the schema around it. */
const IN_BRANCHES = new Set(["minimum", "maximum", "minLength", "maxLength", "required"]);

/** The `oneOf` and `anyOf` that the API server allows: their branches limit a value and do not describe its structure. */
function junctors(node: SchemaNode): SchemaNode {
  const sound = JUNCTORS.filter((junctor) =>
    Array.isArray(node[junctor]) &&
    node[junctor].every((branch) => Object.keys(branch).every((key) => IN_BRANCHES.has(key)))
  );
  return pick(node, sound);
}

/** The schema with one type, and without unions and intersections, if it can be written so. */
function withType(schema: SchemaNode): SchemaNode {
  const { const: only, ...node } = merged(schema);
  const choice = only === undefined ? node.enum : [only];
  const type = node.type ?? typeOfAll(choice);
  if (type === undefined) return fromUnion(node);
  return { ...node, type, ...(choice !== undefined && { enum: choice }) };
}

/** The schema with the fields of all parts of its `allOf`, if all of them are objects. */
function merged({ allOf, ...node }: SchemaNode): SchemaNode {
  const parts = Array.isArray(allOf) ? allOf.map(withType) : [];
  const areObjects = parts.length > 0 && parts.every(({ type }) => type === "object");
  return areObjects ? intersection([node, ...parts]) : node;
}

/** One object schema with the fields of all parts. */
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

/** If all branches of a union have one type, the value has that type. If one branch is null, it is `nullable`. */
function fromUnion(node: SchemaNode): SchemaNode {
  const { anyOf = node.oneOf, oneOf: _, ...rest } = node;
  if (!Array.isArray(anyOf)) return node;
  const branches = anyOf.map(withType).filter(({ type }) => type !== "null");
  const nullable = branches.length < anyOf.length;
  const [type, ...others] = new Set(branches.map((branch) => branch.type));
  if (type === undefined || others.length > 0) return rest;
  const choice = branches.map((branch) => branch.enum);
  return {
    // A union of several objects allows any field: a CRD cannot say which fields go together
    ...(branches.length === 1 ? branches[0] : type === "object" && { additionalProperties: true }),
    ...rest,
    type,
    // No enum for a nullable value: the API server refuses null if the enum lacks it
    enum: !nullable && choice.every(Array.isArray) ? choice.flat() : undefined,
    ...(nullable && { nullable }),
  };
}

const TYPES: Readonly<Record<string, string>> = { string: "string", boolean: "boolean" };

/** @returns The type of all values of an `enum`, if they have one in common. */
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
 * @throws {TypeError} If no rule can spell the kind of a target, or a target's schema is not an object.
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
      // A rule sees only fields that have a schema. Sluice refuses unknown fields of a target in any case
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
  if (node.type === undefined && !node[IS_INT_OR_STRING]) {
    throw new TypeError(`Cannot use schema of option "${field}": "type" is missing`);
  }
  const all = [...node[RULES] as [] ?? [], ...rules];
  return { ...node, ...(all.length > 0 && { [RULES]: all }) };
}
