/** What is read once, from a source that is not ready for it. */
import "../../test/lab/environment.ts";
import assert from "node:assert/strict";
import { Intake } from "../agent/intake.ts";
import { NO_LOG } from "../base/log.ts";
import { delay } from "../base/timer.ts";
import { SluiceError } from "../base/errors.ts";
import type { Source } from "../contracts/mod.ts";
import { index } from "../contracts/registry.ts";
import { readOnce } from "./planned_controls.ts";

const NO_PLUGINS = {
  targets: index("target", [], () => ""),
  actions: index("action", [], () => ""),
  options: index("option", [], () => ""),
};
const TIMEOUT = 300;

/** Gives snapshots of these kinds, and nothing more for as long as it is asked. */
const giving = (...given: readonly string[]): Source => ({
  name: "slow",
  async *watch(kind, signal) {
    if (given.includes(kind)) yield { type: "snapshot", objects: [] };
    await delay(Infinity, signal);
  },
});

const intakeOf = (source: Source) =>
  new Intake({
    sources: [source],
    sinks: [],
    trusted: [],
    registries: NO_PLUGINS,
    resolvers: [],
    log: NO_LOG,
  });

Deno.test("a source that does not give everything in time is named", async () => {
  const intake = intakeOf(giving("TrafficControl", "Pod"));
  await assert.rejects(readOnce(intake, TIMEOUT), (error: Error) => {
    assert.ok(error instanceof SluiceError);
    assert.equal(
      error.message,
      'Cannot plan: source "slow" does not give all its objects',
    );
    return true;
  });
});

Deno.test("a source that has given everything is not waited for", () =>
  readOnce(intakeOf(giving("TrafficControl", "Pod", "Namespace")), Infinity));
