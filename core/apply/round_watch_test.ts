import assert from "node:assert/strict";
import { LIMITS } from "../base/limits.ts";
import { type Overdue, RoundWatch } from "./round_watch.ts";

/** What happens to a watch: it returns the time at the end, in milliseconds. */
type Story = (watch: RoundWatch, at: (time: number) => void) => void;

const { roundStep, roundAge } = LIMITS;

Deno.test.each<[string, Story, Overdue | undefined]>([
  ["the agent has just started", () => {}, undefined],
  ["a step takes as long as it may", (watch, at) => {
    watch.step("write flows");
    at(roundStep);
  }, undefined],
  ["a step takes longer", (watch, at) => {
    watch.step("write flows");
    at(roundStep + 1);
  }, { since: roundStep + 1, step: "write flows" }],
  ["a step takes longer, and makes progress", (watch, at) => {
    watch.step("write flows");
    at(roundStep);
    watch.progress();
    at(2 * roundStep);
  }, undefined],
  ["a step hangs after some progress", (watch, at) => {
    watch.step("write flows");
    at(roundStep);
    watch.progress();
    at(2 * roundStep + 1);
  }, { since: roundStep + 1, step: "write flows" }],
  ["several steps take longer together", (watch, at) => {
    watch.step("write flows");
    at(roundStep);
    watch.step("remove ports");
    at(2 * roundStep);
  }, undefined],
  ["a round has ended, and nothing is to be done", (watch, at) => {
    watch.step("write flows");
    watch.end("done");
    at(roundStep + 1);
  }, undefined],
  ["every round fails for too long", (watch, at) => {
    for (let time = 0; time <= roundAge + 1; time += roundStep) {
      at(time);
      watch.step("read the switch");
      watch.end("failed");
    }
    at(roundAge + 1);
  }, { since: roundAge + 1 }],
  ["rounds wait for what a restart cannot change", (watch, at) => {
    for (let time = 0; time <= 2 * roundAge; time += roundStep) {
      at(time);
      watch.end("waiting");
    }
  }, undefined],
  ["rounds fail, and one ends well", (watch, at) => {
    at(roundAge);
    watch.end("failed");
    watch.end("done");
    at(roundAge + 1);
    watch.end("failed");
  }, undefined],
])("what is overdue when %s", (_, story, expected) => {
  let now = 0;
  const watch = new RoundWatch(() => now);
  story(watch, (time) => now = time);
  assert.deepEqual(watch.overdue(), expected);
});
