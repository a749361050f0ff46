/** The table of `sluice top`. */
import assert from "node:assert/strict";
import { NO_COLOURS } from "./colour.ts";
import type { Movement } from "./top_rates.ts";
import { shortNumber, topText } from "./top_table.ts";

const rate = (packetsPerSecond: number, bytesPerSecond: number) => ({
  packets: 0,
  bytes: 0,
  packetsPerSecond,
  bytesPerSecond,
});
const BASE = { by: "tc" as const, node: "node1", isSeveral: false, interval: 2000, troubles: [] };
const PLAIN = { width: undefined, colours: NO_COLOURS };

Deno.test.each<[number, string]>([
  [0, "0"],
  [0.04, "0.0"],
  [3.25, "3.3"],
  [10, "10"],
  [9999, "9999"],
  [12_345, "12.3k"],
  [999_999, "1.0M"],
  [1.25e9, "1.3G"],
])("the number %d is shown as %s", (value, text) => {
  assert.equal(shortNumber(value), text);
});

Deno.test("columns are there for what is done, and a dash where this one does not do it", () => {
  const movements: Movement[] = [
    { subject: { trafficControl: "m" }, copied: rate(1200, 98_000) },
    { subject: { trafficControl: "r" }, dropped: rate(0.5, 49) },
  ];
  assert.equal(
    topText({ ...BASE, movements }, PLAIN),
    [
      "Node node1, per second, over 2.0 s",
      "",
      "TRAFFICCONTROL   COPIED/S   BYTES/S   DROPPED/S   BYTES/S",
      "m                    1200     98.0k           -         -",
      "r                       -         -         0.5        49",
      "",
    ].join("\n"),
  );
});

Deno.test("a port is shown with its number and its users, and with its bridge if there are several", () => {
  const subject = { bridge: "br0", port: "tap0", ofport: 7, trafficControls: ["a", "b"] };
  const movements: Movement[] = [{ subject, sent: rate(1, 2), received: rate(0, 0) }];
  const shown = { ...BASE, by: "port" as const, movements };
  assert.match(topText(shown, PLAIN), /^tap0 +7 +a,b +1\.0 +2\.0 +0 +0$/m);
  const text = topText({ ...shown, isSeveral: true }, PLAIN);
  assert.match(text, /^BRIDGE +PORT +OFPORT +TRAFFICCONTROLS +SENT\/S +BYTES\/S +RECEIVED\/S/m);
  assert.match(text, /^br0 +tap0 /m);
});

Deno.test("with nothing to show it says so, and what could not be read", () => {
  const text = topText({ ...BASE, movements: [], troubles: ["Bridge br0 is silent"] }, PLAIN);
  assert.match(text, /^Bridge br0 is silent$/m);
  assert.match(text, /^No TrafficControl copies, redirects or drops packets on this node\.$/m);
});

Deno.test("on a narrow terminal each line fits", () => {
  const subject = { namespace: "a-long-namespace", pod: "a-pod-with-a-long-name-7f9c" };
  const movements: Movement[] = [{ subject, sent: rate(1, 2), received: rate(3, 4) }];
  const text = topText({ ...BASE, by: "pod", movements }, { ...PLAIN, width: 60 });
  for (const line of text.split("\n")) assert.ok(line.length <= 60, line);
  assert.match(text, /^a-long-\S*… /m);
});
