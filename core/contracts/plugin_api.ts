/** What plugin files are given: everything that they need, so that they import nothing of Sluice's. @module */
import type Type from "typebox";
import type { defineAction } from "./action.ts";
import type { defineOption } from "./option.ts";
import type { defineResolver } from "./resolver.ts";
import type { defineTarget } from "./target.ts";

/** What the default export of a plugin file gets, e.g. that of `docs/plugins/drop.ts`. */
export interface PluginApi {
  /** Of these contracts. It changes when a file that was right becomes wrong. */
  readonly version: 1;
  /** TypeBox, by which schemas are written: https://github.com/sinclairzx81/typebox */
  readonly Type: typeof Type;
  readonly defineTarget: typeof defineTarget;
  readonly defineAction: typeof defineAction;
  readonly defineOption: typeof defineOption;
  readonly defineResolver: typeof defineResolver;
}
