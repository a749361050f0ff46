/** What plugin files are given: everything that they need, so that they import nothing of Sluice's. @module */
import type Type from "typebox";
import type { Match, MatchFields } from "../openflow/mod.ts";
import type { defineAction } from "./action.ts";
import type { defineOption } from "./option.ts";
import type { definePipeline } from "./pipeline.ts";
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
  readonly definePipeline: typeof definePipeline;
  /**
   * What a row matches, by the names that ovs-fields(7) has: `match({ in_port: 1, eth_src: "02:aa:00:00:00:01" })`, or
   * value and mask: `match({ reg15: [0, 1] })`. Prerequisites such as `eth_type` are to be named, too.
   */
  readonly match: (fields: MatchFields) => Match;
}
