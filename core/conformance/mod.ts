/** The properties that every plugin must have, built in or from a file: one table for each contract. @module */
export { actionProperties, actionShape } from "./actions.ts";
export { optionProperties, optionShape } from "./options.ts";
export { createdProblems, pipelineProblems, pipelineShape, rowsProblems } from "./pipelines.ts";
export { conformance, type Properties, type Shape, shapeProblems, thrown } from "./properties.ts";
export { resolverProperties, resolverShape } from "./resolvers.ts";
export { sourceProperties } from "./sources.ts";
export { targetProperties, targetShape } from "./targets.ts";
