import assert from "node:assert/strict";
import fc from "fast-check";
import { Simulation } from "./testing/simulation.ts";

const LOST = () => undefined;
/** Milliseconds after which the counters of all flows are up to date again. */
const lags = fc.integer({ min: 1, max: 1000 });
/** Packets of a millisecond. */
const chatters = fc.double({ min: 0.02, max: 0.05, noNaN: true });
const floods = fc.double({ min: 0.3, max: 2, noNaN: true });
/** A sensor that is alive until now. */
const alive = () => new Simulation().pass(5000);

Deno.test("a dead sensor whose device sends frames by itself is down within seconds, also while there is traffic", () => {
  fc.assert(fc.property(lags, chatters, floods, (lag, chatter, flood) => {
    const simulation = alive();
    simulation.world = {
      latency: LOST,
      traffic: (now) => [now * flood, now * chatter],
      returned: (now) => [9, Math.floor(now / lag) * lag * chatter],
    };
    assert.ok(simulation.until("down") < 12_000);
  }));
});

Deno.test("a flooded sensor that passes one packet of a hundred is never down, whatever its device sends by itself", () => {
  fc.assert(fc.property(lags, chatters, floods, (lag, chatter, flood) => {
    const simulation = alive();
    simulation.world = {
      latency: LOST,
      traffic: (now) => [now * flood, now * (chatter + flood / 100)],
      returned: (now) => {
        const counted = Math.floor(now / lag) * lag;
        return [counted * flood / 100, counted * chatter];
      },
    };
    simulation.pass(60_000);
    assert.deepEqual(simulation.states.map(([, state]) => state), ["unknown", "up", "overloaded"]);
  }));
});

Deno.test("flows that count nothing, or begin anew, do not show that a sensor is dead", () => {
  for (const other of [() => 0, (now: number) => 1e6 - now]) {
    const simulation = alive();
    simulation.world = {
      latency: LOST,
      traffic: (now) => [now, now / 50],
      returned: (now) => [0, other(now)],
    };
    simulation.pass(60_000);
    assert.equal(simulation.state, "overloaded");
  }
});
