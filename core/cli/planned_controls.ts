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
import { controlState } from "../report/state.ts";
import type { AgentConfig } from "../agent/config.ts";
import { type BridgeInputs, bridgeNow, planBridge } from "./planned_bridge.ts";

export interface PlannedControlsInputs extends BridgeInputs {
  readonly config: BridgeInputs["config"] & Pick<AgentConfig, "trustAnnotations">;
}

/**
 * Reads all objects once, plans, and collects the conditions.
 *
 * @throws {SluiceError} If a source does not give all its objects in time.
 */
export async function plannedControls(
  session: OvsdbSession,
  inputs: PlannedControlsInputs,
  sources: readonly Source[],
): Promise<ControlFacts[]> {
  const prepared = bridgeNow(session, inputs);
  const { model } = prepared;
  const { plugins: registries, config: { trustAnnotations: trusted } } = inputs;
  const intake = new Intake({
    sources,
    sinks: [model],
    trusted,
    registries,
    resolvers: [...registries.resolvers.values()],
    log: NO_LOG,
  });
  await readOnce(intake);
  await planBridge(session, prepared, inputs.config); // what blocks the bridge has checks of its own
  const { invalid } = intake;
  const given = { model, blockers: [], failure: undefined, invalid, ...NOTHING_COUNTED };
  return [...new Set([...model.controls.keys(), ...invalid.keys()])].sort().map((name) => {
    return { name, conditions: controlState(name, given).conditions };
  });
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
