/** Option `failureMode`: its values, its forms, its effect. */
import assert from "node:assert/strict";
import { DEFAULT_PROBE } from "../../core/api.ts";
import { judge } from "./testing/judge.ts";

const ANNOTATION = "sluice.dev/failure-mode";
const OPEN = { failureMode: "Open" };
/** Only probes tell that a sensor hangs, so there are some. */
const PROBED = { ...OPEN, healthProbe: DEFAULT_PROBE };

Deno.test.each<[...Parameters<typeof judge>, wanted: ReturnType<typeof judge>]>([
  ["Redirect", {}, {}, undefined],
  ["Redirect", OPEN, {}, PROBED],
  ["Redirect", { failureMode: "Closed" }, {}, undefined],
  ["Redirect", {}, { [ANNOTATION]: "Open" }, PROBED],
  ["Redirect", {}, { [ANNOTATION]: '"Open"' }, PROBED],
  ["Redirect", {}, { [ANNOTATION]: "Closed" }, undefined],
  ["Redirect", { failureMode: "Closed" }, { [ANNOTATION]: "Open" }, undefined],
  ["Redirect", { ...OPEN, healthProbe: { interval: "1s" } }, {}, {
    ...OPEN,
    healthProbe: { ...DEFAULT_PROBE, interval: 1000 },
  }],
  ["Redirect", { failureMode: "open" }, {}, [
    '/spec/failureMode: must be one of Closed, Open: is "open"',
  ]],
  ["Redirect", { failureMode: true }, {}, [
    "/spec/failureMode: must be one of Closed, Open: is true",
  ]],
  ["Redirect", {}, { [ANNOTATION]: "true" }, [
    "/metadata/annotations/sluice.dev~1failure-mode: must be one of Closed, Open: is true",
  ]],
  ["Mirror", OPEN, {}, ["/spec/failureMode: must be absent for action Mirror"]],
  ["Mirror", {}, { [ANNOTATION]: "Closed" }, [
    "/metadata/annotations/sluice.dev~1failure-mode: must be absent for action Mirror",
  ]],
])("failureMode: %s with %o and annotations %o", (action, spec, annotations, wanted) => {
  assert.deepEqual(judge(action, spec, annotations), wanted);
});
