/** Several TrafficControls on an OVN: what each end of a packet has of its own. */
import { app, internal } from "../lab/agent.ts";
import { Counter, expectCounts, send } from "../lab/traffic.ts";
import { bridgeWire, rewire } from "../lab/wire.ts";
import { control, OvnScene } from "./ovn_scene.ts";
import { SKIPPED } from "./programs.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Applied to one Pod, which has its name as its label. */
const mirror = (pod: string, port: string, more: Fields = {}) =>
  control("Mirror", { appliedTo: app(pod), targetPort: internal(port), ...more }, `m-${pod}`);
const redirect = (pod: string, pair: "tap0" | "tap2", more: Fields = {}) =>
  control("Redirect", {
    appliedTo: app(pod),
    targetPort: internal(pair),
    returnPort: internal(pair === "tap0" ? "tap1" : "tap3"),
    ...more,
  }, `r-${pod}-${pair}`);
const place = (chainOrder: number) => ({ chainOrder });
const only = (protocol: string) => ({ rules: [{ action: "Include", protocol }] });
const [onlyTCP, onlyUDP] = [only("TCP"), only("UDP")];

interface Case {
  readonly what: string;
  /** For packets from `from` to `to`. */
  readonly controls: (from: string, to: string) => readonly object[];
  /** How often each packet comes to each device within a switch, and behind a router if that differs. */
  readonly seen: Readonly<Record<string, number | readonly [within: number, routed: number]>>;
}

const CASES: readonly Case[] = [
  {
    what: "mirrors of both to one port",
    controls: (from, to) => [mirror(from, "ids0"), mirror(to, "ids0")],
    seen: { ids0: 1 },
  },
  {
    what: "mirrors of both to different ports",
    controls: (from, to) => [mirror(from, "ids0"), mirror(to, "ids1")],
    seen: { ids0: 1, ids1: 1 },
  },
  {
    what: "mirrors of one direction each",
    controls: (from, to) => [
      mirror(from, "ids0", { direction: "Ingress" }),
      mirror(to, "ids1", { direction: "Ingress" }),
    ],
    seen: { ids0: 0, ids1: 1 },
  },
  {
    what: "mirrors of the other direction each",
    controls: (from, to) => [
      mirror(from, "ids0", { direction: "Egress" }),
      mirror(to, "ids1", { direction: "Egress" }),
    ],
    seen: { ids0: 1, ids1: 0 },
  },
  {
    what: "rules of the sender's mirror leave alone what the receiver's takes, to one port",
    controls: (from, to) => [mirror(from, "ids0", onlyTCP), mirror(to, "ids0")],
    seen: { ids0: 1 },
  },
  {
    what: "rules of the receiver's mirror leave alone what the sender's takes, to one port",
    controls: (from, to) => [mirror(from, "ids0"), mirror(to, "ids0", onlyTCP)],
    seen: { ids0: 1 },
  },
  {
    what: "rules of both mirrors take it, to one port",
    controls: (from, to) => [mirror(from, "ids0", onlyUDP), mirror(to, "ids0", onlyUDP)],
    seen: { ids0: 1 },
  },
  {
    what: "rules of the sender's mirror take it, and the receiver's has none, to one port",
    controls: (from, to) => [mirror(from, "ids0", onlyUDP), mirror(to, "ids0")],
    seen: { ids0: 1 },
  },
  {
    what: "rules of both mirrors leave it alone, to one port",
    controls: (from, to) => [mirror(from, "ids0", onlyTCP), mirror(to, "ids0", onlyTCP)],
    seen: { ids0: 0 },
  },
  {
    what: "redirects of both through different pairs",
    controls: (from, to) => [redirect(from, "tap0"), redirect(to, "tap2")],
    seen: { tap0: 1, tap2: 1 },
  },
  {
    what: "a redirect of the sender, and a mirror of the receiver",
    controls: (from, to) => [redirect(from, "tap0"), mirror(to, "ids0")],
    seen: { tap0: 1, ids0: 1 },
  },
  {
    what: "a mirror of the sender, and a redirect of the receiver",
    controls: (from, to) => [mirror(from, "ids0"), redirect(to, "tap0")],
    seen: { tap0: 1, ids0: 1 },
  },
  {
    what: "rules of the sender's redirect leave alone what the receiver's takes",
    controls: (from, to) => [redirect(from, "tap0", onlyTCP), redirect(to, "tap0")],
    seen: { tap0: 1 },
  },
  {
    what: "rules of the receiver's redirect leave alone what the sender's takes",
    controls: (from, to) => [redirect(from, "tap0"), redirect(to, "tap0", onlyTCP)],
    seen: { tap0: 1 },
  },
  {
    what: "the same chain of both",
    controls: (from, to) =>
      [from, to].flatMap((pod) => [
        redirect(pod, "tap0", place(10)),
        redirect(pod, "tap2", place(20)),
      ]),
    seen: { tap0: [1, 2], tap2: [1, 2] },
  },
  {
    what: "the receiver's chain has one pair more",
    controls: (from, to) => [
      redirect(from, "tap0", place(10)),
      redirect(to, "tap0", place(10)),
      redirect(to, "tap2", place(20)),
    ],
    seen: { tap0: [1, 2], tap2: 1 },
  },
  {
    what: "chains and mirrors of both, the chains in another order",
    controls: (from, to) => [
      mirror(from, "ids0"),
      mirror(to, "ids0"),
      redirect(from, "tap0", place(10)),
      redirect(from, "tap2", place(20)),
      redirect(to, "tap0", place(20)),
      redirect(to, "tap2", place(10)),
    ],
    seen: { ids0: 1, tap0: [1, 2], tap2: [1, 2] },
  },
];

const PAIRS = [["tap0", "tap1"], ["tap2", "tap3"]] as const;
const PATHS = [["a", "b"], ["a", "c"]] as const;

/** Connects a pair, also if its devices are made anew. */
async function wire(ovs: OvnScene["ovs"], pair: typeof PAIRS[number]): Promise<void> {
  const bridges = await ovs.exec("ip", "-o", "link", "show", "type", "bridge");
  await (bridges.includes(`w-${pair[0]}:`) ? rewire : bridgeWire)(ovs, pair);
}

async function expectCase(scene: OvnScene, { controls, seen }: Case, path: typeof PATHS[number]) {
  const { agent, ovs } = scene;
  const [from, to] = path;
  const all = controls(from, to) as readonly { metadata: { name: string } }[];
  await agent.write("tc.yaml", ...all);
  await agent.realized(...all.map(({ metadata: { name } }) => name));
  for (const pair of PAIRS) if (pair[0] in seen) await wire(ovs, pair);
  const [one, other] = [scene.pod(from), scene.pod(to)];
  using open = new DisposableStack();
  const wanted = Object.entries(seen).map(([device, times]) => {
    const count = typeof times === "number" ? times : times[to === "c" ? 1 : 0];
    return [open.use(scene.at(device)), count!] as const;
  });
  const arrived = open.use(Counter.at(other.pod));
  const ids = await send({ from: one.pod, to: scene.ovn.route(one, other), count: 40 });
  await expectCounts(ids, [[arrived, 1], ...wanted]);
}

Deno.test({
  name: "on an OVN, each end of a packet has what its own TrafficControls say",
  ignore: SKIPPED,
  async fn(t) {
    await using scene = await OvnScene.start();
    const pods = ["a", "b", "c"].map((name) => scene.pod(name).object({ app: name }));
    await scene.agent.write("pods.yaml", ...pods);
    for (const each of CASES) {
      for (const path of PATHS) {
        await t.step(`${each.what}: ${path.join(" to ")}`, () => expectCase(scene, each, path));
      }
    }
  },
});
