/**
 * What Sluice does and says in two situations must be what was recorded: `golden.ts` tells how to record it anew.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { stringify } from "yaml";
import type { State } from "../core/report/state.ts";
import { BRIDGE, TestAgent } from "./lab/agent.ts";
import { GOLDEN, golden, names } from "./golden.ts";
import {
  flowsOf,
  lineByLine,
  manifestsOf,
  planOf,
  portsOf,
  sortedPlanOf,
  statusOf,
  statusTextOf,
  underHeads,
  withoutPods,
} from "./golden_capture.ts";
import { attachWorld, canHavePorts, CONTROLS, MANIFESTS, PODS } from "./golden_world.ts";
import { PrivateOvs } from "./lab/ovs.ts";
import { EXAMPLES } from "./lab/paths.ts";
import { introduce, TestPod } from "./lab/pod.ts";
import { collector } from "./lab/tunnel.ts";

const EXAMPLE_CONTROLS = [
  "mirror-all-to-remote",
  "mirror-db-to-local",
  "mirror-web-app",
  "redirect-prod-to-local",
];
const REMOTE = "10.0.10.2";

/** Everything as `scripts/demo` has it: three Pods, the collector behind the tunnels, the examples. */
async function prepareDemo(ovs: PrivateOvs): Promise<void> {
  const pods: TestPod[] = [];
  for (const [index, name] of ["web", "db", "shop"].entries()) {
    const number = index + 1;
    const ips = [`10.9.0.${number}/24`];
    pods.push(await TestPod.attach(ovs, name, { mac: `02:00:00:00:00:0${number}`, ips }));
  }
  await introduce(...pods);
  await collector(ovs, [REMOTE]);
  await Deno.mkdir(manifestsOf(ovs));
  for (const name of await names(EXAMPLES)) {
    await Deno.copyFile(join(EXAMPLES, name), join(manifestsOf(ovs), name));
  }
}

/** Gives a plan all that it can show: another controller changes a port and deletes a flow, and a manifest goes. */
async function disturb(ovs: PrivateOvs): Promise<void> {
  await ovs.vsctl("set", "port", "ids0", "protected=false");
  await ovs.ofctl("del-flows", BRIDGE, "table=206");
  await Deno.remove(join(manifestsOf(ovs), "mirror-web-app.yaml"));
}

Deno.test("golden: the demo", async () => {
  await using ovs = await PrivateOvs.start();
  await prepareDemo(ovs);
  const plan = await planOf(ovs);
  await using agent = await TestAgent.start(ovs);
  await agent.realized(...EXAMPLE_CONTROLS);
  const realized = {
    "flows.txt": await flowsOf(ovs),
    "ports.txt": await portsOf(ovs),
    "status.json": await statusOf(ovs),
    "status.txt": await statusTextOf(ovs),
    "plan_realized.txt": await planOf(ovs),
  };
  await agent.stop(); // it would repair at once what is disturbed now
  await disturb(ovs);
  await golden("demo", {
    "plan.txt": plan,
    ...realized,
    "plan_repair.txt": await sortedPlanOf(ovs),
  });
});

/** Every port is ready that can be, and each TrafficControl is realized or has a condition. */
function isComplete({ trafficControls, pods, ports }: State): boolean {
  const ready = new Set(ports.map(({ name }) => name));
  return pods.length === PODS && trafficControls.length === CONTROLS &&
    trafficControls.every(({ name, target, return: returned = target, realized, conditions }) =>
      canHavePorts(name)
        ? ready.has(target!) && ready.has(returned!) && (realized || conditions.length > 0)
        : conditions.length > 0
    );
}

Deno.test("golden: 250 Pods x 50 TrafficControls", async () => {
  await using ovs = await PrivateOvs.start({ datapath: "dummy" });
  await attachWorld(ovs);
  await Deno.mkdir(manifestsOf(ovs));
  for (const [file, objects] of MANIFESTS) {
    const text = objects.map((object) => stringify(object)).join("---\n");
    await Deno.writeTextFile(join(manifestsOf(ovs), file), text);
  }
  const plan = await planOf(ovs);
  await using agent = await TestAgent.start(ovs);
  await agent.settled("every port and TrafficControl", isComplete);
  await golden("scale", {
    "plan.txt": underHeads(plan),
    "flows.txt": underHeads(await flowsOf(ovs)),
    "ports.txt": await portsOf(ovs),
    "status_json.txt": lineByLine(await statusOf(ovs)),
    "status.txt": withoutPods(await statusTextOf(ovs)),
    "plan_realized.txt": await planOf(ovs),
  });
});

Deno.test("golden: every file belongs to a situation", async () => {
  assert.deepEqual(await names(GOLDEN), ["demo", "scale"]);
});
