/** What the tests of docs/antrea.md begin with. @module */
import { app, podObject, type TestAgent, trafficControl } from "../lab/agent.ts";
import { Lab } from "../lab/lab.ts";
import { eventually, type PrivateOvs } from "../lab/ovs.ts";
import type { TestPod } from "../lab/pod.ts";
import { ipIn } from "../lab/run.ts";
import { expectFlow } from "../lab/traffic.ts";

export type Spec = Readonly<Record<string, unknown>>;
export const device = (name: string) => ({ device: { name } });
export const web = { appliedTo: app("web"), direction: "Both" };
export const mirror = (name: string, targetPort: Spec, more: Spec = {}) =>
  trafficControl(name, { ...web, action: "Mirror", targetPort, ...more });
export const redirect = (name: string, targetPort: Spec, returnPort: Spec, more: Spec = {}) =>
  trafficControl(name, { ...web, action: "Redirect", targetPort, returnPort, ...more });

export interface Bench {
  readonly lab: Lab;
  readonly ovs: PrivateOvs;
  readonly agent: TestAgent;
  readonly p1: TestPod;
  readonly p2: TestPod;
}

/** Two Pods, of which the first is selected. */
export async function start(): Promise<Bench & AsyncDisposable> {
  const lab = await Lab.start(2);
  const { ovs, agent } = lab;
  const [p1, p2] = lab.pods as [TestPod, TestPod];
  await agent.write("p1.yaml", podObject(p1, { app: "web" }));
  await agent.write("p2.yaml", podObject(p2, { app: "db" }));
  return { lab, ovs, agent, p1, p2, [Symbol.asyncDispose]: () => lab[Symbol.asyncDispose]() };
}

export const ports = async (ovs: PrivateOvs) =>
  (await ovs.vsctl("list-ports", "br0")).trim().split("\n").filter((name) => !/^p\d+$/.test(name));

/** Once a pair has drained. */
export const leftAre = (ovs: PrivateOvs, ...names: readonly string[]) =>
  eventually(`no port but ${names}`, async () => (await ports(ovs)).join() === names.join());

export async function veth(ovs: PrivateOvs, name: string): Promise<void> {
  await ipIn(ovs.netns, "link", "add", "name", name, "type", "veth", "peer", "name", `${name}-x`);
  for (const end of [name, `${name}-x`]) await ipIn(ovs.netns, "link", "set", "dev", end, "up");
}

/** The Pods talk, and the sensor of each name sees every packet so often. */
export async function talk({ lab, p1, p2 }: Bench, seen: Readonly<Record<string, number>> = {}) {
  const sensors = Object.entries(seen).map(([name, times]) => [lab.atDevice(name), times] as const);
  await expectFlow({ from: p1, to: p2 }, [[lab.at(p2), 1], ...sensors]);
  await expectFlow({ from: p2, to: p1, version: 6 }, [[lab.at(p1), 1], ...sensors]);
}
