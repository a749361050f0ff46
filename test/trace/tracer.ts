/** Asks `sluice trace` in the process of the test, again and again: what the command line reads is given as data. @module */
import type { Asked } from "../../core/cli/trace_run.ts";
import { traceOf } from "../../core/cli/trace_run.ts";
import { withOvsdb } from "../../core/cli/connected.ts";
import type { TraceOptions } from "../../core/cli/trace_options.ts";
import { index, type Plugins } from "../../core/contracts/registry.ts";
import type { State } from "../../core/report/state.ts";
import type { Told, ToldEvent } from "../../core/trace/told.ts";
import { actions, options, pipelines, resolvers, sources } from "../../plugins/mod.ts";
import { targets } from "../../targets/mod.ts";
import type { PrivateOvs } from "../lab/ovs.ts";

const builtIn: Plugins = {
  targets: index("target", targets, ({ kind }) => kind),
  actions: index("action", actions, ({ name }) => name),
  options: index("option", options, ({ field }) => field),
  resolvers: index("resolver", resolvers, ({ name }) => name),
  pipelines: index("pipeline", pipelines, ({ name }) => name),
  sources: index("source", sources, ({ name }) => name),
};

/** What is asked: a part of the command's options. */
export type Question = Pick<TraceOptions, "from" | "to"> & Partial<TraceOptions>;

/** Asks all the questions, with the agent's state as it is. */
export function traces(
  ovs: PrivateOvs,
  asked: State | Asked,
  questions: readonly Question[],
): Promise<Told[]> {
  const common = {
    builtIn,
    bridge: ["br0"],
    given: false,
    ovsdb: ovs.db,
    tableBase: 200,
    logFormat: "text",
    logLevel: "info",
    protocol: "tcp",
    fromPort: 40_000,
    ip: "4",
    address: "",
    output: "json",
  } as const;
  const known = "trafficControls" in asked ? { state: asked } : asked;
  return withOvsdb(ovs.db, async ({ cache }) => {
    const all: Told[] = [];
    for (const question of questions) {
      all.push(await traceOf({ ...common, ...question }, cache, known));
    }
    return all;
  });
}

export const eventsOf = ({ steps }: Told): ToldEvent[] => steps.flatMap(({ events }) => events);

/** How often the packet is sent to each port. What tunnels make of it is left out. */
export function sentTo(told: Told): Map<string, number> {
  const counts = new Map<string, number>();
  for (const event of eventsOf(told)) {
    if (!("to" in event) || event.what === "delivered" && event.isOuter) continue;
    counts.set(event.to.port, (counts.get(event.to.port) ?? 0) + 1);
  }
  return counts;
}
