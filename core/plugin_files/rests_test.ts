/** For what a plugin is not called for a while. */
import assert from "node:assert/strict";
import { LIMITS } from "../base/limits.ts";
import { Rests } from "./rests.ts";

const SAID = "resolve does not return within 2 s";
const of = (namespace: string, name: string, annotations: object = { a: "b" }) => ({
  method: "resolve",
  args: [{ namespace, name, annotations }],
});
const target = { method: "port", args: [{ name: "w0" }] };

class Clock {
  now = 0;
  readonly rests = new Rests(() => this.now);
}

Deno.test("a Pod for which a plugin failed rests alone, twice as long each time, up to a limit", () => {
  const clock = new Clock();
  const { rests } = clock;
  const expected = [10, 20, 40, 80, 160, 320, 600, 600];
  for (const [index, seconds] of expected.entries()) {
    const [rest] = rests.failed(of("ns", "bad"), SAID);
    assert.equal(rest, seconds * 1000);
    const calls = index === 0 ? "a call" : `${index + 1} calls`;
    assert.equal(
      rests.refusal(of("ns", "bad")),
      `is not called for Pod "ns/bad" with annotations for ${seconds} s, as ${calls} failed: ${SAID}`,
    );
    if (index < LIMITS.pluginFailures - 1) assert.equal(rests.refusal(of("ns", "good")), undefined);
    assert.equal(rests.refusal(of("other", "bad")), undefined);
    assert.equal(rests.refusal(target), undefined);
    clock.now += LIMITS.pluginLongestRest;
    assert.equal(rests.refusal(of("ns", "bad")), undefined);
  }
});

Deno.test("many Pods for which a plugin failed cost the other Pods of their Namespace, and no others", () => {
  const { rests } = new Clock();
  for (let index = 1; index <= LIMITS.pluginFailures; index++) {
    assert.equal(rests.refusal(of("ns", "good")), undefined);
    rests.failed(of("ns", `bad${index}`), SAID);
  }
  assert.match(
    rests.refusal(of("ns", "good"))!,
    /for Pods of Namespace "ns" with annotations for 10 s/,
  );
  assert.equal(rests.refusal(of("other", "good")), undefined);
});

Deno.test("what fails with annotations does not keep the plugin from finding the Pod without them", () => {
  const { rests } = new Clock();
  for (let index = 0; index < LIMITS.pluginFailures; index++) rests.failed(of("ns", "bad"), SAID);
  assert.notEqual(rests.refusal(of("ns", "bad")), undefined);
  assert.equal(rests.refusal(of("ns", "bad", {})), undefined);
});

Deno.test("other calls rest together, after several failures", () => {
  const clock = new Clock();
  const { rests } = clock;
  for (let count = 1; count < LIMITS.pluginFailures; count++) {
    assert.deepEqual(rests.failed(target, SAID), []);
    assert.equal(rests.refusal(target), undefined);
  }
  assert.deepEqual(rests.failed(target, SAID), [LIMITS.pluginRest]);
  assert.equal(rests.refusal(target), `is not called for 10 s, as 5 calls failed: ${SAID}`);
  clock.now = LIMITS.pluginRest;
  assert.equal(rests.refusal(target), undefined);
});

Deno.test("what failed long ago is forgotten when there is too much", () => {
  const { rests } = new Clock();
  for (let index = 0; index < LIMITS.pluginFailedCalls; index++) {
    rests.failed(of(`ns${index}`, "bad"), SAID);
  }
  assert.equal(rests.refusal(of("ns0", "bad")), undefined);
  assert.notEqual(rests.refusal(of(`ns${LIMITS.pluginFailedCalls - 1}`, "bad")), undefined);
});
