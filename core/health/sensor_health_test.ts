import assert from "node:assert/strict";
import fc from "fast-check";
import { DEFAULT_PROBE } from "../contracts/mod.ts";
import { CONFIRM, phaseOf } from "./schedule.ts";
import { Simulation } from "./testing/simulation.ts";

const { interval } = DEFAULT_PROBE;
const LOST = () => undefined;
const states = ({ states }: Simulation) => states.map(([, state]) => state);
/** A sensor that has been alive for a while. */
const alive = () => new Simulation().pass(5000);

Deno.test("a new sensor is unknown, and up after three answers", () => {
  const simulation = new Simulation();
  assert.equal(simulation.state, "unknown");
  assert.ok(simulation.until("up") <= 3 * interval + 10);
  simulation.pass(60_000);
  assert.deepEqual(states(simulation), ["unknown", "up"]);
  const expected = simulation.now / interval;
  assert.ok(Math.abs(simulation.sentAt.length - expected) <= 1, "one per interval");
});

Deno.test("a sensor that dies at any time is down within 400 ms, and not before three probes had their time", () => {
  fc.assert(fc.property(fc.double({ min: 0, max: 400, noNaN: true }), (cut) => {
    const simulation = alive().pass(cut);
    simulation.world = { latency: LOST };
    const took = simulation.until("down");
    assert.ok(took <= 385, `${took} ms`);
    assert.ok(took >= DEFAULT_PROBE.timeout + CONFIRM, `${took} ms`);
    assert.match(
      simulation.health.verdict.evidence,
      /^3 probes in a row .*: [12], that came back: 0$/,
    );
  }));
});

Deno.test("a first death ends after fifteen answers, within five seconds", () => {
  const simulation = alive();
  simulation.world = { latency: LOST };
  simulation.pass(3000);
  simulation.world = {};
  const took = simulation.until("up");
  assert.ok(took >= 14 * interval && took <= 5000, `${took} ms`);
});

Deno.test("one answer is not enough for a dead sensor, and a miss begins again", () => {
  const simulation = alive();
  let probes = 0;
  simulation.world = { latency: () => probes++ % 10 === 9 ? undefined : 1 };
  simulation.input((health, now) => health.linkLost('port "t"', now));
  assert.equal(simulation.until("up"), Infinity);
});

Deno.test("each relapse doubles the wait up to a minute; ten quiet minutes end that", () => {
  const simulation = alive();
  const waits = Array.from({ length: 7 }, () => {
    simulation.world = { latency: LOST };
    simulation.until("down");
    simulation.world = {};
    return Math.round(simulation.until("up") / 1000);
  });
  assert.deepEqual(waits, [3, 6, 12, 24, 48, 60, 60]);
  simulation.pass(601_000);
  simulation.world = { latency: LOST };
  simulation.until("down");
  simulation.world = {};
  assert.equal(Math.round(simulation.until("up") / 1000), 3);
});

Deno.test("a sensor that is flooded and passes a twentieth is overloaded, whatever probes it loses", () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 9 }), (dice) => {
      const simulation = alive();
      let at = 0;
      simulation.world = {
        latency: () => dice[at++ % dice.length]! < 0.05 ? 30 : undefined,
        traffic: (now) => [now * 20, now],
      };
      simulation.pass(20_000);
      assert.ok(!states(simulation).includes("down"));
      if (dice.every((die) => die >= 0.05)) assert.equal(simulation.state, "overloaded");
      simulation.world = { traffic: () => [0, 0] };
      simulation.pass(4000);
      assert.equal(simulation.state, "up");
    }),
  );
});

Deno.test("a flooded sensor that passes nothing any more is down", () => {
  const simulation = alive();
  simulation.world = { latency: LOST, traffic: (now) => [now * 20, 7] };
  assert.ok(simulation.until("down") <= 385);
});

Deno.test("a sensor that is slower than the timeout is overloaded and not down, if it has work", () => {
  const simulation = alive();
  simulation.world = { latency: () => 150, traffic: (now) => [now, now - 150] };
  simulation.pass(10_000);
  assert.deepEqual(states(simulation), ["unknown", "up", "overloaded"]);
});

Deno.test("after the verdict overloaded a whole interval passes before the next probe", () => {
  const simulation = alive();
  simulation.world = { latency: LOST, traffic: (now) => [now * 20, now] };
  simulation.until("overloaded");
  const [sent, begin] = [simulation.sentAt.length, simulation.now];
  simulation.pass(2 * interval);
  assert.ok(simulation.sentAt[sent]! >= begin + interval - 1);
});

Deno.test("a sensor that has never answered stays unknown if a few packets come out of it", () => {
  const simulation = new Simulation({ latency: LOST, traffic: (now) => [now, now / 20] });
  simulation.pass(10_000);
  assert.deepEqual(states(simulation), ["unknown"]);
  simulation.world = { latency: LOST };
  assert.ok(simulation.until("down") < 1000);
});

Deno.test("what a device sends by itself is no sign of life of a sensor that gets nothing to do", () => {
  const simulation = alive();
  simulation.world = { latency: LOST, traffic: (now) => [0, now / 20] };
  assert.ok(simulation.until("down") < 1000);
});

Deno.test("a switch that is stopped at any time, for any time, changes nothing", () => {
  const times = fc.tuple(
    fc.double({ min: 0, max: 300, noNaN: true }),
    fc.integer({ min: 1, max: 5000 }),
  );
  fc.assert(fc.property(times, ([begin, lasts]) => {
    const simulation = alive().pass(begin);
    const goesOn = simulation.now + lasts;
    simulation.world = { switchTakes: (now) => Math.max(0, goesOn - now) + 0.5 };
    simulation.pass(lasts + 2000);
    assert.deepEqual(states(simulation), ["unknown", "up"]);
  }));
});

Deno.test("the time of a probe begins when the switch has sent it into the sensor", () => {
  for (let takes = 5; takes < 95; takes += 10) {
    for (let latency = 5; latency < 95; latency += 10) {
      const simulation = alive();
      simulation.world = { latency: () => latency, switchTakes: () => takes };
      simulation.pass(3000);
      assert.deepEqual(states(simulation), ["unknown", "up"], `${takes} ms, ${latency} ms`);
    }
  }
});

Deno.test("a switch that answers later than the timeout shows nothing", () => {
  const simulation = alive();
  simulation.world = { latency: LOST, switchTakes: () => 150 };
  simulation.pass(20_000);
  assert.deepEqual(states(simulation), ["unknown", "up"]);
});

Deno.test("counters are compared over the whole timeout, also if one miss is enough", () => {
  for (let cut = 0; cut < interval; cut += 7) {
    const settings = { ...DEFAULT_PROBE, failureThreshold: 1 };
    const simulation = new Simulation({}, { settings }).pass(5000 + cut);
    simulation.world = { latency: LOST, traffic: (now) => [now, now / 45] };
    simulation.pass(1000);
    assert.deepEqual(states(simulation), ["unknown", "up", "overloaded"]);
  }
});

Deno.test("while the flows that take probes are missing, nothing changes", () => {
  const simulation = alive();
  simulation.world = { latency: LOST, takenFor: () => 0 };
  simulation.pass(20_000);
  assert.deepEqual(states(simulation), ["unknown", "up"]);
  simulation.world = { latency: LOST };
  assert.ok(simulation.until("down") < 600);
});

Deno.test("probes that were sent before the flows that take them were there are not missed", () => {
  const times = fc.record({
    begin: fc.double({ min: 0, max: 300, noNaN: true }),
    lasts: fc.double({ min: 1, max: 3000, noNaN: true }),
    failureThreshold: fc.integer({ min: 1, max: 3 }),
  });
  fc.assert(fc.property(times, ({ begin, lasts, failureThreshold }) => {
    const settings = { ...DEFAULT_PROBE, failureThreshold };
    const simulation = new Simulation({}, { settings }).pass(5000 + begin);
    const there = simulation.now + lasts;
    simulation.world = {
      latency: (now) => now < there ? undefined : 1,
      takenFor: (now) => Math.max(0, now - there),
    };
    simulation.pass(lasts + 3000);
    assert.deepEqual(states(simulation), ["unknown", "up"]);
  }));
});

Deno.test("while the switch has not carried out a probe, no other one is sent", () => {
  const simulation = alive();
  simulation.world = { switchTakes: () => 3000 };
  const before = simulation.sentAt.length;
  simulation.pass(2900);
  assert.equal(simulation.sentAt.length, before + 1);
});

Deno.test("a lost link is a death at once; the link's return is none of a life", () => {
  const simulation = alive();
  simulation.input((health, now) => health.linkLost('port "tap0"', now));
  assert.equal(simulation.state, "down");
  assert.equal(simulation.health.verdict.evidence, 'port "tap0" has lost its link');
  assert.ok(simulation.until("up") > 14 * interval);
});

Deno.test("the verdict outlives the connection, and answers over different connections do not add up", () => {
  const simulation = alive();
  simulation.world = { latency: LOST };
  simulation.pass(120); // one or two probes are missed
  simulation.disconnect();
  assert.equal(simulation.state, "up");
  assert.ok(simulation.until("down") > DEFAULT_PROBE.timeout);
  simulation.world = {};
  for (let i = 0; i < 5; i++) {
    simulation.pass(13 * interval);
    simulation.disconnect();
  }
  assert.equal(simulation.state, "down");
});

Deno.test("a sensor that was down before a restart stays so until it has answered", () => {
  const down = new Simulation({ latency: LOST }, { state: "down" });
  down.pass(60_000);
  assert.deepEqual(states(down), ["down"]);
  down.world = {};
  const took = down.until("up");
  assert.ok(took > 13 * interval && took < 5000, `${took} ms`);
  assert.equal(new Simulation({}, { state: "up" }).pass(9000).states.length, 1);
});

Deno.test("each probe is accepted once, and a forged one never", () => {
  const { health } = new Simulation();
  health.sent("a", 0);
  health.guarded("a", 1);
  assert.equal(health.answered("b", 2), false);
  assert.equal(health.answered("a", 2), true);
  assert.equal(health.answered("a", 3), false);
});

Deno.test("what is out while this process was busy is neither missed nor accepted", () => {
  const simulation = alive();
  simulation.world = { latency: LOST };
  for (let i = 0; i < 20; i++) {
    simulation.pass(90);
    simulation.input((health) => health.voided());
  }
  assert.equal(simulation.state, "up");
});

Deno.test("a slower sensor is asked more often, but not missed", () => {
  const simulation = alive();
  simulation.world = { latency: () => 80 };
  simulation.pass(10_000);
  assert.deepEqual(states(simulation), ["unknown", "up"]);
});

Deno.test("any settings: nothing hangs, a dead sensor is down and a living one is up", () => {
  const settings = fc.record({
    interval: fc.integer({ min: 50, max: 60_000 }),
    timeout: fc.integer({ min: 20, max: 60_000 }),
    failureThreshold: fc.integer({ min: 1, max: 20 }),
    successThreshold: fc.integer({ min: 1, max: 20 }),
  });
  const phase = fc.nat(1000).map(phaseOf);
  fc.assert(
    fc.property(settings, phase, (times, phase) => {
      const all = { ...DEFAULT_PROBE, ...times };
      const simulation = new Simulation({}, { settings: all, phase });
      const { interval, timeout, failureThreshold } = all;
      simulation.pass(4 * interval + 100);
      assert.equal(simulation.state, "up");
      simulation.world = { latency: LOST };
      simulation.pass(interval + 3 * timeout + failureThreshold * CONFIRM + interval);
      assert.equal(simulation.state, "down");
    }),
    { numRuns: 50 },
  );
});
