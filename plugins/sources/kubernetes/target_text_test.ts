import assert from "node:assert/strict";
import { portTexts } from "./target_text.ts";

const TOLD: readonly [unknown, object][] = [
  [{ targetPort: { vxlan: { vni: 7, remoteIP: "10.0.10.2" } } }, { target: "vxlan:10.0.10.2" }],
  [
    {
      targetPort: { ovsInternal: { name: "tap0" } },
      returnPort: { ovsInternal: { name: "tap1" } },
    },
    { target: "ovsInternal:tap0", return: "ovsInternal:tap1" },
  ],
  [
    { targetPort: { device: { name: "eth1" } }, additionalPorts: [{}, {}] },
    { target: "device:eth1,+2" },
  ],
  [{ targetPort: { patch: { number: 1 } } }, { target: "patch" }],
  [{ targetPort: { device: { name: "a\u001b[2J" } } }, { target: "device:a\\u001b[2J" }],
  [{ action: "Drop" }, {}],
  [{ targetPort: {} }, {}],
  [{ targetPort: "text", returnPort: null, additionalPorts: 7 }, {}],
  [undefined, {}],
];
Deno.test.each(TOLD)(
  "ports of %o in words: %o",
  (spec, expected) => assert.deepEqual(portTexts(spec), expected),
);
