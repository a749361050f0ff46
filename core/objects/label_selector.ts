/** What is wrong with a label selector: apimachinery's `LabelSelectorAsSelector`, in words. @module */
import Type from "typebox";
import type { Problem } from "../contracts/mod.ts";
import { LABEL_KEY, LABEL_VALUE } from "./names.ts";
import type { LabelSelector } from "./types.ts";
import { describe, escapePointer, oneOf } from "./validate.ts";

type Requirement = NonNullable<LabelSelector["matchExpressions"]>[number];

const closed = { additionalProperties: false } as const;

/** Its form; what `selectorProblems` may be asked about. */
export const SELECTOR_SCHEMA = Type.Object({
  matchLabels: Type.Optional(Type.Record(Type.String(), Type.String())),
  matchExpressions: Type.Optional(Type.Array(Type.Object({
    key: Type.String(),
    operator: Type.String(),
    values: Type.Optional(Type.Array(Type.String())),
  }, closed))),
}, closed);

/** What each operator says of a number of values, where it is wrong. */
const VALUES: Readonly<Record<Requirement["operator"], (count: number) => string | undefined>> = {
  In: (count) => count === 0 ? "must have values for operator In" : undefined,
  NotIn: (count) => count === 0 ? "must have values for operator NotIn" : undefined,
  Exists: (count) => count > 0 ? "must be absent for operator Exists" : undefined,
  DoesNotExist: (count) => count > 0 ? "must be absent for operator DoesNotExist" : undefined,
};

/** The operators of `matchExpressions`. */
export const OPERATORS: readonly string[] = Object.keys(VALUES);

/**
 * @param path JSON pointer to the selector.
 * @param selector One that `SELECTOR_SCHEMA` accepts.
 */
export function selectorProblems(path: string, selector: LabelSelector): Problem[] {
  const labels = Object.entries(selector.matchLabels ?? {}).flatMap(([key, value]) =>
    labelProblems(`${path}/matchLabels/${escapePointer(key)}`, key, value)
  );
  const expressions = (selector.matchExpressions ?? []).flatMap((requirement, index) =>
    requirementProblems(`${path}/matchExpressions/${index}`, requirement)
  );
  return [...labels, ...expressions];
}

function requirementProblems(path: string, { key, operator, values = [] }: Requirement): Problem[] {
  const wrongCount = Object.hasOwn(VALUES, operator) ? VALUES[operator](values.length) : undefined;
  return [
    ...keyProblems(`${path}/key`, key),
    ...oneOf(`${path}/operator`, operator, OPERATORS),
    ...(wrongCount ? [{ path: `${path}/values`, message: wrongCount }] : []),
    ...values.flatMap((value, index) => valueProblems(`${path}/values/${index}`, value)),
  ];
}

/** What is wrong with a label: `path` is the way to it. */
export function labelProblems(path: string, key: string, value: string): Problem[] {
  return [...keyProblems(path, key), ...valueProblems(path, value)];
}

function keyProblems(path: string, key: string): Problem[] {
  return LABEL_KEY.test(key) ? [] : [{ path, message: `${describe(key)} is no label key` }];
}

function valueProblems(path: string, value: string): Problem[] {
  return LABEL_VALUE.test(value) ? [] : [{ path, message: `${describe(value)} is no label value` }];
}
