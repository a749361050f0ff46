/** Checks of other controllers' flows: they leave Sluice's tables free, and make no redirect loop. @module */
import { whyNoRedirects, whyNotWhileFlooding, whyUnusable } from "../observe/foreign_flows.ts";
import type { Condition } from "../contracts/condition.ts";
import { type Check, defineCheck, fromCondition, orElse } from "./check.ts";

const present = (conditions: readonly (Condition | undefined)[]) =>
  conditions.filter((condition) => condition !== undefined);

export const FLOWS: readonly Check[] = [
  defineCheck("tables", {
    subject: ({ flows }) => flows,
    look: ({ foreign }, { pipeline }) => {
      const { first, count } = pipeline.tables;
      return orElse(
        present([whyUnusable(foreign, pipeline)]).map((each) => fromCondition(each)),
        `Tables ${first} to ${first + count - 1} are free, or ours`,
      );
    },
  }),
  defineCheck("flooding", {
    subject: ({ flows }) => flows,
    look: ({ toAll, toFlood }, { protocols }) => {
      const stoppable = "value" in protocols && protocols.value.flooding;
      const why = [whyNoRedirects(toAll), stoppable ? undefined : whyNotWhileFlooding(toFlood)];
      return orElse(
        present(why).map((each) => fromCondition(each, "warning")),
        "No flow of others would make a redirect loop",
      );
    },
  }),
];
