/** Redirects with `rules`: what they take goes through the sensor, and all else as if the redirect were not there. */
import { app, internal, podObject, trafficControl } from "../lab/agent.ts";
import type { FrameOptions, Transport } from "../lab/frames.ts";
import { Lab } from "../lab/lab.ts";
import { ipIn } from "../lab/run.ts";
import type { TestPod } from "../lab/pod.ts";
import { expectFlow } from "../lab/traffic.ts";
import { bridgeWire } from "../lab/wire.ts";
import { SensorScene } from "../sensors/scene.ts";

const [WEB_PORT, OTHER_PORT, CLIENT_PORT] = [80, 443, 40_000] as const;
/** Everything to and from port 80 of the Pod. */
const RULES = [{ action: "Include", protocol: "TCP", podPorts: [{ port: WEB_PORT }] }];
const EVERYBODY = { to: { mac: "ff:ff:ff:ff:ff:ff", ips: ["255.255.255.255"] }, count: 5 };

const tcp = (from: number, to: number): { transport: Transport } => ({
  transport: { protocol: "tcp", from, to },
});
const udp = (from: number, to: number): { transport: Transport } => ({
  transport: { protocol: "udp", from, to },
});

const redirect = (rules: readonly object[] | undefined, name = "r", label = "web") =>
  trafficControl(name, {
    appliedTo: app(label),
    direction: "Both",
    action: "Redirect",
    targetPort: internal("tap0"),
    returnPort: internal("tap1"),
    ...(rules && { rules }),
  });

interface Scene {
  readonly lab: Lab;
  readonly web: TestPod;
  readonly other: TestPod;
  readonly peer: TestPod;
}

/** Two Pods that are redirected, and one that is not. */
async function started(rules: readonly object[], vlan?: number): Promise<Scene> {
  const lab = await Lab.start(0);
  try {
    const pods: TestPod[] = [];
    for (const name of ["p1", "p2", "p3"]) {
      pods.push(await lab.addPod(name, vlan === undefined ? {} : { vlan }));
    }
    const [web, other, peer] = pods as [TestPod, TestPod, TestPod];
    await lab.agent.write(
      "pods.yaml",
      podObject(web, { app: "web" }),
      podObject(other, { app: "web" }),
      podObject(peer, { app: "db" }),
    );
    await lab.agent.write("tc.yaml", redirect(rules));
    await lab.agent.realized("r");
    await bridgeWire(lab.ovs, ["tap0", "tap1"]);
    return { lab, web, other, peer };
  } catch (error) {
    await lab[Symbol.asyncDispose]();
    throw error;
  }
}

Deno.test.each([["without VLANs", undefined], ["with access ports", 10]] as const)(
  "the rules say which packets pass the sensor, %s",
  async (_, vlan) => {
    const { lab, web, other, peer } = await started(RULES, vlan);
    await using _lab = lab;
    const sensor = lab.atDevice("tap0");
    const pass = async (from: TestPod, to: TestPod, frame: Partial<FrameOptions>, times: 0 | 1) => {
      for (const version of [4, 6] as const) {
        await expectFlow({ from, to, version, frame }, [[lab.at(to), 1], [sensor, times]]);
      }
    };
    await pass(peer, web, tcp(CLIENT_PORT, WEB_PORT), 1);
    await pass(web, peer, tcp(WEB_PORT, CLIENT_PORT), 1);
    await pass(peer, web, tcp(CLIENT_PORT, OTHER_PORT), 0);
    await pass(web, peer, tcp(CLIENT_PORT, WEB_PORT), 0);
    await pass(peer, web, udp(CLIENT_PORT, WEB_PORT), 0);
    await pass(peer, web, { transport: { protocol: "icmp" } }, 0);
    // Both are redirected: the sender's rules leave the request alone, the receiver's take it, and so for the answer.
    await pass(other, web, tcp(CLIENT_PORT, WEB_PORT), 1);
    await pass(web, other, tcp(WEB_PORT, CLIENT_PORT), 1);
    await pass(web, other, tcp(CLIENT_PORT, OTHER_PORT), 0);
    await pass(web, other, tcp(WEB_PORT, WEB_PORT), 1); // the rules of both take it
  },
);

Deno.test("other rules at once, and none: what packets pass the sensor changes", async () => {
  const { lab, web, peer } = await started(RULES);
  await using _lab = lab;
  const sensor = lab.atDevice("tap0");
  const request = { from: peer, to: web, frame: tcp(CLIENT_PORT, WEB_PORT) };
  const other = { from: peer, to: web, frame: tcp(CLIENT_PORT, OTHER_PORT) };
  const expect = async (first: 0 | 1, second: 0 | 1) => {
    await expectFlow(request, [[lab.at(web), 1], [sensor, first]]);
    await expectFlow(other, [[lab.at(web), 1], [sensor, second]]);
  };
  await expect(1, 0);
  await lab.agent.write("tc.yaml", redirect([{ ...RULES[0], action: "Skip" }]));
  await lab.agent.realized("r");
  await lab.ovs.emptyCache();
  await expect(0, 1);
  await lab.agent.write("tc.yaml", redirect(undefined));
  await lab.agent.realized("r");
  await lab.ovs.emptyCache();
  await expect(1, 1);
});

Deno.test("one pair serves a redirect with rules and one without, whose rules may come and go", async () => {
  const { lab, web, other, peer } = await started(RULES);
  await using _lab = lab;
  const sensor = lab.atDevice("tap0");
  await lab.agent.write(
    "pods.yaml",
    podObject(web, { app: "web" }),
    podObject(other, { app: "o" }),
  );
  const second = (rules: readonly object[] | undefined) => redirect(rules, "s", "o");
  for (const [rules, times] of [[RULES, 0], [undefined, 1], [RULES, 0]] as const) {
    await lab.agent.write("second.yaml", second(rules));
    await lab.agent.realized("r", "s");
    await lab.ovs.emptyCache();
    const unasked = tcp(CLIENT_PORT, OTHER_PORT);
    await expectFlow({ from: peer, to: web, frame: unasked }, [[lab.at(web), 1], [sensor, 0]]);
    await expectFlow({ from: web, to: other, frame: unasked }, [[lab.at(other), 1], [
      sensor,
      times,
    ]]);
    await expectFlow({ from: peer, to: web, frame: tcp(CLIENT_PORT, WEB_PORT) }, [
      ...[[lab.at(web), 1], [sensor, 1]] as const,
    ]);
  }
});

Deno.test("broadcast passes the sensor if the rules of a receiver take it, and comes once to each Pod", async () => {
  const rules = [{ action: "Include", protocol: "UDP", podPorts: [{ port: 5353 }] }];
  const { lab, web, other, peer } = await started(rules);
  await using _lab = lab;
  const [atWeb, atOther, atPeer] = [lab.at(web), lab.at(other), lab.at(peer)];
  const sensor = lab.atDevice("tap0");
  const taken = udp(CLIENT_PORT, 5353);
  await expectFlow({ from: peer, ...EVERYBODY, frame: taken }, [
    ...[[atWeb, 1], [atOther, 1], [atPeer, 0]] as const,
    [sensor, 1],
  ]);
  await expectFlow({ from: peer, ...EVERYBODY, frame: udp(CLIENT_PORT, 67) }, [
    ...[[atWeb, 1], [atOther, 1], [atPeer, 0]] as const,
    [sensor, 0],
  ]);
  // The rules of the sender take it, and those of the other receiver, too: one pass of the sensor is enough.
  await expectFlow({ from: web, ...EVERYBODY, frame: udp(5353, 5353) }, [
    ...[[atWeb, 0], [atOther, 1], [atPeer, 1]] as const,
    [sensor, 1],
  ]);
  // The sender's rules leave it alone, and those of the other receiver take it.
  await expectFlow({ from: web, ...EVERYBODY, frame: taken }, [
    ...[[atWeb, 0], [atOther, 1], [atPeer, 1]] as const,
    [sensor, 1],
  ]);
  await expectFlow({ from: web, ...EVERYBODY, frame: udp(CLIENT_PORT, 67) }, [
    ...[[atWeb, 0], [atOther, 1], [atPeer, 1]] as const,
    [sensor, 0],
  ]);
});

Deno.test("with a false source MAC, only what the rules are about is dropped", async () => {
  const { lab, web, peer } = await started(RULES);
  await using _lab = lab;
  const [atWeb, atPeer, sensor] = [lab.at(web), lab.at(peer), lab.atDevice("tap0")];
  const stranger = { from: "02:99:00:00:00:01" };
  await expectFlow({ from: web, to: peer, frame: { ...tcp(WEB_PORT, 1), ...stranger } }, [
    [atPeer, 0],
    [sensor, 0],
  ]);
  await expectFlow({ from: web, to: peer, frame: { ...tcp(OTHER_PORT, 1), ...stranger } }, [
    [atPeer, 1],
    [sensor, 0],
  ]);
  const ofWeb = { from: web.mac };
  await expectFlow({ from: peer, to: web, frame: { ...tcp(1, WEB_PORT), ...ofWeb } }, [
    [atWeb, 0],
    [sensor, 0],
  ]);
});

Deno.test("a closed redirect whose devices are gone drops only what its rules are about", async () => {
  await using scene = await SensorScene.start({ failureMode: "Closed", rules: RULES });
  const { lab, web, peer } = scene;
  await scene.conditions();
  const expect = async (taken: 0 | 1) => {
    for (const version of [4, 6] as const) {
      const request = { from: peer, to: web, version };
      await expectFlow({ ...request, frame: tcp(CLIENT_PORT, WEB_PORT) }, [[lab.at(web), taken]]);
      await expectFlow({ ...request, frame: tcp(CLIENT_PORT, OTHER_PORT) }, [[lab.at(web), 1]]);
      const answer = { from: web, to: peer, version };
      await expectFlow({ ...answer, frame: tcp(WEB_PORT, CLIENT_PORT) }, [[lab.at(peer), taken]]);
      await expectFlow({ ...answer, frame: tcp(OTHER_PORT, CLIENT_PORT) }, [[lab.at(peer), 1]]);
    }
    const toAll = { from: peer, ...EVERYBODY };
    await expectFlow({ ...toAll, frame: tcp(CLIENT_PORT, WEB_PORT) }, [[lab.at(web), taken]]);
    await expectFlow({ ...toAll, frame: tcp(CLIENT_PORT, OTHER_PORT) }, [[lab.at(web), 1]]);
  };
  await expect(1);
  for (const device of ["vin", "vout", "w-vin-x"]) {
    await ipIn(lab.ovs.netns, "link", "del", device);
  }
  await scene.conditions("Blocked", "DeviceMissing", "DeviceMissing");
  await lab.ovs.emptyCache();
  await expect(0);
});

Deno.test("a redirect that fails open lets pass what its rules are about while its sensor is down", async () => {
  await using scene = await SensorScene.start({ failureMode: "Open", rules: RULES });
  const { lab, web, peer } = scene;
  const sensor = lab.atDevice("vin-x");
  const expect = async (taken: 0 | 1) => {
    const request = { from: peer, to: web };
    const arrives = [lab.at(web), 1] as const;
    await expectFlow({ ...request, frame: tcp(1, WEB_PORT) }, [arrives, [sensor, taken]]);
    await expectFlow({ ...request, frame: tcp(1, OTHER_PORT) }, [arrives, [sensor, 0]]);
  };
  await scene.sensorsUp("vin");
  await lab.ovs.emptyCache();
  await expect(1);
  await scene.cut(true);
  await scene.conditions("Bypassed", "SensorDown");
  await lab.ovs.emptyCache();
  await expect(0);
  await scene.cut(false);
  await scene.conditions();
  await lab.ovs.emptyCache();
  await expect(1);
});
