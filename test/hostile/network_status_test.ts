/**
 * On a bridge of ovs-cni the MAC of a port is known only by the annotation that Multus writes, which a tenant can edit. He
 * gets out of no redirect by that, takes nobody else out, and gets nobody else's packets. 50 packets out and 50 in.
 */
import assert from "node:assert/strict";
import type { TestPod } from "../lab/pod.ts";
import { type Annotations, antrea, markedAs, MarkedLab, networkStatus, ovsCNI } from "./marked.ts";

const UNTRUSTED = ["--trust-annotations", "none"];
const statusOf = ({ mac, ips }: TestPod) => networkStatus(mac, ips.map((ip) => ip.split("/")[0]!));

const EDITS: Readonly<Record<string, (own: TestPod, victim: TestPod) => Annotations>> = {
  "not JSON": () => ({ "k8s.v1.cni.cncf.io/network-status": "{" }),
  "nothing": () => ({}),
  "no interface": () => ({ "k8s.v1.cni.cncf.io/network-status": "[]" }),
  "another MAC": () => networkStatus("02:99:00:00:00:01"),
  "the victim's MAC": (_, { mac }) => networkStatus(mac),
  "the victim's MAC and addresses": (_, victim) => statusOf(victim),
  "the victim's addresses": ({ mac }, { ips }) =>
    networkStatus(mac, ips.map((ip) => ip.split("/")[0]!)),
};

Deno.test("what a tenant makes of the network status takes no Pod out of its redirect, nor gets its packets", async (t) => {
  await using marked = await MarkedLab.start(ovsCNI, ...UNTRUSTED);
  const [tenant, inspected, other, friend] = marked.pods;
  const all = [tenant, inspected, other, friend];
  const labels = [{ app: "seen" }, { app: "inspected" }, { app: "inspected" }, {}];
  const inOrder = (annotations: readonly (Annotations | undefined)[]) =>
    all.map((pod, at) => ({
      pod,
      labels: labels[at]!,
      annotations: annotations[at] ?? statusOf(pod),
    }));
  const tell = (annotations: readonly Annotations[]) => marked.tell(...inOrder(annotations));
  const right = all.map(statusOf);
  await tell(right);
  for (const [edit, make] of Object.entries(EDITS)) {
    await t.step(edit, async () => {
      const [first, , third, last] = right as [Annotations, Annotations, Annotations, Annotations];
      // The tenant aims at the Pod that is inspected, which itself wants to get out; so does another with its own MAC.
      await tell([make(tenant, inspected), make(inspected, friend), third, last]);
      await marked.expect([inspected, friend], { at: { tap0: 1, ids0: 0 } });
      await marked.expect([tenant, friend], { at: { tap0: 0, ids0: 1 } });
      await tell([first, make(inspected, other), make(other, inspected), last]);
      await marked.expect([other, friend], { at: { tap0: 1, ids0: 0 } });
    });
  }
  await t.step("the agent starts again after such an edit", async () => {
    await marked.lab.agent.stop();
    await marked.write(...inOrder([statusOf(inspected), networkStatus("02:99:00:00:00:01")]));
    marked.lab.agent.startAgain();
    await marked.known();
    await marked.expect([inspected, friend], { at: { tap0: 1, ids0: 0 } });
    await marked.expect([tenant, friend], { at: { tap0: 0, ids0: 1 } });
  });
});

Deno.test("a Pod that begins with the MAC of another gets none of its packets, and until it says its own it is cut off", async () => {
  await using marked = await MarkedLab.start(ovsCNI, ...UNTRUSTED);
  const [victim, friend, late] = marked.pods;
  const before = [
    { pod: victim, labels: { app: "inspected" }, annotations: statusOf(victim) },
    { pod: friend, annotations: statusOf(friend) },
  ];
  await marked.tell(...before);
  const status = (app: string, annotations: Annotations) =>
    marked.tell(...before, { pod: late, labels: { app }, annotations });
  await status("seen", statusOf(victim));
  await marked.expect([victim, friend], { at: { tap0: 1, ids0: 0 } });
  await status("inspected", statusOf(victim));
  await marked.expect([victim, friend], { at: { tap0: 1 } });
  const { trafficControls } = await marked.lab.agent.state();
  const { conditions } = trafficControls.find(({ name }) => name === "inspected")!;
  assert.deepEqual(
    conditions.filter(({ warning }) => !warning).map(({ reason }) => reason).slice(0, 1),
    ["ClaimRefused"],
  );
  await status("inspected", statusOf(late));
  await marked.expect([late, friend], { at: { tap0: 1 } });
});

/** What the kubelet and the API server say of a static Pod: its UID on the node is not that of its object. */
const staticPod = (uid: string) => ({
  "kubernetes.io/config.mirror": uid,
  "kubernetes.io/config.hash": uid,
});

Deno.test("a static Pod is found by the UID that the kubelet gave it, and nobody takes its port by that", async () => {
  await using marked = await MarkedLab.start(ovsCNI, ...UNTRUSTED);
  const [real, victim, friend, forger] = marked.pods;
  await marked.tell(
    {
      pod: real,
      uid: "uid-of-the-mirror",
      labels: { app: "inspected" },
      annotations: { ...staticPod(real.name), ...statusOf(real) },
    },
    { pod: victim, labels: { app: "inspected" }, annotations: statusOf(victim) },
    { pod: friend, annotations: statusOf(friend) },
    {
      pod: forger,
      labels: { app: "seen" },
      annotations: { ...staticPod(victim.name), ...statusOf(forger) },
      made: "2026-01-01T00:00:00Z",
    },
  );
  await marked.expect([real, friend], { at: { tap0: 1, ids0: 0 } });
  await marked.expect([victim, friend], { at: { tap0: 1, ids0: 0 } });
  await marked.expect([forger, friend], { at: { tap0: 0, ids0: 1 } });
});

Deno.test("an interface of Antrea's secondary network that has no IP address is mirrored in both directions", async () => {
  const secondary = markedAs("port", ({ name, mac }) => ({
    "antrea-type": "container",
    "container-id": name,
    "pod-name": name,
    "pod-namespace": "default",
    "attached-mac": mac,
    "if-dev": "eth1",
    "ip-address": "",
  }));
  await using marked = await MarkedLab.start(secondary);
  const [seen, other, inspected] = marked.pods;
  await marked.tell({ pod: seen, labels: { app: "seen" } }, { pod: other }, {
    pod: inspected,
    labels: { app: "inspected" },
  });
  await marked.expect([seen, other], { at: { ids0: 1 } });
  await marked.expect([inspected, other], { at: { tap0: 1 } });
  assert.deepEqual(await marked.reasons("seen"), []);
});

Deno.test("without a MAC nothing to or from a Pod is redirected, and what it receives is neither dropped nor mirrored", async () => {
  await using marked = await MarkedLab.start(ovsCNI, ...UNTRUSTED);
  const [seen, friend, inspected, dropped] = marked.pods;
  await marked.tell(
    { pod: seen, labels: { app: "seen" } },
    { pod: friend, annotations: statusOf(friend) },
    { pod: inspected, labels: { app: "inspected" } },
    { pod: dropped, labels: { app: "dropped" } },
  );
  await marked.expect([inspected, friend], { at: { tap0: 0 } });
  await marked.expectOneWay([seen, friend], { at: { ids0: 1 } });
  await marked.expectOneWay([friend, seen], { at: { ids0: 0 } });
  await marked.expectOneWay([dropped, friend], { arrive: 0, at: {} });
  await marked.expectOneWay([friend, dropped], { at: {} });
  const { trafficControls } = await marked.lab.agent.state();
  for (const name of ["inspected", "seen", "dropped"]) {
    const { conditions } = trafficControls.find((each) => each.name === name)!;
    const texts = conditions.map(({ message }) => message).join();
    assert.match(texts, /so none of them is mirrored, redirected or dropped/);
    assert.equal(/nothing to or from it is redirected/.test(texts), name === "inspected");
  }
});

Deno.test("a network status that is too large to be read is said by a condition", async () => {
  await using marked = await MarkedLab.start(ovsCNI, ...UNTRUSTED);
  const [pod, other] = marked.pods;
  const [key] = Object.keys(statusOf(pod));
  const annotations = { [key!]: statusOf(pod)[key!] + " ".repeat(20_000) };
  await marked.tell({ pod, labels: { app: "seen" }, annotations }, { pod: other });
  assert.ok((await marked.reasons("seen")).includes("Invalid"));
});

Deno.test("of a Pod with a wrong annotation for one resolver, another resolver's word counts", async () => {
  await using marked = await MarkedLab.start(antrea, ...UNTRUSTED);
  const [pod, other] = marked.pods;
  await ovsCNI(marked.lab, pod);
  await marked.tell(
    { pod, labels: { app: "seen" }, annotations: { "k8s.v1.cni.cncf.io/network-status": "{" } },
    { pod: other },
  );
  await marked.expect([pod, other], { at: { ids0: 1 } });
});
