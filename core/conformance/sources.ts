/** The properties that every source must have. @module */
import type { SourceType } from "../contracts/mod.ts";
import { describe } from "../objects/validate.ts";
import { kebabCase, type Properties, sentence } from "./properties.ts";

/** For `plugins/sources/*.ts`. */
export const sourceProperties: Properties<SourceType> = {
  docs: ({ docs }) => sentence(docs),
  name: ({ name }) => kebabCase(name),
  create: (type) => {
    const { name } = type.create({ folder: "nowhere", node: "none" });
    return name === type.name ? [] : [`makes a source of another name: ${describe(name)}`];
  },
};
