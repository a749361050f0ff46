import { LIMITS } from "../base/limits.ts";
import assert from "node:assert/strict";
import type { AgentBridgeConfig } from "../agent/config.ts";
import {
  type Condition,
  condition,
  cureOf,
  isPlanned,
  type Reason,
  REASONS,
} from "../contracts/condition.ts";
import { type BridgeView, Cache, type InterfaceRow, type PortRow } from "../ovsdb/mod.ts";
import { type Finding, fromCondition } from "./check.ts";
import { examine } from "./checks.ts";
import type { Facts } from "./facts.ts";
import { ifKnown, known, unknown } from "./known.ts";
import { MTU } from "./mtu.ts";

const NOT_ASKED = unknown("the test does not ask");
const RUNNING = {
  state: "running",
  bridges: ["br0"],
  unready: [],
  conditions: [],
  controls: [],
  sensors: [],
  redirects: [],
  plugins: [],
} as const;
const FACTS: Facts = {
  config: { bridge: "br0", listen: "127.0.0.1:10360" } as AgentBridgeConfig,
  bridges: ["br0"],
  pipeline: { tables: { first: 200, count: 9 } } as Facts["pipeline"],
  uid: 0,
  ovsdbSocket: { address: "unix:db.sock", state: "answers" },
  otherSockets: [],
  database: NOT_ASKED,
  bridge: NOT_ASKED,
  isLocked: NOT_ASKED,
  openflowSocket: NOT_ASKED,
  protocols: NOT_ASKED,
  flows: NOT_ASKED,
  agent: { ...RUNNING },
  controls: NOT_ASKED,
  now: Date.UTC(2026, 6, 1),
  configFile: NOT_ASKED,
  source: NOT_ASKED,
  defaultDevice: NOT_ASKED,
  suricata: [],
  mtuOf: () => undefined,
};

const find = (facts: Partial<Facts>, check: string) =>
  examine({ ...FACTS, ...facts }).filter((finding) => finding.check === check);
const said = (facts: Partial<Facts>, check: string) =>
  find(facts, check).map(({ level, message }) => `${level}: ${message}`);

Deno.test("a check whose subject is not known is skipped, with the reason", () => {
  const skipped = examine(FACTS).filter(({ level }) => level === "skipped");
  assert.ok(skipped.length > 10);
  for (const { message } of skipped) {
    assert.equal(message, "not looked at, because the test does not ask");
  }
});

Deno.test("what follows from a fact is known if the fact is known", () => {
  const half = (value: number) => known(value / 2);
  assert.deepEqual(ifKnown(known(4), half), known(2));
  assert.deepEqual(ifKnown(known(4), () => unknown("odd")), unknown("odd"));
  assert.deepEqual(ifKnown(NOT_ASKED, half), NOT_ASKED);
});

/** An OVSDB whose bridge has a note, if one is given. */
function noted(note?: string) {
  const cache = new Cache();
  const ids = note === undefined ? [] : [["sluice-agent", note]];
  cache.apply({ Bridge: { b: { initial: { name: "br0", external_ids: ["map", ids] } } } });
  return known(cache);
}
const NOTE = "host=n1 pid=12 since=2026-11-26T16:00:00.000Z";
const BY_NOTE = 'the agent with process 12 on host "n1", which runs since 2026-11-26T16:00:00.000Z';

Deno.test.each<[string, Partial<Facts>, string]>([
  [
    "an agent has it",
    { isLocked: known(true), database: noted(NOTE) },
    `is in the hands of ${BY_NOTE}`,
  ],
  [
    "an agent has it that has not written its note",
    { isLocked: known(true), database: noted() },
    "is in the hands of an agent that has not said yet who it is",
  ],
  [
    "an agent had it that was killed",
    { isLocked: known(false), database: noted(NOTE), agent: { state: "silent" } },
    `the last one was ${BY_NOTE}`,
  ],
  [
    "the agent of an earlier version works on it",
    { isLocked: known(false), database: noted() },
    "without the bridge's lock",
  ],
  [
    "another program has written the note",
    { isLocked: known(true), database: noted("x\u001b[2J") },
    String.raw`the agent "x\u001b[2J"`,
  ],
])("whose the bridge is when %s", (_, facts, expected) => {
  const [line] = said(facts, "holder");
  assert.ok(line?.includes(expected), line ?? "nothing");
});

Deno.test("a clock that has never been set", () => {
  assert.deepEqual(said({ now: 0 }, "clock"), [
    "problem: The clock has not been set: 1970-01-01T00:00:00.000Z",
  ]);
});

Deno.test.each<[string, Facts["agent"], string]>([
  [
    "no agent",
    { state: "absent", error: "refused" },
    'warning: No agent answers at "127.0.0.1:10360" (refused)',
  ],
  [
    "silent",
    { state: "silent" },
    'problem: The agent at "127.0.0.1:10360" gives no answer in time',
  ],
  [
    "another server",
    { state: "stranger" },
    'problem: What answers at "127.0.0.1:10360" is no agent of Sluice\'s',
  ],
  [
    "not ready",
    { ...RUNNING, bridges: ["br0"], unready: ["why"] },
    "problem: The agent is not ready: why",
  ],
])("the agent: %s", (_, agent, expected) => {
  assert.deepEqual(said({ agent }, "agent"), [expected]);
});

Deno.test("if OVSDB's socket is missing, the cure names another one that exists", () => {
  const [finding] = find({
    ovsdbSocket: { address: "unix:/a", state: "missing" },
    otherSockets: ["unix:/b"],
  }, "ovsdb-socket") as [Finding];
  assert.equal(finding.cure, "give --ovsdb unix:/b");
});

/** A port of a bridge, with the columns that its MTU depends on. */
function port(name: string, row: Partial<InterfaceRow>, external_ids = {}) {
  const portRow = {
    name,
    interfaces: [`uuid of ${name}`],
    external_ids,
    other_config: {},
    trunks: [],
    protected: false,
  } as unknown as PortRow;
  const more = { name, type: "", options: {}, external_ids: {}, status: {}, ...row };
  return [name, { row: portRow, interfaces: [more as InterfaceRow] }] as const;
}

Deno.test("ports of Sluice whose MTU is smaller than the bridge's", () => {
  const mark = { sluice: "1" };
  const tunnel = {
    type: "vxlan",
    options: { remote_ip: "192.0.2.1" },
    status: { tunnel_egress_iface: "nic0" },
  };
  const ports = new Map([
    port("p1", { mtu: 1500 }),
    port("v0", tunnel, mark),
    port("d0", { mtu: 1400 }, mark),
  ]);
  const bridge = known({ ports, row: { datapath_type: "netdev" } } as unknown as BridgeView);
  const at = (underlay: number) =>
    MTU.flatMap((check) => check({ ...FACTS, bridge, mtuOf: () => underlay }));
  assert.deepEqual(at(1500).map(({ level, cure }) => `${level}: ${cure}`), [
    "warning: raise its MTU",
    'warning: run "ip link set d0 mtu 1500"',
  ]);
  assert.deepEqual(at(1550).map(({ cure }) => cure), [
    'run "ip link set d0 mtu 1500"',
  ]);
});

Deno.test("a condition is said with its cure apart, whatever colons are in it", () => {
  assert.deepEqual(fromCondition(condition("Conflict", "It is: so", "do: that")), {
    level: "problem",
    message: "It is: so",
    cure: "do: that",
  });
  assert.deepEqual(fromCondition(condition("Conflict", "It is: so"), "warning"), {
    level: "warning",
    message: "It is: so",
  });
});

const HINDERING = (Object.keys(REASONS) as Reason[]).filter((reason) => !isPlanned({ reason }));
Deno.test.each(HINDERING)(
  "a TrafficControl with the condition %s is a finding of its own, with a cure",
  (reason) => {
    const of = (name: string, message: string, more: Partial<Condition> = {}) => ({
      name,
      conditions: [{ reason, message, ...more }],
    });
    const controls = known([
      of("a", "It is so", { cure: "do that" }),
      of("b", "It is so", { cure: "do that" }),
      of("c", "It is otherwise"),
      of("d", "It is a pity", { warning: true }),
      { name: "e", conditions: [] },
    ]);
    const found = find({ controls }, "controls");
    const level = reason === "Superseded" ? "warning" : "problem";
    assert.deepEqual(found.map(({ level, message }) => `${level}: ${message}`), [
      `${level}: TrafficControls "a", "b": ${reason}: It is so`,
      `${level}: TrafficControl "c": ${reason}: It is otherwise`,
      `warning: TrafficControl "d": ${reason}: It is a pity`,
    ]);
    assert.equal(found[0]!.cure, "do that");
    // Most reasons always come with a cure of their own: core/report/cures_test.ts.
    assert.equal(found[1]!.cure, cureOf({ reason }));
    // What stops the whole bridge is found once, not for each TrafficControl.
    const conditions = [{ reason, message: "It is otherwise" }];
    const agent = { ...RUNNING, conditions, unready: ["It is otherwise"] };
    assert.equal(find({ controls, agent }, "controls").length, 2);
    assert.deepEqual(said({ controls, agent }, "agent"), [
      `problem: The agent writes nothing to the bridge: ${reason}: It is otherwise`,
    ]);
  },
);

Deno.test("without conditions, nothing hinders the TrafficControls; a refused plugin file is a problem", () => {
  const conditions = [{ reason: "Expired" as const, message: "It ended" }];
  const controls = known([{ name: "a", conditions: [] }, { name: "b", conditions }]);
  assert.deepEqual(said({ controls }, "controls"), [
    "ok: Nothing hinders any of 2 TrafficControls",
  ]);
  const agent = { ...RUNNING, plugins: ['Plugin "/p/a.ts" is refused: hangs'] };
  assert.deepEqual(said({ agent }, "agent"), ['problem: Plugin "/p/a.ts" is refused: hangs']);
});

Deno.test("a finding names some TrafficControls, and counts the others", () => {
  const conditions = [{ reason: "Conflict" as const, message: "It is so" }];
  const names = Array.from({ length: LIMITS.doctorNamed + 3 }, (_, index) => `tc${index}`);
  const controls = known(names.map((name) => ({ name, conditions })));
  const [finding] = said({ controls }, "controls");
  assert.match(
    finding!,
    /^problem: TrafficControls "tc0", .*"tc4" and 3 more: Conflict: It is so$/,
  );
});
