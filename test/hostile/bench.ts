/** A Pod that is redirected, one that is mirrored, and others. @module */
import { app, internal, podObject, trafficControl } from "../lab/agent.ts";
import { Lab } from "../lab/lab.ts";
import type { TestPod } from "../lab/pod.ts";
import { bridgeWire } from "../lab/wire.ts";

export const redirect = (selected: string, target = "tap0", returned = "tap1") =>
  trafficControl(`r-${selected}`, {
    appliedTo: app(selected),
    direction: "Both",
    action: "Redirect",
    targetPort: internal(target),
    returnPort: internal(returned),
  });
export const mirror = (selected: string) =>
  trafficControl(`m-${selected}`, {
    appliedTo: app(selected),
    direction: "Both",
    action: "Mirror",
    targetPort: internal("ids0"),
  });

export async function start(pods: number) {
  const lab = await Lab.start(pods);
  const [p1, p2, p3] = lab.pods as [TestPod, TestPod, TestPod];
  await lab.agent.write(
    "pods.yaml",
    podObject(p1, { app: "in" }),
    podObject(p2, { app: "seen" }),
    ...(p3 ? [podObject(p3, {})] : []), // a fourth is not known as a Pod
  );
  await lab.agent.write("tc.yaml", redirect("in"), mirror("seen"));
  await lab.agent.realized("m-seen", "r-in");
  await bridgeWire(lab.ovs, ["tap0", "tap1"]);
  return { lab, p1, p2, p3 };
}
