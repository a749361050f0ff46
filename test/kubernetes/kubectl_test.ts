/** What users of kubectl see of TrafficControls: columns, a failure with its cure, Events, and the plugin of kubectl. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { app, internal, trafficControl } from "../lab/agent.ts";
import { eventually } from "../lab/ovs.ts";
import { ROOT, script } from "../lab/paths.ts";
import type { TestPod } from "../lab/pod.ts";
import { type Ran, tryRun } from "../lab/run.ts";
import { ClusterNode, forget, installCRDs } from "./cluster.ts";
import { apiServerTests, type KubeApiServer } from "./kube_apiserver.ts";
import { program } from "./programs.ts";

const withServer = apiServerTests(installCRDs);
const CREATE = "create it";

const control = (name: string, spec: object) =>
  trafficControl(name, { appliedTo: app("web"), direction: "Both", ...spec });
const FINE = control("fine", {
  action: "Redirect",
  targetPort: internal("tap0"),
  returnPort: internal("tap1"),
});
const BAD = control("bad", { action: "Mirror", targetPort: { device: { name: "nic9" } } });

const apply = (server: KubeApiServer, object: object) =>
  server.kubectl(["apply", "-f", "-"], JSON.stringify(object));
const wait = (server: KubeApiServer, condition: string, name: string) =>
  server.kubectl(["wait", `--for=${condition}`, `tc/${name}`, "--timeout=30s"]);

/** The blocks of output in docs/kubernetes.md that begin with this text. */
async function pageBlock(beginning: string): Promise<string> {
  const page = await Deno.readTextFile(join(ROOT, "docs/kubernetes.md"));
  const blocks = [...page.matchAll(/^```\w*\n([^]*?)^```/gm)].map(([, block]) => block!);
  return blocks.find((block) => block.startsWith(beginning))!;
}
const withoutAge = (table: string) =>
  table.trim().split("\n").map((line) => line.replace(/ +\S+$/, ""));

/** The cells of a table of kubectl's: at least two spaces are between columns. */
const cells = (text: string) => text.trim().split("\n").map((line) => line.split(/ {2,}/));

Deno.test(
  withServer(
    "kubectl get and describe tell what is done, and what fails where and why",
    async (server, t) => {
      await using node = await ClusterNode.start(server, 1);
      await node.tell((node.pods as [TestPod])[0], { app: "web" });
      await apply(server, FINE);
      await apply(server, BAD);
      await wait(server, "jsonpath={.status.ready}=1/1", "fine");
      await wait(server, "condition=DeviceMissing", "bad");

      await t.step("get: the columns that matter, and all others with -o wide", async () => {
        const table = await server.kubectl(["get", "tc"]);
        assert.deepEqual(withoutAge(table), withoutAge(await pageBlock("NAME ")));
        const [head, bad, fine] = cells(table);
        assert.deepEqual(head, ["NAME", "ACTION", "TARGET", "READY", "REASON", "AGE"]);
        assert.deepEqual(bad!.slice(0, 5), [
          "bad",
          "Mirror",
          "device:nic9",
          "0/1",
          "DeviceMissing",
        ]);
        assert.deepEqual(fine!.slice(0, 5), [
          "fine",
          "Redirect",
          "ovsInternal:tap0",
          "1/1",
          "AllNodes",
        ]);
        const [more, wideBad, wideFine] = cells(await server.kubectl(["get", "tc", "-o", "wide"]));
        assert.deepEqual(more!.slice(6), ["DIRECTION", "RETURN", "FAILED", "MESSAGE"]);
        assert.match(
          wideBad!.join(" "),
          /Both .*1 node1: Device "nic9" does not exist .*: create it$/,
        );
        assert.match(wideFine!.join(" "), /Both ovsInternal:tap1 0 On all 1 nodes/);
      });

      await t.step("describe: conditions, failures of nodes with cures, and Events", async () => {
        const text = await eventually("an Event", async () => {
          const text = await server.kubectl(["describe", "tc", "bad"]);
          return /Warning +DeviceMissing /.test(text) && text;
        }, 30_000);
        const [all, failures] = /(?<=\n) {2}Failures:\n((?: {4}.*\n)+)/.exec(text) ?? [];
        assert.equal(all!.replaceAll(/^ {2}/gm, ""), await pageBlock("Failures:"));
        assert.deepEqual(failures?.trim().split(/\n */).map((line) => line.split(/: +/)), [
          ["Cure", CREATE],
          ["Message", 'Device "nic9" does not exist on the node'],
          ["Nodes", "node1"],
          ["Reason", "DeviceMissing"],
        ]);
        assert.match(
          text,
          /Message: +node1: Device "nic9" does not exist on the node: create it\n/,
        );
        assert.doesNotMatch(await server.kubectl(["describe", "tc", "fine"]), /Failures/);
      });

      await t.step(
        "a change of the object is a change of the columns; what fails no more is gone",
        async () => {
          const mended = control("bad", { action: "Mirror", targetPort: internal("tap2") });
          await apply(server, mended);
          await wait(server, "jsonpath={.status.ready}=1/1", "bad");
          await wait(server, "jsonpath={.status.target}=ovsInternal:tap2", "bad");
          assert.doesNotMatch(await server.kubectl(["describe", "tc", "bad"]), /Failures|Cure/);
        },
      );
      await server.kubectl(["delete", "tc", "--all"]);
      await node.agent.settled("gone", ({ flows }) => flows === 0);
      await forget(server);
    },
  ),
);

/** Runs `kubectl sluice ...` in the namespace of the node's switch, where its agent listens. */
function kubectlSluice(node: ClusterNode, bin: string, ...args: string[]): Promise<Ran> {
  const { HOME = "/" } = Deno.env.toObject();
  const env = { PATH: `${bin}:${Deno.env.get("PATH")}`, HOME, KUBECONFIG: "/dev/null" };
  return tryRun("ip", ["netns", "exec", node.ovs.netns, "kubectl", "sluice", ...args], { env });
}

Deno.test(
  withServer(
    "kubectl sluice: a link to the program makes it a plugin of kubectl",
    async (server) => {
      await using node = await ClusterNode.start(server, 1);
      await node.tell((node.pods as [TestPod])[0], { app: "web" });
      await apply(server, FINE);
      await wait(server, "jsonpath={.status.ready}=1/1", "fine");
      const bin = join(node.ovs.dir, "bin");
      await Deno.mkdir(bin);
      await Deno.symlink(program("kubectl"), join(bin, "kubectl"));
      await Deno.symlink(script("sluice"), join(bin, "kubectl-sluice"));
      const status = await kubectlSluice(node, bin, "status");
      assert.equal(status.code, 0, status.stderr);
      assert.match(status.stdout, /^fine +Redirect +Both +tap0 +tap1 +1 +yes/m);
      const explained = await kubectlSluice(node, bin, "explain", "pod/default/p1");
      assert.match(explained.stdout, /^fine +Redirect +Both +in effect$/m, explained.stderr);
      const help = await kubectlSluice(node, bin, "--help");
      assert.match(help.stdout, /^Usage: kubectl sluice \[options\] \[command\]$/m);
      assert.match(help.stdout, /^ {2}kubectl sluice status +what the running agent does$/m);
      const own = await kubectlSluice(node, bin, "status", "--help");
      assert.match(own.stdout, /^Usage: kubectl sluice status \[options\]$/m);
      const wrong = await kubectlSluice(node, bin, "status", "--wide");
      assert.equal(wrong.code, 2);
      assert.match(wrong.stderr, /\(kubectl sluice status --help tells more\)/);
      await server.kubectl(["delete", "tc", "--all"]);
      await node.agent.settled("gone", ({ flows }) => flows === 0);
      await forget(server);
    },
  ),
);
