/** Checks values against schemas. `sluice validate`, the agent and the tests all use these functions. @module */
import { nearest } from "../base/near_miss.ts";
import { LIMITS } from "../base/limits.ts";
import type { TSchema } from "typebox";
import { Compile } from "typebox/compile";
import { Check, Errors } from "typebox/value";
import type { Option, Problem, Target } from "../contracts/mod.ts";

type SchemaError = ReturnType<typeof Errors>[number];

/** The message about an unknown field. The rest of a value is checked in spite of it. */
const UNKNOWN = "is an unknown field";

/** The message about an unknown field. @param known The fields that may be there. */
export function unknownField(field: string, known: readonly string[] = []): string {
  const meant = nearest(field, known);
  return meant === undefined ? UNKNOWN : `${UNKNOWN}: did you mean "${meant}"?`;
}

/** Whether the problem is an unknown field. */
export const isUnknown = ({ message }: Problem) => message.startsWith(UNKNOWN);

/** Keywords of JSON Schema whose errors name fields. Each of these fields gets a problem with its own path. */
const NAMED_FIELDS: Readonly<Record<string, readonly [parameter: string, state: Said]>> = {
  required: ["requiredProperties", () => "is required"],
  additionalProperties: ["additionalProperties", unknownField],
};
type Said = (field: string, known: readonly string[]) => string;

/** TypeBox reports an unknown field twice: by `additionalProperties`, and by this keyword, which is left out. */
const UNKNOWN_FIELD = "boolean";

/** The formats of JSON Schema that targets use, as messages name them. */
const FORMATS: Readonly<Record<string, string>> = { ipv4: "IPv4", ipv6: "IPv6" };

/** Keywords that say what a value must be. A message about one of them says what the value is instead. */
const ABOUT_VALUES = new Set(["type", "enum", "minimum", "maximum", "pattern", "oneOf", "anyOf"]);

/** A value as text for a message. It is short, and the number `5` looks different from the string `"5"`. */
export function describe(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "an object";
  if (typeof value !== "string") return String(value);
  const isLong = value.length > LIMITS.describedValue;
  return JSON.stringify(isLong ? `${value.slice(0, LIMITS.describedValue)}...` : value);
}

/** If a value has an error of one of these keywords, its other errors follow from that one and are left out. */
const TELLING = ["anyOf", "type", "oneOf"];

/** A schema, and whether a value is right by it. */
interface Ready {
  readonly schema: TSchema;
  readonly isRight: (value: unknown) => boolean;
}

/** Schemas that are made ready once: then a check takes a tenth of the time. */
class ReadySchemas {
  readonly #changed: (schema: TSchema) => TSchema;
  readonly #ready = new WeakMap<TSchema, Ready>();

  /** @param changed What to check by in place of a schema. */
  constructor(changed: (schema: TSchema) => TSchema) {
    this.#changed = changed;
  }

  of(given: TSchema): Ready {
    return this.#ready.getOrInsertComputed(given, () => {
      const schema = this.#changed(given);
      if (!isOwn(given)) return { schema, isRight: (value) => Check(schema, value) };
      const code = Compile(schema);
      return { schema, isRight: (value) => code.Check(value) };
    });
  }
}

/**
 * Whether code may be made of the schema: one of this program has a hidden property. That of a plugin file came as JSON from
 * the file's own process, and what it says must not become code of this one.
 */
function isOwn(schema: TSchema): boolean {
  return Object.getOwnPropertyDescriptor(schema, "~kind")?.enumerable === false;
}

const AS_GIVEN = new ReadySchemas((schema) => schema);
const WITHOUT_OTHER_FIELDS = new ReadySchemas((schema) => ({
  ...schema,
  additionalProperties: false,
}));
const CLOSED = new ReadySchemas(closed);

/**
 * What is wrong with a value by its schema.
 *
 * @returns Problems with JSON pointers (RFC 6901) into the value; none if it is valid.
 */
export function schemaProblems(schema: TSchema, value: unknown): readonly Problem[] {
  return problemsBy(AS_GIVEN.of(schema), value);
}

function problemsBy({ schema, isRight }: Ready, value: unknown): readonly Problem[] {
  if (isRight(value)) return []; // in a fraction of the time, and almost all objects are right
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
  const known = Object.keys(nodeAt(schema, error.schemaPath).properties ?? {});
  const fields = (error.params as Readonly<Record<string, unknown>>)[parameter];
  return (fields as readonly string[]).map((field) => ({
    path: `${error.instancePath}/${escapePointer(field)}`,
    message: message(field, known),
  }));
}

interface Node {
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly oneOf?: readonly { readonly format?: string }[];
}

/** Keywords whose errors say nothing that a user understands. */
const WITHOUT_WORDS = new Set(["pattern", "oneOf", "anyOf"]);

/** The message of an error. In place of a pattern or a union, it repeats the description of the schema. */
function messageOf(schema: TSchema, { keyword, schemaPath, message }: SchemaError): string {
  const { enum: allowed } = nodeAt(schema, schemaPath);
  if (keyword === "enum" && allowed) return `must be one of ${allowed.join(", ")}`;
  const node: Node = WITHOUT_WORDS.has(keyword) ? nodeAt(schema, schemaPath) : {};
  const formats = node.oneOf?.map(({ format = "" }) => FORMATS[format]);
  if (formats?.every((format) => format !== undefined)) {
    return `must be an ${formats.join(" or ")} address`;
  }
  if (keyword !== "oneOf" && node.description) {
    return `does not fit: ${node.description.replace(/\.$/, "")}`;
  }
  return message;
}

function valueAt(value: unknown, pointer: string): unknown {
  const keys = pointer.split("/").slice(1).map(unescapePointer);
  return keys.reduce((within: unknown, key) => Object(within)[key], value);
}

/** The part of the schema that a path names. @param schemaPath E.g. `#/properties/name`. */
function nodeAt(schema: TSchema, schemaPath: string): Node {
  const keys = schemaPath.split("/").slice(1);
  return keys.reduce((node: unknown, key) => Object(node)[key], schema) as Node ?? {};
}

/** Writes a key as one reference token of a JSON pointer: RFC 6901 section 3. */
export function escapePointer(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}

/** The key that a reference token of a JSON pointer stands for. */
export function unescapePointer(token: string): string {
  return token.replaceAll("~1", "/").replaceAll("~0", "~");
}

/**
 * What is wrong with a target's spec. Unknown fields are refused. Fields that the schema refuses do not keep the target's
 * `check` from looking at the others.
 *
 * @returns Problems with JSON pointers into the spec.
 */
export function targetProblems(target: Target, spec: unknown): readonly Problem[] {
  const ready = WITHOUT_OTHER_FIELDS.of(target.schema);
  const found = problemsBy(ready, spec);
  if (found.some(({ path }) => path === "")) return found;
  const sound = found.length === 0 ? spec : withoutFields(spec, found);
  if (found.length > 0 && problemsBy(ready, sound).length > 0) return found;
  const more = target.check?.(sound as typeof target.example) ?? [];
  return [...found, ...more.filter(({ path }) => !found.some((problem) => problem.path === path))];
}

/** The spec without the fields that have problems. */
function withoutFields(spec: unknown, problems: readonly Problem[]): unknown {
  const wrong = new Set(problems.map(({ path }) => unescapePointer(path.split("/")[1] ?? "")));
  return Object.fromEntries(Object.entries(Object(spec)).filter(([field]) => !wrong.has(field)));
}

/**
 * What is wrong with an option's value. Unknown fields are refused at every depth. The option's `check` is called only
 * with values that the schema accepts.
 *
 * @returns Problems with JSON pointers into the value.
 */
export function valueProblems(option: Option, value: unknown): readonly Problem[] {
  const found = problemsBy(CLOSED.of(option.schema), value);
  return found.length > 0 ? found : option.check?.(value as typeof option.example) ?? [];
}

/** The schema with `additionalProperties: false` in each object, unless the object's schema sets it itself. */
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

/**
 * For checks of parts of a value that has problems by its schema. What it returns calls such a check, unless the part
 * itself, one around it or one within it has a problem.
 *
 * @param found Problems of the value. Unknown fields keep no other part from being checked.
 */
export function unlessWrong(
  found: readonly Problem[],
): (path: string, check: () => Problem[]) => Problem[] {
  const wrong = found.filter((problem) => !isUnknown(problem)).map(({ path }) => path);
  return (path, check) =>
    wrong.some((other) => isWithin(other, path) || isWithin(path, other)) ? [] : check();
}

/** Whether `path` is equal to `other`, or leads into what `other` names. */
function isWithin(path: string, other: string): boolean {
  return path === other || path.startsWith(`${other}/`);
}

/** The fields of an object that is not checked yet. */
export type Fields = Readonly<Record<string, unknown>>;

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The fields of a value; none if it is not an object. */
export function fieldsOf(value: unknown): Fields {
  return isFields(value) ? value : {};
}

/** A problem if the value is not one of the allowed ones. */
export function oneOf(path: string, value: unknown, allowed: readonly string[]): Problem[] {
  if (allowed.includes(String(value))) return [];
  return [{ path, message: `must be one of ${allowed.join(", ")}: is ${describe(value)}` }];
}
