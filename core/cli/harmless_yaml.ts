/** Writes YAML for people and programs. @module */
import { Document, Scalar, visit } from "yaml";
import { harmless, harmlessJson } from "../base/foreign_text.ts";

/** The value as YAML, with every invisible character in its strings escaped. */
export function harmlessYaml(value: object): string {
  const document = new Document(value, { aliasDuplicateObjects: false });
  visit(document, {
    Scalar: (_, scalar) => {
      const { value: text } = scalar;
      const isHarmless = typeof text !== "string" || harmless(text, Infinity) === text;
      if (!isHarmless) scalar.type = Scalar.QUOTE_DOUBLE; // in no other form there are escapes
    },
  });
  return harmlessJson(document.toString({ lineWidth: 0 }));
}
