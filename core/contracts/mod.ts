/** The six contracts. The core imports them from here, plugins through `core/api.ts`. @module */
export * from "./action.ts";
export * from "./option.ts";
export * from "./pipeline.ts";
export * from "./plugin_api.ts";
export * from "./priority.ts";
export * from "./resolver.ts";
export * from "./source.ts";
export * from "./target.ts";
