import assert from "node:assert/strict";
import fc from "fast-check";
import { DEFAULT_PROBE } from "../contracts/mod.ts";
import { SensorHealth } from "./sensor_health.ts";
import type { SensorState } from "./verdict.ts";

const { failureThreshold, successThreshold, timeout } = DEFAULT_PROBE;
/** Failures print the seed with which `fc.assert(..., { seed })` finds them again. */
const RUNS = { numRuns: 100 };

const TYPES = [
  ..."send guard answer ask tell forge replay void disconnect link".split(" "),
] as const;
const passes = fc.constantFrom(0, 1, 5, 20, 60, 120, 200, 700);
const op = (type: string, time: fc.Arbitrary<number> = fc.constantFrom(0, 1, 5)) =>
  fc.record({
    type: fc.constant(type),
    passes: time,
    pick: fc.nat(),
    back: fc.constantFrom(0n, 1n, 2n, 50n),
    into: fc.constantFrom(0n, 3n, 900n),
    takenFor: fc.nat(9).map((die) => die > 0 ? Infinity : 0),
  });
const LATE = fc.constantFrom(60, 120, 200);
const ANSWERED = fc.tuple(op("send", LATE), op("guard"), op("answer"));
/** What mostly happens: answers that come, and answers that do not; and sometimes anything. */
const steps = fc.array(
  fc.oneof(
    { arbitrary: ANSWERED, weight: 10 },
    {
      arbitrary: fc.array(ANSWERED, { minLength: 15, maxLength: 35 }).map((all) => all.flat()),
      weight: 2,
    },
    { arbitrary: fc.tuple(op("send"), op("guard"), op("ask", LATE), op("tell")), weight: 6 },
    { arbitrary: fc.constantFrom(...TYPES).chain((type) => fc.tuple(op(type, passes))), weight: 2 },
  ),
  { minLength: 20, maxLength: 80, size: "max" },
).map((all) => all.flat());
type Step = typeof steps extends fc.Arbitrary<(infer T)[]> ? T : never;

/** What the sensor has been told, in any order, as no prober would do it. */
class Story {
  now = 0;
  #keys = 0;
  #out = new Set<string>();
  #used: string[] = [];
  #askedAt: number | undefined;
  #counters = { into: 0n, back: 0n };
  /** Since the last answer, or since everything was forgotten. */
  unanswered = 0;
  answers = 0;
  lostLink = false;

  constructor(readonly health: SensorHealth) {}

  #pick(from: Iterable<string>, at: number): string | undefined {
    const all = [...from];
    return all[at % (all.length || 1)];
  }

  tell({ type, passes, pick, back, into, takenFor }: Step): void {
    this.now += passes;
    this.lostLink = false;
    const { health, now } = this;
    if (type === "send") {
      const key = `k${this.#keys++}`;
      this.#out.add(key);
      this.unanswered++;
      health.sent(key, now);
    }
    const key = this.#pick(this.#out, pick);
    if (type === "guard" && key) health.guarded(key, now);
    if (type === "answer" && key) this.#answer(key);
    const old = this.#pick(this.#used, pick);
    if (type === "replay" && old) assert.equal(health.answered(old, now), false, "a replay");
    if (type === "forge") assert.equal(health.answered("forged", now), false, "a forgery");
    if (type === "void") health.voided();
    if (type === "disconnect") [this.answers, this.unanswered] = [0, 0];
    if (type === "disconnect") health.disconnected();
    if (type === "link") [this.lostLink, this.answers] = [true, 0];
    if (type === "link") health.linkLost("port", now);
    if (type === "ask" && this.#askedAt === undefined) {
      this.#askedAt = now;
      health.asked();
    }
    if (type === "tell" && this.#askedAt !== undefined) {
      this.#counters = { into: this.#counters.into + into, back: this.#counters.back + back };
      const [counters, askedAt, returned] = [this.#counters, this.#askedAt, undefined];
      health.counted({ counters, askedAt, now, takenFor, returned });
      this.#askedAt = undefined;
    }
  }

  #answer(key: string): void {
    this.#out.delete(key);
    this.#used.push(key);
    if (!this.health.answered(key, this.now)) return;
    this.answers++;
    this.unanswered = this.#out.size;
  }
}

Deno.test("whatever happens in whatever order, no state comes without its reason", () => {
  const first = fc.constantFrom<SensorState>("unknown", "up", "down", "overloaded");
  fc.assert(
    fc.property(
      first,
      steps,
      (state, steps) => {
        const health = new SensorHealth({ settings: DEFAULT_PROBE, phase: 0, now: 0, state });
        const story = new Story(health);
        for (const each of steps) {
          const before = health.verdict;
          story.tell(each);
          const { state, since } = health.verdict;
          assert.ok(!Number.isNaN(Math.min(health.probeDueAt(), health.countersDueAt())));
          if (state === before.state) continue;
          assert.equal(since, story.now);
          if (state === "down" && !story.lostLink) {
            assert.ok(each.takenFor > 0 && story.unanswered >= failureThreshold, "a death");
            assert.ok(story.now >= timeout);
          }
          const needed = before.state === "unknown" ? 3 : successThreshold;
          if (state === "up") assert.ok(story.answers >= needed, "a life");
          if (state === "overloaded") assert.equal(before.state, "up");
          assert.notEqual(state, "unknown");
          story.answers = 0;
        }
      },
    ),
    RUNS,
  );
});
