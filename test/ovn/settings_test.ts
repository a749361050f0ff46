/** What else a TrafficControl can say does the same on an OVN as on other bridges: docs/policy.md, docs/sensors.md. */
import assert from "node:assert/strict";
import { internal } from "../lab/agent.ts";
import { eventually } from "../lab/ovs.ts";
import { Counter, expectCounts, send } from "../lab/traffic.ts";
import { bridgeWire } from "../lab/wire.ts";
import { type Action, control, OvnScene, SENSORS } from "./ovn_scene.ts";
import { SKIPPED } from "./programs.ts";

type Fields = Readonly<Record<string, unknown>>;
const device = (name: string) => ({ device: { name } });

/** Numbers in a Linux bridge: the state of a port that blocks, and of one that forwards. */
const [BLOCKING, FORWARDING] = ["0", "3"] as const;
const [DNS, OTHER, CLIENT] = [53, 54, 40000] as const;

const ports = (from: number, to: number) => ({
  frame: { transport: { protocol: "udp", from, to } as const },
});

/** With a rule for DNS, the sensor sees questions and answers, and nothing else. */
async function rules(scene: OvnScene, action: Action): Promise<void> {
  const peerPorts = [{ port: DNS }];
  await scene.apply(action, "a", { rules: [{ action: "Include", protocol: "UDP", peerPorts }] });
  for (const other of ["b", "c", "d", "e"]) {
    await scene.expect({ from: "a", to: other, seen: 1, flow: ports(CLIENT, DNS) });
    await scene.expect({ from: other, to: "a", seen: 1, flow: ports(DNS, CLIENT) });
    await scene.expect({ from: "a", to: other, seen: 0, flow: ports(DNS, CLIENT) });
    await scene.expect({ from: other, to: "a", seen: 0, flow: ports(OTHER, CLIENT) });
  }
}

const LENGTH = 64;

/** Copies are cut, and the packets are not. */
async function truncation(scene: OvnScene): Promise<void> {
  await scene.apply("Mirror", "ab", { truncateBytes: LENGTH });
  for (const [from, to] of [["a", "b"], ["a", "c"], ["c", "a"]] as const) {
    using sensor = scene.at(scene.sensor);
    await scene.expect({ from, to, seen: 0, flow: { frame: { padding: 300 } } });
    sensor.look();
    assert.deepEqual(new Set(sensor.strays.map(({ length }) => length)), new Set([LENGTH]));
    assert.equal(sensor.strays.length, 40, `${from} to ${to}`);
  }
}

const [ONE_IN, CONNECTIONS] = [4, 64] as const;

/** Of a connection both directions are copied, or none. */
async function sampling(scene: OvnScene): Promise<void> {
  await scene.apply("Mirror", "a", { sampling: { oneFlowIn: ONE_IN } });
  const [a, c] = [scene.pod("a"), scene.pod("c")];
  using sensor = scene.at(scene.sensor);
  const copied = async (from: typeof a, to: typeof a, isQuestion: boolean) => {
    using arrived = Counter.at(to.pod);
    const transport = (index: number) => {
      const [client, server] = [CLIENT + index, DNS];
      const [source, target] = isQuestion ? [client, server] : [server, client];
      return { protocol: "udp", from: source, to: target } as const;
    };
    const ids = await send({
      from: from.pod,
      to: scene.ovn.route(from, to),
      count: CONNECTIONS,
      each: (index) => ({ transport: transport(index) }),
    });
    await expectCounts(ids, [[arrived, 1]]);
    sensor.look();
    return ids.map((id) => sensor.count(id));
  };
  const questions = await copied(a, c, true);
  assert.deepEqual(await copied(c, a, false), questions);
  const share = questions.filter((count) => count === 1).length;
  assert.equal(Math.max(...questions), 1);
  assert.ok(share > 0 && share < CONNECTIONS / 2, `${share} of ${CONNECTIONS} connections`);
}

/** Counts of the TrafficControl, and of each of its Pods. */
async function counters(scene: OvnScene, action: Action): Promise<void> {
  await scene.apply(action, "ac", { counters: "PerPod" });
  const what = action === "Mirror" ? "copied" : "redirected";
  const counts = async () => {
    const { trafficControls: [only] } = await scene.agent.state();
    const packets = (each: Fields | undefined) => {
      const { egress, ingress } = (each?.[what] ?? {}) as Record<string, { packets?: number }>;
      return [egress?.packets ?? 0, ingress?.packets ?? 0];
    };
    const of = (name: string) => only!.byPod?.find(({ pod }) => pod === `default/${name}`);
    return [only, of("a"), of("c")].map((each) => packets(each as Fields | undefined));
  };
  const before = await counts();
  await scene.expect({ from: "a", to: "b", seen: 1, count: 10 });
  await scene.expect({ from: "e", to: "a", seen: 1, count: 20 });
  await scene.expect({ from: "b", to: "c", seen: 1, count: 30 });
  const wanted = [[10, 50], [10, 20], [0, 30]];
  const since = async () =>
    (await counts()).map((pair, at) => pair.map((count, way) => count - before[at]![way]!));
  const isExact = async () => JSON.stringify(await since()) === JSON.stringify(wanted);
  await eventually("the counts", isExact, 4000).catch(() => {});
  assert.deepEqual(await since(), wanted);
}

/** Two pairs one after the other: the first one is nearest to the Pod. */
async function chain(scene: OvnScene): Promise<void> {
  await scene.select("a");
  const second = { targetPort: internal("tap2"), returnPort: internal("tap3"), chainOrder: 20 };
  await scene.agent.write(
    "tc.yaml",
    control("Redirect", { chainOrder: 10 }),
    control("Redirect", second, "u"),
  );
  await scene.agent.realized("t", "u");
  await bridgeWire(scene.ovs, ["tap2", "tap3"]);
  const expect = async (from: string, to: string, counts: readonly [number, number, number]) => {
    const [one, other] = [scene.pod(from), scene.pod(to)];
    using first = scene.at(SENSORS.Redirect);
    using second = scene.at("tap2");
    using arrived = Counter.at(other.pod);
    const ids = await send({ from: one.pod, to: scene.ovn.route(one, other), count: 20 });
    await expectCounts(ids, [[first, counts[0]], [second, counts[1]], [arrived, counts[2]]]);
  };
  for (const other of ["b", "c", "e"]) {
    await expect("a", other, [1, 1, 1]);
    await expect(other, "a", [1, 1, 1]);
  }
  await cut(scene, SENSORS.Redirect, BLOCKING);
  await expect("a", "b", [1, 0, 0]);
  await expect("b", "a", [1, 1, 0]);
  await cut(scene, SENSORS.Redirect, FORWARDING);
}

/** Lets a wire's end forward nothing, or lets it forward again, without a change of a link. */
function cut({ ovs }: OvnScene, end: string, state: typeof BLOCKING | typeof FORWARDING) {
  return ovs.exec("bridge", "link", "set", "dev", end, "state", state);
}

async function conditions({ agent }: OvnScene, ...reasons: string[]): Promise<void> {
  await agent.settled(`conditions ${reasons}`, ({ trafficControls: [only] }) => {
    const found = only!.conditions.map(({ reason }) => reason).sort();
    return JSON.stringify(found) === JSON.stringify(reasons.sort());
  });
}

/** A sensor that fails is passed by, and inspects again when it is back. */
async function open(scene: OvnScene): Promise<void> {
  await scene.apply("Redirect", "a", { failureMode: "Open", healthProbe: {} });
  await conditions(scene);
  const both = async (seen: 0 | 1) => {
    for (const other of ["b", "c", "e"]) {
      await scene.expect({ from: "a", to: other, seen });
      await scene.expect({ from: other, to: "a", seen });
    }
  };
  await both(1);
  await cut(scene, SENSORS.Redirect, BLOCKING);
  await conditions(scene, "SensorDown", "Bypassed");
  await both(0);
  await cut(scene, SENSORS.Redirect, FORWARDING);
  await conditions(scene);
  await both(1);
}

/** Without its device, a redirect that fails closed lets nothing of its Pods pass. */
async function closed(scene: OvnScene): Promise<void> {
  const none = { targetPort: device("none0"), returnPort: device("none1") };
  await scene.agent.write("tc.yaml", control("Redirect", { ...none, failureMode: "Closed" }));
  await conditions(scene, "Blocked", "DeviceMissing", "DeviceMissing"); // of both its ports
  for (const other of ["b", "c", "e"]) {
    await scene.expect({ from: "a", to: other, seen: 0, arrived: 0, count: 10 });
    await scene.expect({ from: other, to: "a", seen: 0, arrived: 0, count: 10 });
  }
  await scene.expect({ from: "b", to: "c", seen: 0 });
}

const SETTINGS: Readonly<Record<Action, Readonly<Record<string, Setting>>>> = {
  Mirror: { rules, truncation, sampling, counters },
  Redirect: { rules, counters, chain, open, closed },
};
type Setting = (scene: OvnScene, action: Action) => Promise<void>;

for (const [action, settings] of Object.entries(SETTINGS) as [Action, typeof SETTINGS[Action]][]) {
  Deno.test({
    name: `what else a TrafficControl says does the same on an OVN: ${action}`,
    ignore: SKIPPED,
    async fn(t) {
      await using scene = await OvnScene.start();
      for (const [name, setting] of Object.entries(settings)) {
        await t.step(name, () => setting(scene, action));
      }
    },
  });
}
