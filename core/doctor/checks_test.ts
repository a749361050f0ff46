import assert from "node:assert/strict";
import type { AgentConfig } from "../agent/config.ts";
import { condition } from "../contracts/condition.ts";
import type { BridgeView, InterfaceRow, PortRow } from "../ovsdb/mod.ts";
import { type Finding, fromCondition, known, unknown } from "./check.ts";
import { examine } from "./checks.ts";
import type { Facts } from "./facts.ts";
import { MTU } from "./mtu.ts";

const NOT_ASKED = unknown("nobody asked");
const FACTS: Facts = {
  config: { bridge: "br0", listen: "127.0.0.1:10360" } as AgentConfig,
  pipeline: { tables: { first: 200, count: 9 } } as Facts["pipeline"],
  uid: 0,
  ovsdbSocket: { address: "unix:db.sock", state: "answers" },
  otherSockets: [],
  database: NOT_ASKED,
  bridge: NOT_ASKED,
  openflowSocket: NOT_ASKED,
  protocols: NOT_ASKED,
  flows: NOT_ASKED,
  agent: { state: "running", bridge: "br0", unready: [] },
  now: Date.UTC(2026, 6, 1),
  configFile: NOT_ASKED,
  source: NOT_ASKED,
  defaultDevice: NOT_ASKED,
  mtuOf: () => undefined,
};

const find = (facts: Partial<Facts>, check: string) =>
  examine({ ...FACTS, ...facts }).filter((finding) => finding.check === check);
const said = (facts: Partial<Facts>, check: string) =>
  find(facts, check).map(({ level, message }) => `${level}: ${message}`);

Deno.test("what is not known is not judged, and why not is said", () => {
  const skipped = examine(FACTS).filter(({ level }) => level === "skipped");
  assert.ok(skipped.length > 10);
  for (const { message } of skipped) assert.equal(message, "not looked at, because nobody asked");
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
    "somebody else",
    { state: "stranger" },
    'problem: What answers at "127.0.0.1:10360" is no agent of Sluice\'s',
  ],
  [
    "not ready",
    { state: "running", bridge: "br0", unready: ["why"] },
    "problem: The agent is not ready: why",
  ],
])("the agent: %s", (_, agent, expected) => {
  assert.deepEqual(said({ agent }, "agent"), [expected]);
});

Deno.test("another socket of OVSDB's that is there is named", () => {
  const [finding] = find({
    ovsdbSocket: { address: "unix:/a", state: "missing" },
    otherSockets: ["unix:/b"],
  }, "ovsdb-socket") as [Finding];
  assert.equal(finding.cure, "give --ovsdb unix:/b");
});

/** A port of a bridge, with what matters to its MTU. */
function port(name: string, row: Partial<InterfaceRow>, external_ids = {}) {
  const portRow = { name, external_ids, trunks: [], protected: false } as unknown as PortRow;
  const more = { name, type: "", options: {}, external_ids: {}, status: {}, ...row };
  return [name, { row: portRow, interfaces: [more as InterfaceRow] }] as const;
}

Deno.test("ports of ours that are too small for the bridge's packets", () => {
  const ours = { sluice: "1" };
  const tunnel = {
    type: "vxlan",
    options: { remote_ip: "192.0.2.1" },
    status: { tunnel_egress_iface: "nic0" },
  };
  const ports = new Map([
    port("p1", { mtu: 1500 }),
    port("v0", tunnel, ours),
    port("d0", { mtu: 1400 }, ours),
  ]);
  const bridge = known({ ports } as unknown as BridgeView);
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
