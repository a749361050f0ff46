/** Where things of this repository are. @module */
import { join } from "node:path";

export const ROOT = join(import.meta.dirname!, "..", "..");
export const MAIN = join(ROOT, "main.ts");
export const DEPLOY = join(ROOT, "deploy");
/** TrafficControls of the guide. */
export const EXAMPLES = join(ROOT, "docs", "examples");
/** The worked examples of plugin files. */
export const PLUGINS = join(ROOT, "docs", "plugins");

/** @param name A file below `scripts/`. */
export const script = (name: string) => join(ROOT, "scripts", name);
