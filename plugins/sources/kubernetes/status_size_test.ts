import assert from "node:assert/strict";
import { LIMITS } from "../../../core/api.ts";
import type { NodeStatusEntry } from "./node_status_entry.ts";
import { fitting, withTexts } from "./status_size.ts";

const entry = (index: number, text: string, realized = false): NodeStatusEntry => ({
  name: `tc-${index}`,
  observedGeneration: 1,
  realized,
  ...(!realized && { reason: "ResolverFailed", message: text }),
  conditions: [{ type: "ResolverFailed", message: text, cure: text }],
  pods: 1,
  ports: ["tap0"],
});
const many = (count: number, text: string, realized = false) =>
  Array.from({ length: count }, (_, index) => entry(index, text, realized));
const sizeOf = (value: unknown) => new TextEncoder().encode(JSON.stringify(value)).length;

Deno.test("a status of usual size says everything", () => {
  const entries = many(100, "short");
  assert.deepEqual(fitting(entries, true), { ready: "0/100", trafficControls: entries });
  assert.deepEqual(fitting(entries, false), {
    ready: "0/100",
    realizedTrafficControls: [],
    trafficControls: entries,
  });
});

Deno.test("one text of 250 KB is cut, and its length is shown", () => {
  const { trafficControls: [one] } = fitting([entry(1, "x".repeat(250_000))], false);
  assert.match(one!.message!, /^x{2200}\.\.\. \(250000 characters\)$/);
  assert.match(one!.conditions![0]!.cure!, /\(250000 characters\)$/);
});

const SIZES: readonly (readonly [what: string, count: number, text: string, form: RegExp])[] = [
  ["long texts", 60, "x".repeat(2200), /^x{100}\.\.\. \(2200 characters\)$/],
  [
    "long texts of several bytes each",
    40,
    "世".repeat(2200),
    /^世{100}\.\.\. \(2200 characters\)$/,
  ],
  ["many entries", 1000, "x".repeat(2200), /^ResolverFailed$/],
];

for (const [what, count, text, form] of SIZES) {
  Deno.test(`a status with ${what} fits, and has an entry for each TrafficControl`, () => {
    const { trafficControls, leftOut } = fitting(many(count, text), false);
    assert.ok(sizeOf(trafficControls) <= LIMITS.statusObject);
    assert.equal(trafficControls.length, count);
    assert.equal(leftOut, undefined);
    for (const { message } of trafficControls) assert.match(message!, form);
  });
}

Deno.test("of more entries than fit, realized ones are left out first, and their number is said", () => {
  const failed = many(500, "x");
  const entries = [
    ...many(5000, "x", true).map((each) => ({ ...each, name: `ok-${each.name}` })),
    ...failed,
  ];
  const { trafficControls, leftOut } = fitting(entries, true);
  assert.ok(sizeOf(trafficControls) <= LIMITS.statusObject);
  assert.equal(trafficControls.length + leftOut!, entries.length);
  assert.equal(trafficControls.filter(({ realized }) => !realized).length, failed.length);
});

const NOTHING_TO_SAY = { observedGeneration: 3, realized: true, pods: 2, ports: ["tap0"] };

Deno.test("what is realized and has no condition is only named, with its generation; the rest is said in full", () => {
  const warned = entry(1, "beware", true);
  const elsewhere = { ...NOTHING_TO_SAY, name: "last-good", pods: 0 };
  const all = [{ ...NOTHING_TO_SAY, name: "web" }, entry(2, "x"), warned, elsewhere];
  assert.deepEqual(fitting(all, false), {
    ready: "3/4",
    realizedTrafficControls: ["web/3"],
    trafficControls: [entry(2, "x"), warned, elsewhere],
  });
  assert.deepEqual(fitting(all, true), { ready: "3/4", trafficControls: all });
});

Deno.test("500 realized TrafficControls with names of 40 characters are told in less than 32 KB", () => {
  const name = (index: number) => `${"a-usual-name-of-a-mirror-for-one-team"}-${index}`;
  const all = Array.from({ length: 500 }, (_, index) => ({ ...NOTHING_TO_SAY, name: name(index) }));
  assert.ok(sizeOf(fitting(all, false)) < 32 * 1024);
});

Deno.test("of more names than fit, some are left out, and nothing that is not realized", () => {
  const name = (index: number) => `${"n".repeat(200)}-${index}`;
  const realized = Array.from(
    { length: 3000 },
    (_, index) => ({ ...NOTHING_TO_SAY, name: name(index) }),
  );
  const told = fitting([...realized, ...many(100, "x")], false);
  assert.ok(
    sizeOf(told.realizedTrafficControls) + sizeOf(told.trafficControls) <= LIMITS.statusObject,
  );
  assert.equal(told.trafficControls.length, 100);
  assert.equal(told.realizedTrafficControls!.length + told.leftOut!, 3000);
  assert.ok(told.leftOut! < 2000);
});

Deno.test("what another agent wrote is cut: texts, reasons, conditions, ports; and is made harmless", () => {
  const wrong = {
    ...entry(1, "\x1b[31m"),
    reason: "r".repeat(1000),
    conditions: Array.from({ length: 1000 }, () => ({ type: "t".repeat(1000), message: "m\n" })),
    ports: Array.from({ length: 1000 }, () => "p"),
  };
  const { reason, message, conditions, ports } = withTexts(wrong, LIMITS.statusText);
  assert.match(reason!, /^r{64}\.\.\. \(1000 characters\)$/);
  assert.equal(message, "\\u001b[31m");
  assert.equal(conditions!.length, LIMITS.statusConditions);
  assert.match(conditions![0]!.type, new RegExp(`^t{${LIMITS.statusReason}}\\.`));
  assert.equal(conditions![0]!.message, "m\\u000a");
  assert.equal(ports.length, LIMITS.statusPorts);
});
