/** Redirects with `chainOrder`: one after the other, out in this order and in reverse in, each pair once. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { app, internal, podObject, trafficControl } from "../lab/agent.ts";
import { Lab } from "../lab/lab.ts";
import { eventually } from "../lab/ovs.ts";
import type { TestPod } from "../lab/pod.ts";
import { ROOT } from "../lab/paths.ts";
import { ipIn } from "../lab/run.ts";
import { type Counter, expectFlow } from "../lab/traffic.ts";
import { bridgeWire } from "../lab/wire.ts";

type Name = "a" | "b" | "c";
const ORDER: Readonly<Record<Name, number>> = { a: -5, b: 10, c: 20 };
const NAMES = ["a", "b", "c"] as const;
const EVERYBODY = { mac: "ff:ff:ff:ff:ff:ff", ips: ["255.255.255.255"] };

const member = (name: Name, label: string, more: object = {}) =>
  trafficControl(name, {
    appliedTo: app(label),
    direction: "Both",
    action: "Redirect",
    targetPort: internal(`t-${name}`),
    returnPort: internal(`r-${name}`),
    chainOrder: ORDER[name],
    ...more,
  });

interface Scene {
  readonly lab: Lab;
  readonly web: TestPod;
  readonly db: TestPod;
  readonly peer: TestPod;
  readonly at: Readonly<Record<Name, Counter>>;
}

async function started(vlan?: number): Promise<Scene> {
  const lab = await Lab.start(0);
  try {
    const pods: TestPod[] = [];
    for (const name of ["p1", "p2", "p3"]) {
      pods.push(await lab.addPod(name, vlan === undefined ? {} : { vlan }));
    }
    const [web, db, peer] = pods as [TestPod, TestPod, TestPod];
    await lab.agent.write(
      "pods.yaml",
      podObject(web, { app: "web", tier: "chained" }),
      podObject(db, { app: "db", tier: "chained" }),
      podObject(peer, { app: "peer" }),
    );
    await lab.agent.write("tc.yaml", ...NAMES.toReversed().map((name) => member(name, "web")));
    await lab.agent.realized(...NAMES);
    for (const name of NAMES) await bridgeWire(lab.ovs, [`t-${name}`, `r-${name}`]);
    const at = Object.fromEntries(NAMES.map((name) => [name, lab.atDevice(`t-${name}`)]));
    return { lab, web, db, peer, at: at as Record<Name, Counter> };
  } catch (error) {
    await lab[Symbol.asyncDispose]();
    throw error;
  }
}

const BOTH_PODS = { podSelector: { matchLabels: { tier: "chained" } } };

/** The second pair is in both Pods' chains, the first one in that of `web` alone, the third one in that of `db`. */
async function shareSecond({ agent }: Lab): Promise<void> {
  const shared = member("b", "web", { appliedTo: BOTH_PODS });
  await agent.write("tc.yaml", member("a", "web"), shared, member("c", "db"));
  await agent.realized(...NAMES);
}

/** Each frame arrives once, and passes these pairs once and no others. */
async function passes(
  { lab, at }: Scene,
  [from, to]: readonly [TestPod, TestPod],
  pairs: string,
): Promise<void> {
  await lab.ovs.emptyCache();
  for (const version of [4, 6] as const) {
    const sensors = NAMES.map((name) => [at[name], pairs.includes(name) ? 1 : 0] as const);
    await expectFlow({ from, to, version }, [[lab.at(to), 1], ...sensors]);
  }
}

Deno.test.each([["without VLANs", undefined], ["with access ports", 10]] as const)(
  "each packet passes all pairs of the chain once, and connections work, %s",
  async (_, vlan) => {
    const scene = await started(vlan);
    await using lab = scene.lab;
    const { web, db, peer } = scene;
    await passes(scene, [web, peer], "abc");
    await passes(scene, [peer, web], "abc");
    await passes(scene, [db, peer], "");
    assert.deepEqual(await web.ping(peer.ip()), { sent: 5, received: 5 });
    assert.deepEqual(await peer.ping(web.ip(6)), { sent: 5, received: 5 });
    await lab.agent.write("tc.yaml", member("a", "web"), member("b", "db"), member("c", "db"));
    await lab.agent.realized(...NAMES);
    await passes(scene, [web, db], "abc");
    await passes(scene, [db, web], "abc");
    await passes(scene, [db, peer], "bc");
    assert.deepEqual(await web.ping(db.ip()), { sent: 5, received: 5 });
  },
);

Deno.test("where the wire of the second pair is cut, packets end there: out and in have reverse orders", async () => {
  const scene = await started();
  await using lab = scene.lab;
  const { web, peer, at } = scene;
  await ipIn(lab.ovs.netns, "link", "set", "dev", "r-b", "nomaster");
  const [a, b, c] = NAMES.map((name) => at[name]) as [Counter, Counter, Counter];
  await expectFlow({ from: web, to: peer }, [[a, 1], [b, 1], [c, 0], [lab.at(peer), 0]]);
  await expectFlow({ from: peer, to: web }, [[c, 1], [b, 1], [a, 0], [lab.at(web), 0]]);
});

Deno.test("a pair that is the sender's and the receiver's is passed once", async () => {
  const scene = await started();
  await using lab = scene.lab;
  const { web, db, peer } = scene;
  await shareSecond(lab);
  await passes(scene, [web, db], "abc");
  await passes(scene, [db, web], "abc");
  await passes(scene, [web, peer], "ab");
  await passes(scene, [peer, db], "bc");
  assert.deepEqual(await web.ping(db.ip()), { sent: 5, received: 5 });
});

Deno.test("broadcast from and to Pods with chains passes each pair once", async () => {
  const scene = await started();
  await using lab = scene.lab;
  const { web, db, peer, at } = scene;
  const broadcast = async (from: TestPod, others: readonly TestPod[], pairs: string) => {
    await lab.ovs.emptyCache();
    const sensors = NAMES.map((name) => [at[name], pairs.includes(name) ? 1 : 0] as const);
    const arrive = others.map((pod) => [lab.at(pod), 1] as const);
    await expectFlow({ from, to: EVERYBODY, count: 5 }, [...arrive, ...sensors]);
  };
  await broadcast(web, [db, peer], "abc");
  await broadcast(peer, [web, db], "abc");
  await shareSecond(lab);
  await broadcast(web, [db, peer], "abc");
  await broadcast(db, [web, peer], "abc");
  await broadcast(peer, [web, db], "abc");
});

Deno.test("a pair whose device is gone is a condition, and the rest of the chain goes on", async () => {
  const scene = await started();
  await using lab = scene.lab;
  const { web, peer } = scene;
  await lab.agent.write(
    "tc.yaml",
    member("a", "web"),
    member("b", "web", { targetPort: { device: { name: "gone" } } }),
    member("c", "web"),
  );
  const { trafficControls } = await lab.agent.settled(
    "that one is not realized",
    ({ trafficControls }) => trafficControls.filter(({ realized }) => realized).length === 2,
  );
  assert.equal(trafficControls.find(({ name }) => name === "b")!.realized, false);
  await passes(scene, [web, peer], "ac");
  await passes(scene, [peer, web], "ac");
});

Deno.test("rules of one pair concern that pair alone; the receiver's rules may take what the sender's leave", async () => {
  const scene = await started();
  await using lab = scene.lab;
  const { web, db, peer, at } = scene;
  const ipv6 = { rules: [{ action: "Include", peers: [{ ipBlock: { cidr: "::/0" } }] }] };
  const toDB = { rules: [{ action: "Include", peers: [{ ipBlock: { cidr: `${web.ip()}/32` } }] }] };
  const check = async (
    [from, to]: readonly [TestPod, TestPod],
    version: 4 | 6,
    pairs: string,
  ) => {
    await lab.ovs.emptyCache();
    const sensors = NAMES.map((name) => [at[name], pairs.includes(name) ? 1 : 0] as const);
    await expectFlow({ from, to, version }, [[lab.at(to), 1], ...sensors]);
  };
  await lab.agent.write(
    "tc.yaml",
    member("a", "web", ipv6),
    member("b", "web", { ...toDB, appliedTo: BOTH_PODS }),
    member("c", "web"),
  );
  await lab.agent.realized(...NAMES);
  await check([web, peer], 4, "c");
  await check([web, peer], 6, "ac");
  await check([peer, web], 6, "ac");
  await check([web, db], 4, "bc"); // web's own rules leave b alone: b is passed for db
  await check([db, web], 4, "bc");
  await check([db, web], 6, "ac");
  await eventually("a ping", async () => (await web.ping(db.ip(), 1)).received === 1);
  assert.deepEqual(await web.ping(peer.ip(6)), { sent: 5, received: 5 });
});

Deno.test("the example of docs/policy.md: first the firewall, then the IPS", async () => {
  await using lab = await Lab.start(2);
  const [web, peer] = lab.pods as [TestPod, TestPod];
  await lab.agent.write("pods.yaml", podObject(web, { app: "web" }), podObject(peer, {}));
  for (const name of ["chain-firewall", "chain-ips"]) {
    await lab.agent.copy(join(ROOT, "docs", "policy", `${name}.yaml`));
  }
  await lab.agent.realized("web-firewall", "web-ips");
  await bridgeWire(lab.ovs, ["fw-in", "fw-out"]);
  const [firewall, ips] = [lab.atDevice("fw-in"), lab.atDevice("ips-in")];
  const [atWeb, atPeer] = [lab.at(web), lab.at(peer)];
  await expectFlow({ from: web, to: peer }, [[firewall, 1], [ips, 1], [atPeer, 0]]);
  await expectFlow({ from: peer, to: web }, [[ips, 1], [firewall, 0], [atWeb, 0]]);
  await bridgeWire(lab.ovs, ["ips-in", "ips-out"]);
  await expectFlow({ from: web, to: peer }, [[firewall, 1], [ips, 1], [atPeer, 1]]);
  await expectFlow({ from: peer, to: web }, [[ips, 1], [firewall, 1], [atWeb, 1]]);
});
