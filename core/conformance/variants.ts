/** Specs of a target, and values of an option, beside its example, to try it with: one field is another, or absent. @module */
import type { Option, Target } from "../contracts/mod.ts";

interface Field {
  readonly type?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly enum?: readonly unknown[];
}

/** Addresses for documentation: RFC 5737 and RFC 3849. */
const ADDRESSES = ["198.51.100.77", "2001:db8::77"];
/** More than any name of a device may have. */
const LONG = "x".repeat(64);

/** Values worth a try; most are refused by the schema, which is asked afterwards. */
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

/** The example, and it with each field absent or of another value; not all of them are valid. */
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
