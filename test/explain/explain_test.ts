/** `sluice explain` with a real agent and a real switch: what it says is what the switch has. */
import assert from "node:assert/strict";
import { formatFlow, parseFlow } from "../../core/openflow/mod.ts";
import type { ControlExplanation, PodExplanation } from "../../core/explain/explanation.ts";
import { app, BRIDGE, internal, podObject, sluice, trafficControl } from "../lab/agent.ts";
import { Lab } from "../lab/lab.ts";
import type { TestPod } from "../lab/pod.ts";
import { expectFlow } from "../lab/traffic.ts";

const NAMESPACE = { namespace: "default" };
const mirror = (name: string, appliedTo: object, more: object = {}) =>
  trafficControl(name, {
    appliedTo,
    direction: "Both",
    action: "Mirror",
    targetPort: internal("ids0"),
    ...more,
  });
const redirect = (name: string, day: number, pair: readonly [string, string]) =>
  trafficControl(name, {
    appliedTo: app("web"),
    direction: "Both",
    action: "Redirect",
    targetPort: internal(pair[0]),
    returnPort: internal(pair[1]),
  }, { creationTimestamp: `2026-01-0${day}T00:00:00Z` });

const OBJECTS = [
  mirror("mirror-web", app("web")),
  mirror("mirror-db", app("db")),
  mirror("mirror-tier", {
    podSelector: { matchExpressions: [{ key: "tier", operator: "NotIn", values: ["a", "b"] }] },
  }),
  mirror("mirror-prod", { namespaceSelector: { matchLabels: { env: "prod" } } }),
  mirror("mirror-later", app("web"), { startTime: "2099-01-01T00:00:00Z" }),
  redirect("inspect", 1, ["ips0", "ips1"]),
  redirect("inspect-late", 2, ["ips2", "ips3"]),
];

async function start(): Promise<Lab> {
  const lab = await Lab.start(3);
  const [web, db, other] = lab.pods as [TestPod, TestPod, TestPod];
  await lab.agent.write(
    "pods.yaml",
    podObject(web, { app: "web", tier: "a" }),
    podObject(db, { app: "db" }),
    podObject(other, { tier: "b" }),
  );
  await lab.agent.write("controls.yaml", ...OBJECTS);
  await lab.agent.settled("all but one", ({ trafficControls }) => {
    const done = new Map(trafficControls.map((each) => [each.name, each]));
    const isOver = done.get("inspect-late")?.conditions.some((c) => c.reason === "Superseded");
    return isOver === true && ["mirror-web", "mirror-db", "inspect"]
      .every((name) => done.get(name)?.realized);
  });
  return lab;
}

/** The JSON answer. */
async function explained<Answer>({ ovs }: Lab, object: string): Promise<Answer> {
  const { code, stdout, stderr } = await sluice(ovs, "explain", object, "-o", "json");
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}

/** Sluice's own flows that match the Pod's port or one of its addresses, as ovs-ofctl shows them. */
async function flowsOf({ ovs }: Lab, ofport: number, { mac, ips }: TestPod): Promise<string[]> {
  const lines = (await ovs.ofctl("dump-flows", BRIDGE)).split("\n");
  const own = lines.filter((line) => /cookie=0x51ce0000/.test(line)).map(parseFlow).map(formatFlow);
  const nw = ips.map((ip) => ip.split("/")[0]);
  const values = [`in_port=${ofport}`, ...[mac, ...nw].map((address) => `_(?:src|dst)=${address}`)];
  const match = new RegExp(`(?:${values.join("|")})(?![.:0-9a-f/])`);
  return own.filter((flow) => match.test(flow.replace(/actions=.*/, ""))).sort();
}

Deno.test("a Pod is explained: labels that differ, who wins, and the flows that the switch has for it", async () => {
  await using lab = await start();
  const [web, db] = lab.pods as [TestPod, TestPod, TestPod];
  const pod = await explained<PodExplanation>(lab, `pod/${NAMESPACE.namespace}/${web.name}`);
  const told = Object.fromEntries(
    pod.trafficControls.map(({ name, outcome, differs }) =>
      [name, differs.length > 0 ? differs.map(({ message }) => message).join() : outcome] as const
    ),
  );
  assert.deepEqual(told, {
    "mirror-web": "in effect",
    "mirror-later": "planned",
    "inspect": "in effect",
    "inspect-late": "superseded",
    "mirror-db": "wanted app=db, the Pod has app=web",
    "mirror-prod": "wanted env=prod, the Namespace has no label env",
    "mirror-tier": "wanted tier NotIn (a, b), the Pod has tier=a",
  });
  const [port] = pod.ports;
  assert.deepEqual([port!.name, port!.macs, port!.bridge], [web.name, [web.mac], BRIDGE]);
  const [sent] = port!.directions;
  assert.deepEqual(sent!.does, [
    'a copy to ids0, for "mirror-web"',
    'redirected through ips0 and back by ips1, for "inspect"',
  ]);
  assert.match(sent!.decisions.join(), /"inspect" comes before "inspect-late": it is older/);
  const shown = port!.flows.map(({ flow }) => flow).sort();
  assert.ok(shown.length > 0 && port!.flows.every(({ isThere }) => isThere));
  assert.deepEqual(shown, await flowsOf(lab, port!.ofport!, web));
  const copies = lab.atDevice("ids0");
  await expectFlow({ from: db, to: web, count: 5 }, [[copies, 1]]);
});

Deno.test("in text: problems come first, and the exit code tells of unknown objects and wrong usage", async () => {
  await using lab = await start();
  const [web] = lab.pods as [TestPod];
  const run = (...args: string[]) => sluice(lab.ovs, "explain", ...args);
  const text = await run(`pod/default/${web.name}`);
  assert.equal(text.code, 0, text.stderr);
  const lines = text.stdout.split("\n");
  assert.equal(lines[0], "Pod default/p1 on node node1: 4 of 7 TrafficControls select it");
  assert.match(lines[2]!, /^ {2}problem: tc\/inspect-late: Superseded: The older/);
  assert.match(lines[3]!, /^ {4}cure: nothing, if it is meant; otherwise/);
  assert.ok(lines.includes("  mirror-db: wanted app=db, the Pod has app=web"), text.stdout);
  assert.match(text.stdout, /^inspect-late +Redirect +Both +superseded$/m);
  // deno-lint-ignore no-control-regex -- colours are control characters
  assert.doesNotMatch(text.stdout, /\x1b/);
  const unknown = await run("pod/default/p11");
  assert.equal(unknown.code, 1);
  assert.match(
    unknown.stderr,
    /^sluice: The agent knows no Pod "default\/p11" on node "node1": did you mean pod\/default\/p1\?/,
  );
  assert.equal((await run("tc/mirror-wbe")).code, 1);
  const wrong = await run(`pod/${web.name}`);
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /write pod\/NAMESPACE\/p1/);
});

Deno.test("a TrafficControl is explained: its Pods, what differs of others, its flows and ports", async () => {
  await using lab = await start();
  const mirror = await explained<ControlExplanation>(lab, "tc/mirror-db");
  assert.deepEqual(mirror.selected, [{ pod: "default/p2", outcome: "in effect", ports: ["p2"] }]);
  assert.deepEqual(
    mirror.notSelected.map(({ pod, differs }) => [pod, differs.map(({ message }) => message)]),
    [
      ["default/p1", ["wanted app=db, the Pod has app=web"]],
      ["default/p3", ["wanted app=db, the Pod has no label app"]],
    ],
  );
  const [port] = mirror.ports;
  assert.equal(port!.isReady, true);
  assert.ok(port!.others.some(({ name }) => name === "mirror-web"));
  const dumped = (await lab.ovs.ofctl("dump-flows", BRIDGE)).split("\n")
    .filter((line) => line.includes("cookie=0x51ce0000")).map((line) =>
      formatFlow(parseFlow(line))
    );
  assert.ok(mirror.flows.length > 0);
  for (const { flow, isThere } of mirror.flows) {
    assert.equal(isThere, true);
    assert.ok(dumped.includes(flow), flow);
  }
  const [web] = lab.pods as [TestPod];
  await lab.agent.write(
    "pods.yaml",
    podObject(web, { app: "db" }),
    ...lab.pods.slice(1).map((pod) => podObject(pod, {})),
  );
  await lab.agent.settled(
    "the change",
    ({ trafficControls }) =>
      trafficControls.some(({ name, pods }) =>
        name === "mirror-db" && pods.join() === "default/p1"
      ),
  );
  const changed = await explained<ControlExplanation>(lab, "tc/mirror-db");
  assert.deepEqual(changed.selected.map(({ pod }) => pod), ["default/p1"]);
});
