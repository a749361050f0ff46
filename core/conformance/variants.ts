/** Specs to try a target with, and values to try an option with: its example, and copies of it in which one field is absent or another. @module */
import type { Option, Target } from "../contracts/mod.ts";

interface Field {
  readonly type?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly enum?: readonly unknown[];
}

/** Addresses that are reserved for documentation: RFC 5737 and RFC 3849. */
const ADDRESSES = ["198.51.100.77", "2001:db8::77"];
/** A text that is too long for the name of a device. */
const LONG = "x".repeat(64);

/** Values to try for one field. The caller drops those that the schema refuses. */
function values(
  { type, minimum, maximum, enum: choices = [] }: Field,
  example: unknown,
): unknown[] {
  const text = typeof example === "string"
    ? [`${example}0`, `${example.slice(0, -1)}7`, LONG, ...ADDRESSES]
    : [];
  const number = typeof example === "number" ? [example + 1, example - 1] : [];
  const truth = type === "boolean" ? [true, false] : [];
  return [undefined, minimum, maximum, ...choices, ...text, ...number, ...truth];
}

/** The example and its variants. Not all of them are valid specs. */
export function variants({ example, schema }: Pick<Target, "example" | "schema">): object[] {
  const fields = Object.entries(schema.properties as Record<string, Field>);
  const others = fields.flatMap(([name, field]) =>
    values(field, (example as Record<string, unknown>)[name]).map((value) => ({
      ...example,
      [name]: value,
    }))
  );
  return [example, ...others].map((spec) => JSON.parse(JSON.stringify(spec)));
}

/** The same for an option, whose value may be of any type. */
export function valuesOf({ example, schema }: Option): unknown[] {
  const { type } = schema as Field;
  if (type === "object") return variants({ example, schema } as Pick<Target, "example" | "schema">);
  const others = values(schema as Field, example).filter((value) => value !== undefined);
  return [example, ...others];
}
