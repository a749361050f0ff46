/** The one way a spec is judged: by `validate`, by the agent, by the tests. @module */
import type { TSchema } from "typebox";
import { Errors } from "typebox/value";
import type { Option, Problem, Target } from "../contracts/mod.ts";

type SchemaError = ReturnType<typeof Errors>[number];

/** A problem that does not keep the rest of a value from being judged. */
export const UNKNOWN = "is an unknown field";

/** Keywords whose errors name fields: one problem for each, at its own path. */
const NAMED_FIELDS: Readonly<Record<string, readonly [parameter: string, state: string]>> = {
  required: ["requiredProperties", "is required"],
  additionalProperties: ["additionalProperties", UNKNOWN],
};

/** Said a second time of what `additionalProperties` names. */
const UNKNOWN_FIELD = "boolean";

/** What people call the formats of JSON Schema that targets use. */
const FORMATS: Readonly<Record<string, string>> = { ipv4: "IPv4", ipv6: "IPv6" };

/** Keywords that say what a value must be: what it is instead is said, too. */
const ABOUT_VALUES = new Set(["type", "minimum", "maximum", "pattern", "oneOf"]);

/** Characters of a value that are repeated to its writer. */
const LONGEST_VALUE = 60;

/** A value in a message: short, and in the spelling that tells `5` from `"5"`. */
export function describe(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "an object";
  if (typeof value !== "string") return String(value);
  const isLong = value.length > LONGEST_VALUE;
  return JSON.stringify(isLong ? `${value.slice(0, LONGEST_VALUE)}...` : value);
}

/** Of several errors about one value only the first kind in this list says something new. */
const TELLING = ["type", "oneOf", "anyOf"];

/**
 * What the schema says of a value.
 *
 * @returns Problems with JSON pointers (RFC 6901) into the value; none if it is valid.
 */
export function schemaProblems(schema: TSchema, value: unknown): readonly Problem[] {
  const errors = Errors(schema, value).filter(({ keyword }) => keyword !== UNKNOWN_FIELD);
  const byPath = Map.groupBy(errors, ({ instancePath }) => instancePath);
  return [...byPath.values()].flatMap((errors) => {
    const telling = TELLING.map((keyword) => errors.find((error) => error.keyword === keyword))
      .find((error) => error !== undefined);
    return (telling ? [telling] : errors).flatMap((error) => toProblems(error, { schema, value }));
  });
}

interface Judged {
  readonly schema: TSchema;
  readonly value: unknown;
}

function toProblems(error: SchemaError, { schema, value }: Judged): Problem[] {
  const { instancePath: path, keyword } = error;
  const named = NAMED_FIELDS[keyword];
  if (!named) {
    const given = ABOUT_VALUES.has(keyword) ? valueAt(value, path) : undefined;
    const is = given === undefined ? "" : `: is ${describe(given)}`;
    return [{ path, message: `${messageOf(schema, error)}${is}` }];
  }
  const [parameter, message] = named;
  const fields = (error.params as Readonly<Record<string, unknown>>)[parameter];
  return (fields as readonly string[]).map((field) => ({
    path: `${error.instancePath}/${escapePointer(field)}`,
    message,
  }));
}

interface Node {
  readonly description?: string;
  readonly oneOf?: readonly { readonly format?: string }[];
}

/** A pattern says nothing to people: what its schema's description says does. */
function messageOf(schema: TSchema, { keyword, schemaPath, message }: SchemaError): string {
  const node: Node = keyword === "pattern" || keyword === "oneOf" ? nodeAt(schema, schemaPath) : {};
  const formats = node.oneOf?.map(({ format = "" }) => FORMATS[format]);
  if (formats?.every((format) => format !== undefined)) {
    return `must be an ${formats.join(" or ")} address`;
  }
  if (keyword === "pattern" && node.description) {
    return `does not fit: ${node.description.replace(/\.$/, "")}`;
  }
  return message;
}

function valueAt(value: unknown, pointer: string): unknown {
  const keys = pointer.split("/").slice(1).map(unescapePointer);
  return keys.reduce((within: unknown, key) => Object(within)[key], value);
}

/** @param schemaPath As in `#/properties/name`. */
function nodeAt(schema: TSchema, schemaPath: string): Node {
  const keys = schemaPath.split("/").slice(1);
  return keys.reduce((node: unknown, key) => Object(node)[key], schema) as Node ?? {};
}

/** One reference token of a JSON pointer: RFC 6901 section 3. */
export function escapePointer(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}

/** What `escapePointer` was given. */
export function unescapePointer(token: string): string {
  return token.replaceAll("~1", "/").replaceAll("~0", "~");
}

/**
 * Everything wrong with a target's spec; unknown fields are refused.
 *
 * @returns Problems with JSON pointers into the spec; `check` is asked only about well-formed ones.
 */
export function problems(target: Target, spec: unknown): readonly Problem[] {
  const schema = { ...target.schema, additionalProperties: false };
  const found = schemaProblems(schema, spec);
  if (found.some(({ path }) => path === "")) return found;
  const sound = found.length === 0 ? spec : withoutFields(spec, found);
  if (schemaProblems(schema, sound).length > 0) return found;
  const more = target.check?.(sound as typeof target.example) ?? [];
  return [...found, ...more.filter(({ path }) => !found.some((problem) => problem.path === path))];
}

/** What is wrong in one field does not hide what is wrong in another. */
function withoutFields(spec: unknown, problems: readonly Problem[]): unknown {
  const wrong = new Set(problems.map(({ path }) => unescapePointer(path.split("/")[1] ?? "")));
  return Object.fromEntries(Object.entries(Object(spec)).filter(([field]) => !wrong.has(field)));
}

/**
 * Everything wrong with an option's value; unknown fields are refused, at every depth.
 *
 * @returns Problems with JSON pointers into the value; `check` is asked only about well-formed ones.
 */
export function valueProblems(option: Option, value: unknown): readonly Problem[] {
  const found = schemaProblems(closed(option.schema), value);
  return found.length > 0 ? found : option.check?.(value as typeof option.example) ?? [];
}

/** The schema, by which no object has fields that it does not name, unless it says that it may. */
function closed(schema: TSchema): TSchema {
  const { properties, items, ...rest } = schema as Readonly<Record<string, unknown>>;
  return {
    ...(properties !== undefined && {
      additionalProperties: false,
      properties: Object.fromEntries(
        Object.entries(Object(properties)).map(([name, field]) => [name, closed(field as TSchema)]),
      ),
    }),
    ...(items !== undefined && { items: isFields(items) ? closed(items) : items }),
    ...rest,
  };
}

/** An object as it came, before anything in it is known. */
export type Fields = Readonly<Record<string, unknown>>;

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value's fields; none if it is no object. */
export function fieldsOf(value: unknown): Fields {
  return isFields(value) ? value : {};
}

/** A problem, if the value is none of those allowed. */
export function oneOf(path: string, value: unknown, allowed: readonly string[]): Problem[] {
  if (allowed.includes(String(value))) return [];
  return [{ path, message: `must be one of ${allowed.join(", ")}: is ${describe(value)}` }];
}
