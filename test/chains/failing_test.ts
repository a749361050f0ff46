/** Chains with a sensor that fails: each pair by its own `failureMode`. */
import { app, internal, podObject, trafficControl } from "../lab/agent.ts";
import { Lab } from "../lab/lab.ts";
import { eventually } from "../lab/ovs.ts";
import { ipIn } from "../lab/run.ts";
import type { TestPod } from "../lab/pod.ts";
import { expectFlow } from "../lab/traffic.ts";
import { bridgeWire } from "../lab/wire.ts";

const NAMES = ["a", "b", "c"] as const;
type Name = typeof NAMES[number];

const member = (name: Name, more: object = {}) =>
  trafficControl(name, {
    appliedTo: app("web"),
    direction: "Both",
    action: "Redirect",
    targetPort: internal(`t-${name}`),
    returnPort: internal(`r-${name}`),
    chainOrder: NAMES.indexOf(name),
    ...more,
  });

async function started(): Promise<{ lab: Lab; web: TestPod; peer: TestPod }> {
  const lab = await Lab.start(2);
  const [web, peer] = lab.pods as [TestPod, TestPod];
  await lab.agent.write("pods.yaml", podObject(web, { app: "web" }), podObject(peer, {}));
  return { lab, web, peer };
}

Deno.test("a sensor in the middle that hangs is passed over if it fails open, and used again when it is back", async () => {
  const { lab, web, peer } = await started();
  await using _lab = lab;
  const { ovs, agent } = lab;
  await agent.write(
    "tc.yaml",
    ...NAMES.map((name) => member(name, name === "b" ? { failureMode: "Open" } : {})),
  );
  await agent.settled("three", ({ trafficControls }) => trafficControls.length === 3);
  await eventually("the ports", () => ovs.exec("ip", "link", "show", "r-c"));
  for (const name of NAMES) await bridgeWire(ovs, [`t-${name}`, `r-${name}`]);
  await agent.realized(...NAMES);
  const [a, b, c] = NAMES.map((name) => lab.atDevice(`t-${name}`));
  const passes = async (timesInB: 0 | 1) => {
    await ovs.emptyCache();
    const sensors = [[a!, 1], [b!, timesInB], [c!, 1]] as const;
    await expectFlow({ from: web, to: peer }, [[lab.at(peer), 1], ...sensors]);
    await expectFlow({ from: peer, to: web, version: 6 }, [[lab.at(web), 1], ...sensors]);
  };
  const isOpen = (wanted: boolean) =>
    agent.settled(
      `that b is ${wanted ? "open" : "closed"}`,
      ({ sensors }) => sensors.some(({ target, isOpen }) => target === "t-b" && isOpen === wanted),
    );
  await isOpen(false);
  await passes(1);
  await ipIn(ovs.netns, "link", "set", "dev", "r-b", "nomaster");
  await isOpen(true);
  await passes(0);
  await ipIn(ovs.netns, "link", "set", "dev", "r-b", "master", "w-t-b");
  await isOpen(false);
  await passes(1);
});

Deno.test("a closed pair without its device drops what its rules take, and the rest of the chain goes on for all else", async () => {
  const { lab, web, peer } = await started();
  await using _lab = lab;
  const { ovs, agent } = lab;
  const gone = { targetPort: { device: { name: "gone" } }, failureMode: "Closed" };
  const ipv6 = { rules: [{ action: "Include", peers: [{ ipBlock: { cidr: "::/0" } }] }] };
  const write = async (more: object) => {
    await agent.write("tc.yaml", member("a"), member("b", { ...gone, ...more }), member("c"));
    await agent.settled(
      "that b blocks",
      ({ trafficControls }) =>
        trafficControls.length === 3 &&
        trafficControls.every(({ name, conditions }) =>
          (name === "b") === conditions.some(({ reason }) => reason === "Blocked")
        ),
    );
    await ovs.emptyCache();
  };
  await agent.write("tc.yaml", member("a"), member("c"));
  await agent.realized("a", "c");
  for (const name of ["a", "c"]) await bridgeWire(ovs, [`t-${name}`, `r-${name}`]);
  const [a, c] = [lab.atDevice("t-a"), lab.atDevice("t-c")];
  const both = async (version: 4 | 6, times: 0 | 1) => {
    const sensors = [[a, times], [c, times]] as const;
    await expectFlow({ from: web, to: peer, version }, [[lab.at(peer), times], ...sensors]);
    await expectFlow({ from: peer, to: web, version }, [[lab.at(web), times], ...sensors]);
  };
  await write(ipv6);
  await both(4, 1);
  await both(6, 0);
  await write({});
  await both(4, 0);
});
