/**
 * A tenant who may edit the annotations and labels of his own Pods, on a bridge whose ports Antrea has marked: he gets out
 * of no redirect and no drop, takes nobody else out, and gets nobody else's packets. 50 packets out and 50 in.
 */
import assert from "node:assert/strict";
import type { TestPod } from "../lab/pod.ts";
import { type Annotations, antrea, MarkedLab } from "./marked.ts";

type Made = (own: TestPod, victim: TestPod) => Annotations;

const PORT = "sluice.dev/ovs-port";
const MAC = "sluice.dev/mac";

/** What the tenant writes, with the Pod that he attacks, or whose place he wants. */
const TRICKS: Readonly<Record<string, Made>> = {
  "a wrong MAC": () => ({ [MAC]: "x" }),
  "another MAC": () => ({ [MAC]: "02:99:00:00:00:01" }),
  "a port that is not there, and a wrong match": () => ({ [PORT]: "z", "sluice.dev/match": "z" }),
  "a port that is not there": () => ({ [PORT]: "z" }),
  "the bridge's own port": () => ({ [PORT]: "br0" }),
  "a port of Sluice": () => ({ [PORT]: "tap1" }),
  "the victim's port": (_, victim) => ({ [PORT]: victim.name }),
  "the victim's port and MAC": (_, { name, mac }) => ({ [PORT]: name, [MAC]: mac }),
  "the victim's port, by IP": (_, { name }) => ({ [PORT]: name, "sluice.dev/match": "ip" }),
  "the victim's MAC": (_, { mac }) => ({ [MAC]: mac }),
  "his own and the victim's MAC": (own, { name, mac }) => ({
    [PORT]: own.name,
    [MAC]: `${own.mac},${mac}`,
    "sluice.dev/match": name && "mac",
  }),
  "the machine's UUID": (_, { name }) => ({ "sluice.dev/vm-id": name }),
  "the machine's name": (_, { name }) => ({ "kubevirt.io/domain": name }),
  "a network status that is not JSON": () => ({ "k8s.v1.cni.cncf.io/network-status": "{" }),
  "the victim's UID as that of a static Pod": (_, { name }) => ({
    "kubernetes.io/config.mirror": name,
  }),
};

/** Settings of the agent, and the tricks that are tried with them; all if there are none. */
const SETTINGS: readonly (readonly [args: readonly string[], tricks?: readonly string[]])[] = [
  [[]],
  [["--trust-annotations", "none"]],
  [["--resolver", "antrea"], ["a wrong MAC", "the victim's MAC", "the victim's port and MAC"]],
];

for (const [args, tricks = Object.keys(TRICKS)] of SETTINGS) {
  const settings = args.join(" ") || "no settings";
  Deno.test(`with ${settings}, no annotation takes any Pod out of a redirect or a drop, or gets its packets`, async (t) => {
    await using marked = await MarkedLab.start(antrea, ...args);
    const [tenant, inspected, dropped, friend] = marked.pods;
    for (const trick of tricks) {
      const make = TRICKS[trick]!;
      await t.step(trick, async () => {
        await marked.tell(
          { pod: tenant, labels: { app: "seen" }, annotations: make(tenant, inspected) },
          { pod: inspected, labels: { app: "inspected" }, annotations: make(inspected, dropped) },
          { pod: dropped, labels: { app: "dropped" }, annotations: make(dropped, friend) },
          { pod: friend },
        );
        await marked.expect([inspected, friend], { at: { tap0: 1, ids0: 0 } });
        await marked.expect([dropped, friend], { arrive: 0, at: { tap0: 0, ids0: 0 } });
      });
    }
  });
}

Deno.test("what does not count is said, and the TrafficControl is realized all the same", async () => {
  await using marked = await MarkedLab.start(antrea, "--trust-annotations", "none");
  const [own, victim] = marked.pods;
  await marked.tell({
    pod: own,
    labels: { app: "inspected" },
    annotations: { [PORT]: victim.name, [MAC]: "x" },
  });
  const { trafficControls } = await marked.lab.agent.state();
  const { realized, conditions } = trafficControls.find(({ name }) => name === "inspected")!;
  assert.ok(realized);
  assert.deepEqual(conditions.map(({ reason, warning }) => [reason, warning]), [
    ["ClaimRefused", true],
    ["Invalid", true],
  ]);
  assert.match(conditions[0]!.message, /do not count: "sluice.dev\/mac, sluice.dev\/ovs-port"/);
});
