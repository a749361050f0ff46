import assert from "node:assert/strict";
import fc from "fast-check";
import { EventText } from "./event_text.ts";

Deno.test("events are the same however the text is cut into pieces", () => {
  const data = fc.json();
  const event = fc.record({ type: fc.constantFrom("state", "change", "problem"), data });
  fc.assert(fc.property(fc.array(event), fc.array(fc.nat(200)), (events, cuts) => {
    const text = events.map(({ type, data }) => `event: ${type}\ndata: ${data}\n\n`).join("");
    const places = [0, ...cuts.map((cut) => cut % (text.length + 1)).sort((a, b) => a - b)];
    const reader = new EventText();
    const read = places.flatMap((place, index) =>
      reader.take(text.slice(place, places[index + 1]))
    );
    assert.deepEqual(read, events.map(({ type, data }) => ({ type, data: data.trimStart() })));
  }));
});
