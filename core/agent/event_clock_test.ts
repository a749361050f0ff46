/** How long changes take until their flows are written: that of the oldest one, and of none twice. */
import assert from "node:assert/strict";
import { EventClock } from "./event_clock.ts";

function made() {
  let now = 0;
  const clock = new EventClock(() => now);
  return {
    arrives: (at: number) => clock.arrived(now = at),
    begins: (at: number) => (now = at, clock.roundBegins()),
    ends: (
      at: number,
      isDone = true,
      hasWritten = true,
    ) => (now = at, clock.roundEnded(isDone, hasWritten)),
  };
}

Deno.test("a round tells the time of the oldest change that it took in", () => {
  const { arrives, begins, ends } = made();
  arrives(100);
  arrives(102);
  begins(103);
  assert.equal(ends(110), 10);
  begins(120);
  assert.equal(ends(130), undefined);
});

Deno.test("a change that comes during a round belongs to the next one", () => {
  const { arrives, begins, ends } = made();
  arrives(100);
  begins(101);
  arrives(105);
  assert.equal(ends(110), 10);
  begins(111);
  assert.equal(ends(115), 10);
});

Deno.test("what a round could not finish counts from its arrival", () => {
  const { arrives, begins, ends } = made();
  arrives(100);
  begins(101);
  assert.equal(ends(110, false), undefined);
  arrives(120);
  begins(121);
  assert.equal(ends(200), 100);
});

Deno.test("a change without flows is not measured", () => {
  const { arrives, begins, ends } = made();
  arrives(100);
  begins(101);
  assert.equal(ends(102, true, false), undefined);
  begins(200);
  assert.equal(ends(201), undefined);
});
