/** Unions of whole numbers and texts, which have a keyword of their own in a CRD. @module */

type SchemaNode = Readonly<Record<string, unknown>>;

/** The keyword for a value that is a whole number or a text: Kubernetes documentation, "Structural schemas". */
export const IS_INT_OR_STRING = "x-kubernetes-int-or-string";

interface Branch {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
}

/** Words need no escapes in a pattern. */
const isWords = ({ enum: choices }: Branch) =>
  choices !== undefined && choices.every((choice) => /^\w+$/.test(String(choice)));

/**
 * The schema of a union of certain words and of whole numbers in a range, as a CRD has it. A pattern limits texts alone, and
 * bounds limit numbers alone. A rule in CEL would be too expensive: the API server takes such a value for a text of any
 * length.
 *
 * @returns Nothing if the schema is no such union.
 */
export function intOrString({ anyOf, description }: SchemaNode): SchemaNode | undefined {
  const branches = (Array.isArray(anyOf) ? anyOf : []) as readonly Branch[];
  const words = branches.find(isWords)?.enum;
  const number = branches.find(({ type }) => type === "integer");
  if (branches.length !== 2 || !words || !number) return undefined;
  const { minimum, maximum } = number;
  return {
    ...(description !== undefined && { description }),
    [IS_INT_OR_STRING]: true,
    ...(minimum !== undefined && { minimum }),
    ...(maximum !== undefined && { maximum }),
    pattern: `^(${words.join("|")})$`,
  };
}
