/** What `kubectl apply -k deploy` installs: a real API server accepts it, and the agent runs with the Pod's rights. */
import assert from "node:assert/strict";
import { parseConfigFile } from "../../core/agent/config_file.ts";
import { VERSION } from "../../core/build.ts";
import { app, internal, sluice, trafficControl } from "../lab/agent.ts";
import { forget } from "./cluster.ts";
import type { Object } from "../binary/container.ts";
import { type DeployedAgent, deployedNode, install, only, parseObjects } from "./deployed.ts";
import { DEPLOY } from "../lab/paths.ts";
import { apiServerTests, type KubeApiServer } from "./kube_apiserver.ts";
import { eventually } from "../lab/ovs.ts";
import type { TestPod } from "../lab/pod.ts";
import { Stream } from "../lab/stream.ts";
import { bridgeWire } from "../lab/wire.ts";

const withServer = apiServerTests(install);
const rendered = async (server: KubeApiServer, folder = DEPLOY) =>
  parseObjects(await server.kubectl(["kustomize", folder]));

Deno.test(
  withServer(
    "kubectl apply -k deploy: what is installed is what is in the files",
    async (server) => {
      // If there were a difference, kubectl would print it and exit with 1.
      const { code, stdout } = await server.tryKubectl(["diff", "-k", DEPLOY]);
      assert.deepEqual([code, stdout], [0, ""]);
    },
  ),
);

Deno.test(
  withServer("the objects fit together, and the agent takes what they give it", async (server) => {
    const objects = await rendered(server);
    const account = only(objects, "ServiceAccount").metadata;
    for (const binding of objects.filter(({ kind }) => kind.endsWith("Binding"))) {
      const { roleRef, subjects, metadata: { namespace } } = binding;
      assert.equal(only(objects, roleRef.kind, roleRef.name).metadata.namespace, namespace);
      assert.deepEqual(subjects, [{ kind: "ServiceAccount", ...account }]);
    }
    const { spec } = only(objects, "DaemonSet").spec.template;
    const [container] = spec.containers;
    assert.equal(spec.serviceAccountName, account.name);
    assert.equal(container.image, `sluice:${VERSION}`);
    const { data } = only(objects, "ConfigMap");
    const { options } = parseConfigFile("config.yaml", data["antrea-agent.conf"]);
    assert.deepEqual(options, { enabled: true, bridge: ["br-int"] });
    const { stdout } = await sluice(undefined, "agent", "--help");
    for (const argument of container.args.slice(1)) {
      assert.match(stdout, new RegExp(`^ +${argument.split("=")[0]} `, "m"));
    }
  }),
);

const control = (name: string, spec: object) =>
  trafficControl(name, { appliedTo: app("web"), direction: "Both", ...spec });
const CONTROLS = [
  control("mirror", { action: "Mirror", targetPort: internal("ids0") }),
  control("redirect", {
    action: "Redirect",
    targetPort: internal("tap0"),
    returnPort: internal("tap1"),
  }),
];

const UPDATES = 3;
const LEASES = "/apis/coordination.k8s.io/v1/namespaces/sluice-system/leases";

/** The lines of /proc/PID/status, by name: proc(5). */
async function statusOf(pid: number): Promise<Readonly<Record<string, string>>> {
  const text = await Deno.readTextFile(`/proc/${pid}/status`);
  return Object.fromEntries(text.trim().split("\n").map((line) => line.split(/:\s*/)));
}

Deno.test(
  withServer(
    "the Pod has no capability and no writable folder; a rolling update under 1,000 packets/s loses nothing",
    async (server, t) => {
      await forget(server);
      const objects = await rendered(server);
      await using node = await deployedNode(server, objects);
      const agent = node.agent as DeployedAgent;
      const [p1, p2] = node.pods as [TestPod, TestPod];
      await node.tell(p1, { app: "web" });
      await server.kubectl(
        ["apply", "-f", "-"],
        CONTROLS.map((each) => JSON.stringify(each)).join("\n"),
      );
      await agent.realized("mirror", "redirect");
      await bridgeWire(node.ovs, ["tap0", "tap1"]);
      await t.step("the process has no capability and can get none", async () => {
        const { CapEff, CapBnd, NoNewPrivs, Uid } = await statusOf(agent.pid);
        const none = "0".repeat(16);
        assert.deepEqual([CapEff, CapBnd, NoNewPrivs], [none, none, "1"]);
        assert.equal(Uid, "0\t0\t0\t0");
      });
      await t.step("the root file system and the switch's folder are read-only", async () => {
        const root = `/proc/${agent.pid}/root`;
        for (const folder of ["", "/run/openvswitch", "/etc/sluice", "/etc/sluice-plugins"]) {
          const write = Deno.writeTextFile(`${root}${folder}/x`, "");
          await assert.rejects(write, /os error 30/, folder); // EROFS
        }
        await Deno.writeTextFile(`${root}/var/cache/sluice/x`, "");
      });
      const stream = new Stream({ from: p1, to: p2 }, node.at(p2), [node.atDevice("ids0")]);
      await t.step("the probes of the Pod succeed", async () => {
        for (const probe of ["startupProbe", "livenessProbe", "readinessProbe"] as const) {
          assert.ok(await agent.probe(probe), probe);
        }
      });
      await t.step(
        "while a new agent replaces the old one, no packet is lost and all are mirrored",
        async () => {
          await stream.goesOn("all", async () => {
            for (let update = 0; update < UPDATES; update++) {
              await agent.stop(); // asserts exit code 0
              assert.ok(!await agent.probe("livenessProbe"));
              agent.startAgain();
              await eventually("it ready", () => agent.probe("readinessProbe"), 30_000);
            }
          });
        },
      );
      await t.step("a stopped leader gives the Lease back, and takes it again later", async () => {
        const lease = await eventually("its holder", async () => {
          const [lease] = (await server.must("GET", LEASES)).items;
          return lease.spec.holderIdentity && lease.spec;
        });
        assert.match(lease.holderIdentity, /^node1 /);
        assert.ok(lease.leaseTransitions >= UPDATES, `${lease.leaseTransitions} transitions`);
      });
    },
  ),
);

/** Number of a user and of a group that are not root. */
const NOBODY = 65534;

Deno.test(
  withServer(
    "sockets of another user: the agent says that it cannot open them, and with DAC_OVERRIDE it can",
    async (server) => {
      await forget(server);
      const objects = await rendered(server);
      await using node = await deployedNode(server, objects);
      await Deno.chown(node.ovs.dir, NOBODY, NOBODY);
      await Deno.chmod(node.ovs.dir, 0o750);
      const ready = async () => (await node.agent.get("/readyz")).text;
      await node.agent.kill();
      node.agent.startAgain();
      await eventually(
        "why not",
        async () => /OVSDB at .* does not answer/.test(await ready()),
        30_000,
      );
      assert.match(node.agent.log.join("\n"), /Permission denied/);
      const { securityContext } = only(objects, "DaemonSet").spec.template.spec.containers[0];
      securityContext.capabilities.add = ["DAC_OVERRIDE"];
      await using able = await deployedNode(server, objects);
      await Deno.chown(able.ovs.dir, NOBODY, NOBODY);
      await Deno.chmod(able.ovs.dir, 0o750);
      await able.agent.kill();
      able.agent.startAgain();
      await eventually(
        "it ready",
        async () => (await able.agent.get("/readyz")).status === 200,
        30_000,
      );
      const { CapEff } = await statusOf(able.agent.pid);
      assert.equal(Number(CapEff), 2); // bit 1: capabilities(7)
    },
  ),
);
