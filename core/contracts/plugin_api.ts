/** The object that plugin files get. It has all that they need, so that they import nothing from Sluice. @module */
import type Type from "typebox";
import type { Match, MatchFields } from "../openflow/mod.ts";
import type { defineAction } from "./action.ts";
import type { defineOption } from "./option.ts";
import type { definePipeline } from "./pipeline.ts";
import type { defineResolver } from "./resolver.ts";
import type { defineTarget } from "./target.ts";

/** The argument of the default export of a plugin file, e.g. of `docs/plugins/drop.ts`. */
export interface PluginApi {
  /** Version of these contracts. It changes if plugin files that were right before would be wrong. */
  readonly version: 1;
  /** TypeBox, with which schemas are written: https://github.com/sinclairzx81/typebox */
  readonly Type: typeof Type;
  readonly defineTarget: typeof defineTarget;
  readonly defineAction: typeof defineAction;
  readonly defineOption: typeof defineOption;
  readonly defineResolver: typeof defineResolver;
  readonly definePipeline: typeof definePipeline;
  /**
   * Makes the match of a row. Fields have the names of ovs-fields(7), e.g.
   * `match({ in_port: 1, eth_src: "02:aa:00:00:00:01" })`. A value may have a mask: `match({ reg15: [0, 1] })`.
   * Prerequisites of a field, such as `eth_type`, must be named, too.
   */
  readonly match: (fields: MatchFields) => Match;
}
