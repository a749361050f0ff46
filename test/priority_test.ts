/** Several redirects of one Pod: the priority says which of them is in effect, on real packets. */
import assert from "node:assert/strict";
import { ADDITIONAL_PORTS, annotationOf } from "../core/objects/forms.ts";
import type { State } from "../core/report/state.ts";
import { options } from "../plugins/mod.ts";
import { app, internal, podObject, sluice, type TestAgent, trafficControl } from "./lab/agent.ts";
import { flowAges, Lab, ofport } from "./lab/lab.ts";
import { eventually, type PrivateOvs } from "./lab/ovs.ts";
import type { TestPod } from "./lab/pod.ts";
import { Stream } from "./lab/stream.ts";
import { type Counter, expectFlow } from "./lab/traffic.ts";
import { bridgeWire, Echo } from "./lab/wire.ts";
import { FlowWitness } from "./lab/witness.ts";

type Metadata = Readonly<Record<string, unknown>>;
const PAIRS = { a: ["tap0", "tap1"], b: ["tap2", "tap3"] } as const;
type Name = keyof typeof PAIRS;
const NAMES = ["a", "b"] as const;

/** A redirect through the pair of its name. */
const redirect = (name: Name, spec: Metadata = {}, metadata: Metadata = {}) =>
  trafficControl(name, {
    appliedTo: app("web"),
    direction: "Both",
    action: "Redirect",
    targetPort: internal(PAIRS[name][0]),
    returnPort: internal(PAIRS[name][1]),
    ...spec,
  }, metadata);
const annotated = (value: string) => ({ annotations: { "sluice.dev/priority": value } });
const [OLD, YOUNG] = ["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"].map((creationTimestamp) => ({
  creationTimestamp,
}));

/** None while an agent that has just started does not know the TrafficControl yet. */
const conditionsOf = ({ trafficControls }: State, name: Name) =>
  trafficControls.find((each) => each.name === name)?.conditions ?? [];

/** The other one is `Superseded`, and the Pod's packets go through the winner's pair. */
function wins(agent: TestAgent, winner: Name): Promise<State> {
  return agent.settled(`${winner} wins`, ({ trafficControls, pods: [pod] }) => {
    const loser = trafficControls.find(({ name }) => name !== winner);
    const ways = [pod?.ports[0]?.egress, pod?.ports[0]?.ingress];
    return trafficControls.find(({ name }) => name === winner)?.realized === true &&
      loser?.conditions.some(({ reason }) => reason === "Superseded") === true &&
      ways.every((way) => way?.redirect?.target === PAIRS[winner][0]);
  });
}

/** What was inside the pair when it was left has had its time to come home. */
async function isDrained(ovs: PrivateOvs, name: Name): Promise<void> {
  const fromReturn = new RegExp(`\\bin_port=${await ofport(ovs, PAIRS[name][1])}\\b`);
  await eventually(`pair ${name} drained`, async () => {
    const flows = [...(await flowAges(ovs)).keys()];
    return !flows.some((flow) => fromReturn.test(flow));
  });
}

/** Two Pods and a sensor in each pair, after both redirects have been there once. */
async function start(
  wire: (ovs: PrivateOvs, ends: readonly [string, string]) => unknown = bridgeWire,
) {
  const lab = await Lab.start(2);
  const [p1, p2] = lab.pods as [TestPod, TestPod];
  await lab.agent.write("pods.yaml", podObject(p1, { app: "web" }), podObject(p2, {}));
  for (const name of NAMES) await lab.agent.write(`${name}.yaml`, redirect(name));
  await wins(lab.agent, "a");
  for (const pair of Object.values(PAIRS)) await wire(lab.ovs, pair);
  const sensors = { a: lab.atDevice("tap0"), b: lab.atDevice("tap2") };
  const [at1, at2] = [lab.at(p1), lab.at(p2)];
  /** Every packet of both directions goes once through the winner's sensor, and through no other. */
  const seenBy = async (winner: Name) => {
    const expected = (at: Counter, not: Counter) =>
      [[at, 1], [not, 0], ...NAMES.map((name) => [sensors[name], name === winner ? 1 : 0])] as [
        Counter,
        number,
      ][];
    await expectFlow({ from: p1, to: p2 }, expected(at2, at1));
    await expectFlow({ from: p2, to: p1, version: 6 }, expected(at1, at2));
  };
  const stream = new Stream({ from: p1, to: p2 }, at2, Object.values(sensors));
  return { lab, agent: lab.agent, stream, seenBy };
}

const byAge = (winner: Name) => `The older TrafficControl "${winner}" redirects Pod "default/p1"`;
const byPriority = (winner: Name, its: number, own: number) =>
  `TrafficControl "${winner}" with priority ${its} redirects Pod "default/p1"; ` +
  `this one has priority ${own}`;

/** The objects, who wins, and what is said of the other one. */
const ORDERS: readonly [what: string, a: object, b: object, winner: Name, said: string][] = [
  ["no priority: the name", redirect("a"), redirect("b"), "a", byAge("a")],
  ["no priority: the age", redirect("a", {}, YOUNG), redirect("b", {}, OLD), "b", byAge("b")],
  [
    "the lower one, against name and age",
    redirect("a", { priority: 501 }, OLD),
    redirect("b", {}, YOUNG),
    "b",
    byPriority("b", 500, 501),
  ],
  [
    "the lower one, by number and not by digits",
    redirect("a", { priority: 1000 }, OLD),
    redirect("b", { priority: 99 }, YOUNG),
    "b",
    byPriority("b", 99, 1000),
  ],
  [
    "the lower one, that is older, too",
    redirect("a", { priority: 0 }, OLD),
    redirect("b", { priority: 1 }, YOUNG),
    "a",
    byPriority("a", 0, 1),
  ],
  [
    "equal ones: the age",
    redirect("a", { priority: 7 }, YOUNG),
    redirect("b", { priority: 7 }, OLD),
    "b",
    byAge("b"),
  ],
  [
    "an annotation",
    redirect("a", {}, { ...OLD, ...annotated("600") }),
    redirect("b", {}, YOUNG),
    "b",
    byPriority("b", 500, 600),
  ],
];

Deno.test("of two redirects of a Pod the one with the lower priority has it, whatever age and name; a restart touches no flow", async (t) => {
  const { lab, agent, seenBy } = await start();
  await using _ = lab;
  for (const [what, a, b, winner, said] of ORDERS) {
    await t.step(what, async () => {
      await agent.write("a.yaml", a);
      await agent.write("b.yaml", b);
      const loser = winner === "a" ? "b" : "a";
      const state = await agent.settled(
        what,
        (state) => conditionsOf(state, loser).some(({ message }) => message === said),
      );
      assert.deepEqual(conditionsOf(state, winner), []);
      assert.deepEqual(conditionsOf(state, loser), [{ reason: "Superseded", message: said }]);
      await wins(agent, winner);
      await seenBy(winner);
    });
  }
  await t.step("after a restart, too", async () => {
    await isDrained(lab.ovs, "a");
    await using witness = await FlowWitness.start(lab.ovs);
    const before = await flowAges(lab.ovs);
    await agent.kill();
    agent.startAgain();
    await wins(agent, "b");
    await seenBy("b");
    await witness.caughtUp();
    assert.deepEqual(witness.ours, []);
    assert.deepEqual([...(await flowAges(lab.ovs)).keys()].sort(), [...before.keys()].sort());
  });
  await t.step("the winner goes: the other one has the Pod", async () => {
    await agent.delete("b.yaml");
    await agent.realized("a");
    await seenBy("a");
  });
});

/** The priority of `b`, while `a` has 500; and who wins then. */
const CHANGES: readonly (readonly [number, Name])[] = [[499, "b"], [501, "a"], [0, "b"], [
  1000,
  "a",
]];
/** Milliseconds that a slow sensor keeps each frame: several hundred are inside when its pair is left. */
const HOLD = 300;

Deno.test("the priority changes under 1,000 packets/s: the packets go through the other pair, none is lost, none comes or is seen twice", async (t) => {
  const { lab, agent, stream, seenBy } = await start();
  await using _ = lab;
  for (const [priority, winner] of CHANGES) {
    await t.step(`to ${priority}`, async () => {
      await stream.goesOn("all", async () => {
        await agent.write("b.yaml", redirect("b", { priority }));
        await wins(agent, winner);
      });
      await seenBy(winner);
    });
  }
});

Deno.test(`the same with sensors that hold each frame for ${HOLD} ms: what is inside comes home, once`, async (t) => {
  using sensors = new DisposableStack();
  const { lab, agent, stream } = await start((ovs, pair) =>
    sensors.use(Echo.between(ovs, pair, HOLD))
  );
  await using _ = lab;
  using _before = sensors.move(); // the devices go with the switch
  for (const [priority, winner] of CHANGES) {
    await t.step(`to ${priority}`, () =>
      stream.goesOn("all", async () => {
        await agent.write("b.yaml", redirect("b", { priority }));
        await wins(agent, winner);
      }));
  }
});

Deno.test("an annotation in place of the field: the field wins, a difference is a warning, a wrong one keeps the last good state", async (t) => {
  const { lab, agent, seenBy } = await start();
  await using _ = lab;
  const said = (state: State, name: Name) =>
    conditionsOf(state, name).map(({ reason, message, cure, warning }) =>
      [warning ? "warning" : "problem", reason, message, cure].filter(Boolean).join(" | ")
    );
  await t.step("alone", async () => {
    await agent.write("b.yaml", redirect("b", {}, annotated("10")));
    await wins(agent, "b");
    await seenBy("b");
  });
  await t.step("equal to the field", async () => {
    await agent.write("b.yaml", redirect("b", { priority: 20 }, annotated("20 # as the field")));
    const state = await agent.settled(
      "20",
      (state) => said(state, "a").includes(`problem | Superseded | ${byPriority("b", 20, 500)}`),
    );
    assert.deepEqual(said(state, "b"), []);
  });
  await t.step("different from the field", async () => {
    await agent.write("b.yaml", redirect("b", { priority: 30 }, annotated("900")));
    const state = await agent.settled("a warning", (state) => said(state, "b").length > 0);
    assert.deepEqual(said(state, "b"), [
      'warning | Invalid | Annotation "sluice.dev/priority" has another value than field ' +
      '"spec.priority", which counts | remove the annotation',
    ]);
    await wins(agent, "b");
    assert.match(
      (await sluice(lab.ovs, "status")).stdout,
      /^ {2}warning: b: Invalid: Annotation .*which counts: remove the annotation$/m,
    );
    await seenBy("b");
  });
  await t.step("an annotation that is no option is a warning, and the object counts", async () => {
    const unknown = { annotations: { "sluice.dev/owner": "me" } };
    await agent.write("b.yaml", redirect("b", { priority: 20 }, unknown));
    const known = [ADDITIONAL_PORTS, ...options.map(({ field }) => field)].map(annotationOf);
    const warning = 'warning | Invalid | Annotation "sluice.dev/owner" is no option | ' +
      `remove the annotation, or use one of ${known.join(", ")}`;
    // The step before has left another warning, which goes a moment later.
    const state = await agent.settled("the warning", (state) => said(state, "b").includes(warning));
    assert.deepEqual(said(state, "b"), [warning]);
    await wins(agent, "b");
    await seenBy("b");
  });
  const wrong: readonly [what: string, annotations: Metadata, message: string][] = [
    [
      "wrong",
      annotated("first"),
      '/metadata/annotations/sluice.dev~1priority: must be integer: is "first"',
    ],
  ];
  for (const [what, annotations, message] of wrong) {
    await t.step(what, async () => {
      await agent.write("b.yaml", redirect("b", {}, annotations));
      const isSaid = (state: State) => said(state, "b").join() === `problem | Invalid | ${message}`;
      await agent.settled(what, isSaid);
      await seenBy("b");
      await agent.kill();
      agent.startAgain();
      await agent.settled(
        "again",
        (state) => isSaid(state) && conditionsOf(state, "a")[0]?.reason === "Superseded",
      );
      await seenBy("b");
    });
  }
});
