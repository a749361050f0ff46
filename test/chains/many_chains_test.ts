/** Many chains that share one pair: broadcast reaches every Pod, whatever the number of chains. */
import { internal, podObject, trafficControl } from "../lab/agent.ts";
import { Lab } from "../lab/lab.ts";
import type { TestPod } from "../lab/pod.ts";
import { expectFlow } from "../lab/traffic.ts";

/** With 14 chains of 6, a way through all their 71 pairs is deeper than Open vSwitch follows. */
const CHAINS = 14;
const OWN_PAIRS = [2, 3, 4, 5, 6];
const EVERYBODY = { mac: "ff:ff:ff:ff:ff:ff", ips: ["255.255.255.255"] };
/** Nothing that the test sends: all pairs are passed over. */
const TCP = { rules: [{ action: "Include", protocol: "TCP" }] };

const member = (name: string, labels: object, chainOrder: number) =>
  trafficControl(name, {
    appliedTo: { podSelector: { matchLabels: labels } },
    direction: "Both",
    action: "Redirect",
    targetPort: internal(`t${name}`),
    returnPort: internal(`r${name}`),
    chainOrder,
    ...TCP,
  });

Deno.test("broadcast passes over the pairs of many chains that share one, and reaches all Pods", async () => {
  await using lab = await Lab.start(CHAINS + 1);
  const pods = lab.pods as [TestPod, ...TestPod[]];
  const chained = pods.slice(0, CHAINS);
  const owner = (index: number) => ({ owner: `pod${index}` });
  await lab.agent.write(
    "pods.yaml",
    ...chained.map((pod, index) => podObject(pod, { shared: "all", ...owner(index) })),
    podObject(pods[CHAINS]!, {}),
  );
  const own = chained.flatMap((_, index) =>
    OWN_PAIRS.map((order) => [`x${index}y${order}`, owner(index), order] as const)
  );
  const members = [["fw", { shared: "all" }, 1] as const, ...own];
  await lab.agent.write(
    "tc.yaml",
    ...members.map(([name, labels, order]) => member(name, labels, order)),
  );
  await lab.agent.realized(...members.map(([name]) => name));
  await lab.ovs.emptyCache();
  for (const from of [pods[0], pods[CHAINS]!]) {
    const others = pods.filter((pod) => pod !== from).map((pod) => [lab.at(pod), 1] as const);
    await expectFlow({ from, to: EVERYBODY, count: 5 }, others);
  }
});
