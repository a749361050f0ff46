/**
 * Checks of flows: those of other controllers leave Sluice's tables free and make no redirect loop, and those that the switch
 * has learned are not at a limit.
 * @module
 */
import { whyNoRedirects, whyNotWhileFlooding, whyUnusable } from "../observe/foreign_flows.ts";
import type { Condition } from "../contracts/condition.ts";
import type { SwitchState } from "../observe/switch_state.ts";
import { type Check, defineCheck, fromCondition, orElse, warning } from "./check.ts";

const present = (conditions: readonly (Condition | undefined)[]) =>
  conditions.filter((condition) => condition !== undefined);

const shown = (cookie: bigint) => `0x${cookie.toString(16)}`;

/** The limits of what the switch learns that are reached: it learns nothing more with these cookies. */
function reachedLimits({ flows, learned }: Pick<SwitchState, "flows" | "learned">) {
  const limits = new Map(
    flows.flatMap(({ actions }) => actions).flatMap((action) =>
      action.type === "learn" ? [[`${action.table} ${action.cookie}`, action] as const] : []
    ),
  );
  return [...limits.values()].filter(({ table, cookie, limit = Infinity }) =>
    learned.filter((flow) => flow.table === table && flow.cookie === cookie).length >= limit
  );
}

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
  defineCheck("senders", {
    subject: ({ flows }) => flows,
    look: (seen, { config: { bridge } }) =>
      orElse(
        reachedLimits(seen).map(({ cookie, limit }) =>
          warning(
            `The switch remembers ${limit} senders to redirected Pods, and no more with cookie ${
              shown(cookie)
            }: packets of further ones are lost behind the sensor`,
            `see who sends with so many addresses: run "ovs-ofctl dump-flows ${bridge} cookie=${
              shown(cookie)
            }/-1"`,
          )
        ),
        "The switch remembers all senders to redirected Pods",
      ),
  }),
];
