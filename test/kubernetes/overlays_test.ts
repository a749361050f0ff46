/** The overlays of `deploy/`: a real API server accepts them, and the agent works with what each of them changes. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { app, internal, trafficControl } from "../lab/agent.ts";
import { type ClusterNode, forget } from "./cluster.ts";
import { deployedNode, HOST_IP, install, parseObjects } from "./deployed.ts";
import { DEPLOY } from "../lab/paths.ts";
import { apiServerTests } from "./kube_apiserver.ts";
import { POD_MONITOR_CRD } from "./pod_monitor.ts";
import { get } from "../lab/http.ts";
import type { TestPod } from "../lab/pod.ts";

const withServer = apiServerTests(async (server) => {
  // The operator's own CRD has far more fields. deploy/overlays/monitoring is valid by that CRD, too.
  await server.kubectl(["apply", "--server-side", "-f", "-"], JSON.stringify(POD_MONITOR_CRD));
  await install(server);
});

/** Where Open vSwitch is on a node with this overlay, and what else the overlay has to do. */
interface Overlay {
  readonly bridge: string;
  readonly ovsFolder: string;
  readonly alsoShows?: (node: ClusterNode) => Promise<void>;
}

async function statusOf({ ovs }: ClusterNode, url: string): Promise<number> {
  return (await get(ovs.netns, url)).status;
}

const OVERLAYS: Readonly<Record<string, Overlay>> = {
  "antrea": { bridge: "br-int", ovsFolder: "/var/run/antrea/openvswitch" },
  "ovs-cni": { bridge: "br1", ovsFolder: "/run/openvswitch" },
  "monitoring": {
    bridge: "br-int",
    ovsFolder: "/run/openvswitch",
    alsoShows: async (node) => {
      assert.equal(await statusOf(node, `http://${HOST_IP}:10361/metrics`), 200);
      assert.equal(await statusOf(node, `http://${HOST_IP}:10361/api/v1/state`), 404);
      // Nobody listens there.
      assert.equal(await statusOf(node, `http://${HOST_IP}:10360/metrics`), 0);
    },
  },
};

for (const [name, { bridge, ovsFolder, alsoShows }] of Object.entries(OVERLAYS)) {
  Deno.test(
    withServer(`overlay ${name}: applied, and at work on its bridge`, async (server) => {
      await forget(server);
      const folder = join(DEPLOY, "overlays", name);
      await server.kubectl(["apply", "-k", folder]);
      const objects = parseObjects(await server.kubectl(["kustomize", folder]));
      await using node = await deployedNode(server, objects, { bridge, ovsFolder });
      await node.tell((node.pods as [TestPod])[0], { app: "web" });
      await server.kubectl(
        ["apply", "-f", "-"],
        JSON.stringify(trafficControl("m", {
          appliedTo: app("web"),
          direction: "Both",
          action: "Mirror",
          targetPort: internal("ids0"),
        })),
      );
      const state = await node.agent.realized("m");
      assert.equal(state.bridge, bridge);
      await alsoShows?.(node);
    }),
  );
}
