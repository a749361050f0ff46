/** `sluice trace` says where packets go on a bridge that forwards with NORMAL: 200 random packets go there. */
import assert from "node:assert/strict";
import type { Told } from "../../core/trace/told.ts";
import { app, internal, podObject, trafficControl } from "../lab/agent.ts";
import { Lab } from "../lab/lab.ts";
import { ipIn } from "../lab/run.ts";
import { bridgeWire } from "../lab/wire.ts";
import { Random } from "../ownership/random.ts";
import { differences, placesOf } from "./comparison.ts";
import { certainQuestion, frameOf, randomQuestion } from "./random_packets.ts";
import { eventsOf, traces } from "./tracer.ts";

const COUNT = 200;
const STRANGER = { mac: "02:ee:00:00:00:01", ips: { 4: "10.9.0.200", 6: "fd09::200" } } as const;
/** What the switch sends copies and redirected packets to. */
const DEVICES = ["ids0", "ids1", "ids2", "tap0", "tap2", "tap4", "tap6", "br0"] as const;
const WIRES = [["tap0", "tap1"], ["tap2", "tap3"], ["tap4", "tap5"], ["tap6", "tap7"]] as const;

const to = (name: string) => ({ targetPort: internal(name) });
const pair = ([target, back]: readonly [string, string]) => ({
  action: "Redirect",
  targetPort: internal(target),
  returnPort: internal(back),
});
const include = (protocol: string, port: number) => ({
  action: "Include",
  protocol,
  ports: [{ port }],
});

const CONTROLS = [
  trafficControl("all", {
    appliedTo: app("web"),
    direction: "Both",
    action: "Mirror",
    ...to("ids0"),
  }),
  trafficControl("heads", {
    appliedTo: app("db"),
    direction: "Both",
    action: "Mirror",
    ...to("ids1"),
    truncateBytes: 100,
    rules: [{ ...include("TCP", 443), action: "Skip" }, include("TCP", 80), {
      action: "Include",
      protocol: "TCP",
      tcpFlags: "SYN",
    }, include("UDP", 53)],
  }),
  trafficControl("some", {
    appliedTo: app("web"),
    direction: "Egress",
    action: "Mirror",
    ...to("ids2"),
    sampling: { oneFlowIn: 2 },
    rateLimit: { packetsPerSecond: 10_000, burst: 10_000 },
  }),
  trafficControl("inspect", { appliedTo: app("shop"), direction: "Both", ...pair(WIRES[0]) }),
  trafficControl("inspect-dns", {
    appliedTo: app("db"),
    direction: "Both",
    ...pair(WIRES[1]),
    rules: [include("UDP", 53), include("SCTP", 80)],
  }),
  trafficControl("balanced", {
    appliedTo: app("two"),
    direction: "Egress",
    ...pair(WIRES[2]),
    additionalPorts: [{
      name: "b",
      targetPort: internal("tap6"),
      returnPort: internal("tap7"),
    }],
  }),
  trafficControl("blocked", {
    appliedTo: app("closed"),
    direction: "Ingress",
    action: "Redirect",
    targetPort: { device: { name: "none0" } },
    returnPort: { device: { name: "none1" } },
    failureMode: "Closed",
    rules: [include("TCP", 443), include("TCP", 8080)],
  }),
];

const LABELS = ["web", "db", "shop", "closed", "two", "none"] as const;

/** Whether something of that sort was told at all: a comparison without it would show little. */
function assertVaried(all: readonly Told[]): void {
  const events = all.flatMap(eventsOf);
  for (const what of ["copied", "redirected", "dropped", "delivered"] as const) {
    assert.ok(events.some((event) => event.what === what), `none is ${what}`);
  }
  const named = new Set(
    events.flatMap((event) => "trafficControl" in event ? [event.trafficControl] : []),
  );
  assert.deepEqual(
    [...named].sort(),
    ["all", "balanced", "blocked", "heads", "inspect", "inspect-dns", "some"],
  );
  const cut = events.filter((event) => event.what === "copied" && event.truncatedTo === 100);
  const rules = new Set(cut.map((event) => "rule" in event && event.rule));
  assert.deepEqual([...rules].sort(), [2, 3, 4]);
}

Deno.test("what sluice trace says of 200 random packets is what happens to them: NORMAL", async () => {
  await using lab = await Lab.start(LABELS.length);
  const { agent, ovs, pods } = lab;
  await agent.write("pods.yaml", ...pods.map((pod, at) => podObject(pod, { app: LABELS[at]! })));
  await agent.write("tc.yaml", ...CONTROLS);
  const state = await agent.settled(
    "all realized but the one without a device",
    ({ trafficControls }) =>
      trafficControls.length === CONTROLS.length &&
      trafficControls.every(({ name, realized }) => realized || name === "blocked"),
  );
  for (const wire of WIRES) await bridgeWire(ovs, wire);
  await ipIn(ovs.netns, "link", "set", "dev", "br0", "up"); // the bridge sends to it what it floods
  await ovs.emptyCache();
  const seed = Number(Deno.env.get("SLUICE_SEED") ?? Date.now() % 1_000_000);
  console.log(`  seed ${seed}`);
  const random = new Random(seed);
  const named = Object.fromEntries(LABELS.map((label, at) => [label, pods[at]!.name]));
  // What few packets meet
  const certain = [
    certainQuestion(named.none!, named.closed!, ["tcp", 443]),
    certainQuestion(named.db!, named.none!, ["tcp", 80]),
    certainQuestion(named.db!, named.none!, ["udp", 53]),
  ];
  const chosen = Array.from({ length: COUNT }, () => randomQuestion(random, pods, STRANGER));
  const questions = [...certain, ...chosen];
  const told = await traces(ovs, state, questions);
  assertVaried(told);
  const cases = told.map((each, at) => {
    const sent = frameOf(each.packet, at + 1, each.steps[0]!.from.port);
    return { told: each, sent };
  });
  const senders = new Map(pods.map((pod) => [pod.name, pod]));
  const found = await differences(cases, placesOf(lab, DEVICES), senders);
  console.log(`  ${found.length} of ${COUNT} differ`);
  assert.deepEqual(found, [], `seed ${seed}`);
});
