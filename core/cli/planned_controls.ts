/** What an agent would say of its TrafficControls, where no agent runs. It writes nothing. @module */
import { LIMITS } from "../base/limits.ts";
import { Intake } from "../agent/intake.ts";
import { NO_LOG } from "../base/log.ts";
import type { Source } from "../contracts/mod.ts";
import { SluiceError } from "../base/errors.ts";
import { timeLimit } from "../base/timer.ts";
import type { ControlFacts } from "../doctor/facts.ts";
import type { OvsdbSession } from "../ovsdb/mod.ts";
import { NOTHING_COUNTED } from "../report/counters.ts";
import { controlNames, nodeControl } from "../report/node_control.ts";
import { type AgentConfig, configsOf } from "../agent/config.ts";
import { NodePods } from "../agent/node_pods.ts";
import { type BridgeInputs, bridgeNow, EarlierBridges, planBridge } from "./planned_bridge.ts";

export interface PlannedControlsInputs
  extends Omit<BridgeInputs, "config" | "bridges" | "earlier"> {
  readonly config: AgentConfig;
}

/**
 * Reads all objects once, plans for each bridge, and collects the conditions.
 *
 * @throws {SluiceError} If a source does not give all its objects in time.
 */
export async function plannedControls(
  session: OvsdbSession,
  { config, ...inputs }: PlannedControlsInputs,
  sources: readonly Source[],
): Promise<ControlFacts[]> {
  const { bridge: bridges, trustAnnotations: trusted } = config;
  const earlier = new EarlierBridges();
  const prepared = configsOf(config).map((each) => ({
    config: each,
    ...bridgeNow(session, { ...inputs, config: each, bridges, earlier }),
  }));
  const { plugins: registries } = inputs;
  const pods = new NodePods(config.node);
  const intake = new Intake({
    sources,
    sinks: [...prepared.map(({ model }) => model), pods],
    trusted,
    registries,
    resolvers: [...registries.resolvers.values()],
    log: NO_LOG,
  });
  await readOnce(intake);
  // What blocks a bridge has checks of its own
  for (const each of prepared) await planBridge(session, each, each.config);
  const { invalid } = intake;
  const given = { blockers: [], failure: undefined, invalid, ...NOTHING_COUNTED };
  const all = {
    bridges: prepared.map(({ config: { bridge }, model }) => ({ bridge, model, ...given })),
    selection: pods.selection,
  };
  return controlNames(all).map((name) => ({ name, conditions: nodeControl(name, all).conditions }));
}

/** @param timeout In milliseconds. Exported for its test. */
export async function readOnce(
  intake: Intake,
  timeout: number = LIMITS.doctorSnapshot,
): Promise<void> {
  const complete = new AbortController();
  const end = AbortSignal.any([complete.signal, timeLimit(timeout)]);
  await intake.run(end, () => {
    if (intake.complete) complete.abort();
  });
  const [missing] = intake.incomplete();
  if (missing === undefined) return;
  throw new SluiceError(`Cannot plan: source "${missing}" does not give all its objects`);
}
