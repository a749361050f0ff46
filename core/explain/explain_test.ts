/** Explanations of Pods and TrafficControls on a small node: what they say is what the model does. */
import assert from "node:assert/strict";
import { internal, mirror, redirect } from "../model/testing/fixtures.ts";
import type { Control } from "../objects/types.ts";
import type { PodExplanation } from "./explanation.ts";
import { AskedNode, MAC, made, nodeWith, selecting } from "./testing/asked_node.ts";

const outcomes = ({ trafficControls }: PodExplanation) =>
  Object.fromEntries(trafficControls.map(({ name, outcome }) => [name, outcome]));

Deno.test("a Pod: TrafficControls that select it, the label that differs of others, and what is done", () => {
  const it = nodeWith("tap0");
  it.model.setControl(made(mirror("m", "1", "tap0"), { appliedTo: selecting("web") }));
  it.model.setControl(made(mirror("other", "2", "tap0"), { appliedTo: selecting("db") }));
  it.model.setControl(made(mirror("none", "3", "tap0"), { appliedTo: {} }));
  it.round();
  const explanation = it.podA();
  assert.deepEqual(outcomes(explanation), {
    m: "in effect",
    none: "not selected",
    other: "not selected",
  });
  const other = explanation.trafficControls.find(({ name }) => name === "other")!;
  assert.deepEqual(other.differs.map(({ message }) => message), [
    "wanted app=db, the Pod has app=web",
  ]);
  const [port] = explanation.ports;
  assert.deepEqual([port!.name, port!.ofport, port!.macs, port!.bridge], ["a", 1, [MAC], "br0"]);
  assert.deepEqual(port!.directions.map(({ does }) => does), [
    ['a copy to tap0, for "m"'],
    ['a copy to tap0, for "m"'],
  ]);
});

Deno.test("two TrafficControls that ask for one copy are both named, and both in effect", () => {
  const it = nodeWith("tap0");
  for (const name of ["m1", "m2"]) {
    it.model.setControl(made(mirror(name, name, "tap0"), { appliedTo: selecting("web") }));
  }
  it.round();
  const explanation = it.podA();
  assert.deepEqual(outcomes(explanation), { m1: "in effect", m2: "in effect" });
  assert.deepEqual(explanation.ports[0]!.directions[0]!.does, [
    'a copy to tap0, for "m1" and "m2"',
  ]);
});

const at = (day: number) => ({ creationTimestamp: `2026-01-0${day}T00:00:00Z` });
/** Fields of the redirect that wins and of the other one, and why it wins. */
const RULES: readonly [string, Partial<Control>, Partial<Control>, RegExp][] = [
  [
    "priority",
    { priority: 1, rank: "1" },
    { priority: 5, rank: "5" },
    /its priority 1 is lower than 5/,
  ],
  [
    "age",
    { rank: "1", object: at(1) as never },
    { rank: "2", object: at(2) as never },
    /it is older: created 2026-01-01T00:00:00Z, the other one 2026-01-02T00:00:00Z/,
  ],
  [
    "no age",
    { rank: "1" },
    { rank: "2", object: at(2) as never },
    /it has no time of creation, as objects in files do, and counts as older/,
  ],
  ["name", { rank: "1" }, { rank: "2" }, /both are of the same age, and its name sorts first/],
];
for (const [rule, first, second, why] of RULES) {
  Deno.test(`of two redirects one wins, and the rule is named: ${rule}`, () => {
    const it = nodeWith("t0", "t1", "t2", "t3");
    const add = (control: Control, { object, ...more }: Partial<Control>) =>
      it.model.setControl(
        made({ ...control, ...more }, { appliedTo: selecting("web"), ...object }),
      );
    add(redirect("second", "2", ["t2", "t3"]), second);
    add(redirect("first", "1", ["t0", "t1"]), first);
    it.round();
    const explanation = it.podA();
    assert.deepEqual(outcomes(explanation), { first: "in effect", second: "superseded" });
    const [sent] = explanation.ports[0]!.directions;
    assert.deepEqual(sent!.does, ['redirected through t0 and back by t1, for "first"']);
    assert.match(sent!.decisions.join("\n"), /^"first" comes before "second": /);
    assert.match(sent!.decisions.join("\n"), why);
    const { conditions } = explanation.trafficControls.at(-1)!;
    assert.deepEqual(conditions.map(({ reason }) => reason), ["Superseded"]);
    assert.ok(conditions[0]!.cure);
  });
}

Deno.test("a chain is told in its order", () => {
  const it = nodeWith("t0", "t1", "t2", "t3");
  const add = (name: string, order: number, pair: readonly [string, string]) => {
    const control = redirect(name, name, pair);
    const hops = control.treatment.hops!.map((hop) => ({ ...hop, scope: { chainOrder: order } }));
    it.model.setControl(
      made({ ...control, treatment: { hops } }, { appliedTo: selecting("web") }),
    );
  };
  add("b", 1, ["t0", "t1"]);
  add("a", 2, ["t2", "t3"]);
  it.round();
  const [sent, received] = it.podA().ports[0]!.directions;
  const [b, a] = ['"b" (chainOrder 1)', '"a" (chainOrder 2)'];
  assert.deepEqual(sent!.decisions, [`a chain, in this order: ${b}, then ${a}`]);
  assert.deepEqual(received!.decisions, [`a chain, in this order: ${a}, then ${b}`]);
});

Deno.test("what hinders a TrafficControl at a Pod is its outcome, with the condition and a cure", () => {
  const it = nodeWith("tap0");
  const web = { appliedTo: selecting("web") };
  it.model.setControl(made(mirror("first", "1", "tap0"), web));
  it.model.setControl(made(redirect("conflict", "2", ["tap0", "tap9"]), web));
  const past = { period: { until: 0 } };
  it.model.setControl(made({ ...mirror("over", "3", "tap0"), ...past }, web));
  it.model.setControl(made(mirror("waiting", "4", "nowhere"), web));
  it.model.setControl({ ...made(mirror("in", "5", "tap0"), web), directions: [] });
  it.round();
  const explanation = it.podA();
  assert.deepEqual(outcomes(explanation), {
    first: "in effect",
    conflict: "refused",
    over: "planned",
    waiting: "waits",
    in: "nothing",
  });
  const reasons = explanation.trafficControls.map(({ name, conditions }) =>
    [name, conditions.map(({ reason }) => reason).join()] as const
  );
  assert.deepEqual(reasons.filter(([, text]) => text), [["conflict", "Conflict"], [
    "over",
    "Expired",
  ]]);
  const cures = explanation.trafficControls.flatMap(({ conditions }) => conditions)
    .map(({ cure }) => cure);
  assert.ok(cures.every((cure) => cure), JSON.stringify(cures));
});

Deno.test("a Pod on no port says so, and so do TrafficControls that select it", () => {
  const it = new AskedNode();
  it.model.useResolvers([{ name: "none", docs: "", resolve: () => [] }]);
  it.pod("a", MAC, { app: "web" });
  it.port("tap0");
  it.model.setControl(made(mirror("m", "1", "tap0"), { appliedTo: selecting("web") }));
  it.round();
  const explanation = it.podA();
  assert.deepEqual(explanation.ports, []);
  assert.deepEqual(explanation.conditions.map(({ reason }) => reason), ["NoPort"]);
  assert.deepEqual(outcomes(explanation), { m: "no port" });
  assert.deepEqual(it.controlNamed("m").selected, [{
    pod: "default/a",
    outcome: "no port",
    ports: [],
  }]);
});

Deno.test("flows of a Pod's port are those that the model wants for it alone", () => {
  const it = nodeWith("tap0");
  it.pod("b", "0a:00:00:00:00:0b", { app: "web" });
  it.model.setControl(made(mirror("m", "1", "tap0"), { appliedTo: selecting("web") }));
  it.round();
  const desired = it.model.flows.desired();
  const [port] = it.podA().ports;
  assert.ok(port!.flows.length > 0 && port!.sharedFlows > 0);
  for (const { flow, isThere } of port!.flows) {
    assert.match(flow, new RegExp(`in_port=1\\b|${MAC}`));
    assert.equal(isThere, false);
  }
  it.model.flows.observe(desired);
  assert.ok(it.podA().ports[0]!.flows.every(({ isThere }) => isThere));
  const { flows, podFlows } = it.controlNamed("m");
  assert.equal(podFlows, 2 * port!.flows.length);
  assert.ok(flows.length > 0 && flows.every(({ isThere }) => isThere));
  it.model.flows.observe(desired.map((flow) => ({ ...flow, actions: [] })));
  assert.ok(it.podA().ports[0]!.flows.some(({ isThere }) => !isThere), "with other actions");
});

Deno.test("a TrafficControl: its Pods, the others with what differs, and who else uses its ports", () => {
  const it = nodeWith("tap0");
  it.pod("b", "0a:00:00:00:00:0b", { app: "db", tier: "1" });
  it.pod("c", "0a:00:00:00:00:0c");
  const strict = { podSelector: { matchLabels: { app: "web" } } };
  it.model.setControl(made(mirror("m", "1", "tap0"), { appliedTo: strict }));
  it.model.setControl(made(mirror("n", "2", "tap0"), { appliedTo: selecting("no") }));
  it.model.setControl(made(redirect("r", "3", ["tap0", "tap9"]), { appliedTo: selecting("no") }));
  it.round();
  const { selected, notSelected, ports, requires, realized } = it.controlNamed("m");
  assert.deepEqual(selected, [{ pod: "default/a", outcome: "in effect", ports: ["a"] }]);
  assert.deepEqual(notSelected.map(({ pod, differs }) => [pod, differs.map((d) => d.message)]), [
    ["default/b", ["wanted app=web, the Pod has app=db"]],
    ["default/c", ["wanted app=web, the Pod has no label app"]],
  ]);
  assert.deepEqual(requires, ["Pods with app=web"]);
  assert.equal(realized, true);
  assert.deepEqual(ports, [{
    bridge: "br0",
    name: "tap0",
    role: "target",
    type: internal("tap0").type,
    ofport: 2,
    isReady: true,
    others: [{ name: "n", isRefused: false }, { name: "r", isRefused: true }],
  }]);
});

Deno.test("a refused TrafficControl without a last good state is explained by what is wrong with it", () => {
  const it = nodeWith();
  it.invalid.set("bad", [{ reason: "Invalid", message: "/spec: no" }]);
  const { action, conditions, selected } = it.controlNamed("bad");
  assert.deepEqual([action, selected], ["", []]);
  assert.deepEqual(conditions.map(({ reason, cure }) => [reason, typeof cure]), [[
    "Invalid",
    "string",
  ]]);
});
