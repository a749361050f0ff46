/** The contracts of plugins. The core imports them from here, plugins import them from `core/api.ts`. @module */
export * from "./action.ts";
export * from "./option.ts";
export * from "./choice.ts";
export * from "./cluster.ts";
export * from "./pipeline.ts";
export * from "./plugin_api.ts";
export * from "./priority.ts";
export * from "./probe.ts";
export * from "./realized.ts";
export * from "./resolver.ts";
export * from "./row.ts";
export * from "./rule.ts";
export * from "./cluster_watch.ts";
export * from "./source.ts";
export * from "./switch_port.ts";
export * from "./target.ts";
export * from "./vlans.ts";
