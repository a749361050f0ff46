/** What users see of a sensor that fails, and works again: Events of the TrafficControl, in a real API server. */
import assert from "node:assert/strict";
import { app, trafficControl } from "../lab/agent.ts";
import { eventually } from "../lab/ovs.ts";
import type { TestPod } from "../lab/pod.ts";
import { run } from "../lab/run.ts";
import { send } from "../lab/traffic.ts";
import { devicePair } from "../lab/wire.ts";
import { ClusterNode, forget, installCRDs } from "./cluster.ts";
import { apiServerTests, type KubeApiServer } from "./kube_apiserver.ts";

const withServer = apiServerTests(installCRDs);
const EVENTS = "/api/v1/namespaces/default/events";
const TC = "/apis/crd.antrea.io/v1alpha2/trafficcontrols";
const TCN = "/apis/sluice.dev/v1alpha1/trafficcontrolnodestatuses";
/** So many take 4 s: twice as long as a node waits before it writes again. */
const PROBES = 20;
/** Milliseconds. */
const LONG = 60_000;

const device = (name: string) => ({ device: { name } });
const redirect = (name: string, more: object) =>
  trafficControl(name, {
    appliedTo: app(name),
    direction: "Egress",
    action: "Redirect",
    targetPort: device(`vin-${name}`),
    returnPort: device(`vout-${name}`),
    ...more,
  });

/** What is said of the TrafficControl: type, reason and message of each Event. */
async function eventsOf(server: KubeApiServer, name: string): Promise<Map<string, string>> {
  const { body } = await server.request("GET", EVENTS);
  // deno-lint-ignore no-explicit-any -- Events
  const about = body.items.filter(({ involvedObject }: any) => involvedObject.name === name);
  // deno-lint-ignore no-explicit-any -- Events
  return new Map(about.map(({ type, reason, message }: any) => [`${type} ${reason}`, message]));
}

/** Waits until there are exactly these Events. @returns Their messages. */
async function expectEvents(server: KubeApiServer, name: string, ...expected: readonly string[]) {
  let seen = new Map<string, string>();
  const isSeen = async () => {
    seen = await eventsOf(server, name);
    return `${[...seen.keys()].sort()}` === `${expected.toSorted()}`;
  };
  await eventually(`${expected}`, isSeen, LONG).catch(() => {});
  assert.deepEqual([...seen.keys()].sort(), expected.toSorted());
  return seen;
}

async function cut({ ovs: { netns } }: ClusterNode, name: string, state: "0" | "3") {
  for (const end of [`vin-${name}-x`, `vout-${name}-x`]) {
    await run("ip", ["netns", "exec", netns, "bridge", "link", "set", "dev", end, "state", state]);
  }
}

Deno.test(
  withServer("each begin and each end of what sensors do is an Event", async (server, t) => {
    await forget(server);
    await using node = await ClusterNode.start(server, 3);
    const [open, plain, peer] = node.pods as [TestPod, TestPod, TestPod];
    await node.tell(open, { app: "open" });
    await node.tell(plain, { app: "plain" });
    for (const name of ["open", "plain"]) {
      await devicePair(node.ovs, [`vin-${name}`, `vout-${name}`]);
    }
    const objects = [redirect("open", { failureMode: "Open" }), redirect("plain", {})];
    for (const object of objects) {
      await server.kubectl(["apply", "-f", "-"], JSON.stringify(object));
    }
    for (const { metadata: { name } } of objects as { metadata: { name: string } }[]) {
      await server.kubectl(["wait", "--for=condition=Realized", `tc/${name}`, "--timeout=60s"]);
    }
    await t.step("a probed sensor that is cut off, and the redirect that is open", async () => {
      await node.agent.settled("the sensor up", ({ sensors }) => sensors[0]?.state === "up");
      await cut(node, "open", "0");
      const down = "Warning SensorDown";
      const said = await expectEvents(server, "open", down, "Warning Bypassed");
      assert.match(
        said.get(down)!,
        /^node1: The sensor between "vin-open" and "vout-open" .*: start/,
      );
      await cut(node, "open", "3");
      const ended = ["Normal SensorDownEnded", "Normal BypassedEnded"];
      await expectEvents(server, "open", down, "Warning Bypassed", ...ended);
    });
    await t.step("what probes take is written nowhere", async () => {
      const versions = async () => {
        const objects = [`${TC}/open`, `${TCN}/node1`].map((path) => server.request("GET", path));
        return (await Promise.all(objects)).map(({ body }) => body.metadata.resourceVersion);
      };
      const before = await versions();
      const seen = new Set<number | undefined>();
      await eventually("other round trips", async () => {
        seen.add((await node.agent.state()).sensors[0]?.roundTripMilliseconds);
        return seen.size >= PROBES;
      }, LONG);
      assert.deepEqual(await versions(), before);
    });
    await t.step("a sensor without probes that returns nothing", async () => {
      assert.deepEqual(await eventsOf(server, "plain"), new Map());
      const stop = new AbortController();
      const sent = send({ from: plain, to: peer, rate: 20, count: 10_000, signal: stop.signal });
      try {
        await cut(node, "plain", "0");
        const silent = "Warning SensorSilent";
        const said = await expectEvents(server, "plain", silent);
        assert.match(said.get(silent)!, /^node1: .* packets went into it in \d+ s, and none came/);
        await server.kubectl(["wait", "--for=condition=SensorSilent", "tc/plain"]);
        await cut(node, "plain", "3");
        await expectEvents(server, "plain", silent, "Normal SensorSilentEnded");
      } finally {
        stop.abort();
        await sent;
      }
    });
  }),
);
