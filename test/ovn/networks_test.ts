/**
 * A Pod with an interface in a second network, as OVN-Kubernetes and Kube-OVN mark it: what TrafficControls do to its
 * packets they do at both interfaces, also if the second network gives no addresses. The bridge is not OVN's, so that this
 * shows the resolvers and the core, not a pipeline. 50 packets out and 50 in.
 */
import { markedAs, MarkedLab, networkStatus } from "../hostile/marked.ts";
import type { TestPod } from "../lab/pod.ts";
import { type CNI, kubeOvn, type Nic, ovnKubernetes } from "./cnis.ts";

/** The Pod, its second interface, which is another device here, and a Pod with one interface. */
const [POD, SECOND] = ["p1", "p2"];
const NETWORK = "net-1";

const nicOf = ({ name, mac, ips }: TestPod): Nic => {
  const isSecond = name === SECOND;
  const pod = isSecond ? POD! : name;
  return {
    namespace: "default",
    pod,
    uid: pod,
    mac,
    ips: isSecond ? [] : ips,
    network: isSecond ? NETWORK : undefined,
  };
};

const CNIS: Readonly<Record<string, CNI>> = {
  "OVN-Kubernetes": ovnKubernetes,
  "Kube-OVN": kubeOvn,
};
for (const [name, cni] of Object.entries(CNIS)) {
  Deno.test(`${name}: a Pod's interface in a second network is mirrored and redirected like the first`, async () => {
    const marks = markedAs("interface", (pod) => cni.externalIDs(nicOf(pod)));
    await using marked = await MarkedLab.start(marks);
    const [first, second, friend] = marked.pods;
    const annotations = Object.assign(
      {},
      ...[first, second].map((pod) => cni.annotations(nicOf(pod))),
      networkStatus(second.mac),
    );
    const told = (app: string) =>
      marked.tell({ pod: first, labels: { app }, annotations }, {
        pod: friend,
        annotations: cni.annotations(nicOf(friend)),
      });
    await told("seen");
    await marked.expect([first, friend], { at: { ids0: 1, tap0: 0 } });
    await marked.expect([second, friend], { at: { ids0: 1, tap0: 0 } });
    await told("inspected");
    await marked.expect([first, friend], { at: { ids0: 0, tap0: 1 } });
    await marked.expect([second, friend], { at: { ids0: 0, tap0: 1 } });
  });
}
