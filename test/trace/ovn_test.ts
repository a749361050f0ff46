/** `sluice trace` says where packets go on OVN's bridge, across its switches, router, access lists and tunnels. */
import assert from "node:assert/strict";
import { app, internal, trafficControl } from "../lab/agent.ts";
import { Random } from "../ownership/random.ts";
import { OvnScene, PODS } from "../ovn/ovn_scene.ts";
import { SKIPPED } from "../ovn/programs.ts";
import { bridgeWire } from "../lab/wire.ts";
import { eventsOf, sentTo, traces } from "./tracer.ts";
import { Counter, send } from "../lab/traffic.ts";
import { eventually } from "../lab/ovs.ts";
import { Sink } from "../lab/sink.ts";

const COUNT = 200;
/** The port that the access list of `right` drops. */
const FORBIDDEN = 4433;
const PORTS = [9, FORBIDDEN, 5353] as const;
/** Bytes between the headers and the number of a frame. */
const [ARRIVAL, QUIET] = [4000, 300];
const LOCAL = PODS.filter(({ chassis }) => chassis === 0).map(({ name }) => name);
/** The port of OVN's bridge that leads to the other node, and where what it sends comes there. */
const [TUNNEL, UNDERLAY] = ["ovn-node2-0", "under0"];
const LABELS: Readonly<Record<string, string>> = { a: "web", b: "shop", c: "db", f: "none" };

const CONTROLS = [
  trafficControl("all", {
    appliedTo: app("web"),
    direction: "Both",
    action: "Mirror",
    targetPort: internal("ids0"),
  }),
  trafficControl("dns", {
    appliedTo: app("db"),
    direction: "Both",
    action: "Mirror",
    targetPort: internal("ids1"),
    rules: [{ action: "Include", protocol: "UDP", ports: [{ port: 5353 }] }],
  }),
  trafficControl("inspect", {
    appliedTo: app("shop"),
    direction: "Both",
    action: "Redirect",
    targetPort: internal("tap0"),
    returnPort: internal("tap1"),
  }),
];

async function prepare(scene: OvnScene) {
  const { ovn, agent, ovs } = scene;
  await ovn.nbctl("acl-add", "right", "to-lport", "1000", `udp.dst == ${FORBIDDEN}`, "drop");
  await ovn.nbctl("acl-add", "right", "to-lport", "900", "ip", "allow-related");
  await ovn.sync();
  await agent.write(
    "pods.yaml",
    ...LOCAL.map((name) => scene.pod(name).object({ app: LABELS[name]! })),
  );
  await agent.write("tc.yaml", ...CONTROLS);
  const state = await agent.realized("all", "dns", "inspect");
  await bridgeWire(ovs, ["tap0", "tap1"]);
  // Each Pod has reached each other one, so no tunnel has to find its way
  const [first] = LOCAL.map((name) => scene.pod(name));
  for (const { name, chassis } of PODS) {
    if (chassis === 0) continue;
    const { pod } = scene.pod(name);
    await eventually("answers", async () => (await first!.pod.ping(pod.ip())).received === 5);
  }
  // The answer to an echo request would have the number of the request
  const silent = ["net.ipv4.icmp_echo_ignore_all=1", "net.ipv6.icmp.echo_ignore_all=1"];
  for (const { name } of PODS) await scene.pod(name).pod.exec("sysctl", "-qw", ...silent);
  return state;
}

Deno.test({
  name: "what sluice trace says of 200 random packets is what happens to them: OVN",
  ignore: SKIPPED,
  async fn() {
    await using scene = await OvnScene.start();
    const state = await prepare(scene);
    const seed = Number(Deno.env.get("SLUICE_SEED") ?? Date.now() % 1_000_000);
    console.log(`  seed ${seed}`);
    const random = new Random(seed);
    const wanted = Array.from({ length: COUNT }, (_, at) => {
      const from = random.pick(LOCAL);
      const to = random.pick(PODS.filter(({ name }) => name !== from)).name;
      const version = random.pick([4, 6] as const);
      const protocol = random.pick(["udp", "udp", "icmp"] as const);
      return { from, to, version, protocol, port: random.pick(PORTS), fromPort: 30_000 + at };
    });
    const told = await traces(
      scene.ovs,
      state,
      wanted.map(({ from, to, version, protocol, port, fromPort }) => ({
        from: { pod: `default/${from}` },
        to: { ip: scene.pod(to).pod.ip(version) },
        protocol,
        ...(protocol === "udp" && { port }),
        fromPort,
      })),
    );
    const events = told.flatMap(eventsOf);
    for (const what of ["copied", "redirected", "dropped", "delivered"] as const) {
      assert.ok(events.some((event) => event.what === what), `none is ${what}`);
    }
    using open = new DisposableStack();
    const sensors = ["ids0", "ids1", "tap0"].map((name) => open.use(scene.at(name)));
    // The other node decides by itself which of its Pods gets what comes out of the tunnel
    const { netns } = scene.ovn.chassis[1].ovs;
    const tunnel = open.use(new Counter(TUNNEL, { netns, device: UNDERLAY }));
    const pods = LOCAL.map((name) => open.use(Counter.at(scene.pod(name).pod)));
    for (const { name } of PODS) {
      for (const port of PORTS) open.use(Sink.open(scene.pod(name).pod, port));
    }
    const found: string[] = [];
    for (const [at, { from, to, version, protocol, port, fromPort }] of wanted.entries()) {
      const [one, other] = [scene.pod(from), scene.pod(to)];
      const route = scene.ovn.route(one, other);
      const each = told[at]!;
      assert.equal(each.packet.destinationMAC, route.mac, `${from} to ${to}`);
      const transport = protocol === "icmp"
        ? { protocol } as const
        : { protocol, from: fromPort, to: port } as const;
      const [id] = await send({
        from: one.pod,
        to: route,
        version,
        count: 1,
        frame: { transport, checksum: "right" },
      });
      const said = sentTo(each);
      const counts = () =>
        [...sensors, ...pods, tunnel].map((counter) => {
          counter.look();
          return [counter.name, counter.count(id!)] as const;
        });
      const expected = (name: string) => said.get(name) ?? 0;
      const isDone = () => counts().every(([name, count]) => count >= expected(name));
      await eventually("a packet", isDone, ARRIVAL).catch(() => {});
      const until = performance.now() + (at === COUNT - 1 ? QUIET : 0);
      await eventually("quiet", () => performance.now() >= until);
      const wrong = counts().filter(([name, count]) => count !== expected(name))
        .map(([name, count]) => `${name}: said ${expected(name)}, came ${count}`);
      if (wrong.length > 0) found.push(`${wrong.join("; ")}\n  ${JSON.stringify(each)}`);
    }
    console.log(`  ${found.length} of ${COUNT} differ`);
    assert.deepEqual(found, [], `seed ${seed}`);
  },
});
