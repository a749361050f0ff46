/** What the pipeline of a plugin file counts is told like that of the built-in one. */
import { join } from "node:path";
import { ROOT } from "../lab/paths.ts";
import { app, internal, podObject, trafficControl } from "../lab/agent.ts";
import { Lab } from "../lab/lab.ts";
import { eventually } from "../lab/ovs.ts";
import type { TestPod } from "../lab/pod.ts";
import { expectFlow } from "../lab/traffic.ts";

Deno.test("a pipeline of a plugin file counts copies", async () => {
  await using lab = await Lab.start(2, {
    args: ["--plugins", join(ROOT, "docs/plugins"), "--pipeline", "mirror-only"],
  });
  const [p1, p2] = lab.pods as [TestPod, TestPod];
  await lab.agent.write("pods.yaml", podObject(p1, { app: "web" }), podObject(p2, {}));
  await lab.agent.write(
    "tc.yaml",
    trafficControl("m", {
      appliedTo: app("web"),
      direction: "Both",
      action: "Mirror",
      targetPort: internal("tap0"),
    }),
  );
  await lab.agent.realized("m");
  const copies = lab.atDevice("tap0");
  await expectFlow({ from: p1, to: p2, count: 30 }, [[copies, 1]]);
  await expectFlow({ from: p2, to: p1, count: 20 }, [[copies, 1]]);
  await eventually("all of them", async () => {
    const [control] = (await lab.agent.state()).trafficControls;
    const { egress, ingress } = control?.copied ?? {};
    return egress?.packets === 30 && ingress?.packets === 20;
  });
});
