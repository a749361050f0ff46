/** The contracts of plugins. The core imports them from here, plugins import them from `core/api.ts`. @module */
export * from "./action.ts";
export * from "./health_probe.ts";
export * from "./option.ts";
export * from "./pipeline.ts";
export * from "./plugin_api.ts";
export * from "./priority.ts";
export * from "./resolver.ts";
export * from "./source.ts";
export * from "./target.ts";
export * from "./vlans.ts";
