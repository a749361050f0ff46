/** Pods with as many annotations as the API server takes: what the agent keeps, writes to disk, logs and reports. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { LIMITS } from "../../core/base/limits.ts";
import { ClusterNode, installCRDs } from "./cluster.ts";
import { apiServerTests } from "./kube_apiserver.ts";
import { apply, mirror } from "./outage.ts";
import { eventually } from "../lab/ovs.ts";

const withServer = apiServerTests(installCRDs);
const PODS = "/api/v1/namespaces/default/pods";
const TCN = "/apis/sluice.dev/v1alpha1/trafficcontrolnodestatuses/node1";
/** Of a Pod's annotations; the API server takes 256 KiB. */
const LARGE = "x".repeat(240_000);
const COUNT = 20;

/** Counts how often a file in a folder is replaced. */
class Writes implements Disposable {
  readonly #events: Deno.FsWatcher;
  count = 0;

  constructor(folder: string) {
    this.#events = Deno.watchFs(folder);
    this.#follow();
  }
  async #follow(): Promise<void> {
    for await (const { kind, paths } of this.#events) {
      if (kind === "create" && paths.some((path) => path.endsWith(".new"))) this.count++;
    }
  }
  [Symbol.dispose](): void {
    this.#events.close();
  }
}

Deno.test(
  withServer(
    "Pods with 240 KB of annotations cost little memory, disk and log, and the node still reports",
    async (server, t) => {
      await using node = await ClusterNode.start(server, 0);
      const { agent } = node;
      const makePod = (name: string, annotations: Readonly<Record<string, string>>) =>
        server.must("POST", PODS, {
          metadata: { name, labels: { app: "web" }, annotations },
          spec: { nodeName: "node1", containers: [{ name: "c", image: "i" }] },
        });
      for (let index = 0; index < COUNT; index++) await makePod(`large-${index}`, { "a/b": LARGE });
      await makePod("mac", { "sluice.dev/mac": LARGE });
      await makePod("match", {
        "sluice.dev/ovs-port": "p",
        "sluice.dev/match": LARGE.slice(0, 16_000),
      });
      await apply(server, mirror("m", "tap0"));

      const folder = join(node.ovs.dir, "state");
      const stateFile = async () => {
        const [file] = (await Array.fromAsync(Deno.readDir(folder))).filter(({ name }) =>
          name.endsWith(".json")
        );
        return join(folder, file!.name);
      };
      await t.step("the status of the node", async () => {
        const status = await eventually("the Pods in the status", async () => {
          const { body } = await server.request("GET", TCN);
          const [entry] = body.status?.trafficControls ?? [];
          return entry?.pods === COUNT + 2 && entry.message !== undefined && body.status;
        }, 30_000);
        assert.ok(JSON.stringify(status).length < 50_000, `${JSON.stringify(status).length}`);
        const issues = (await agent.state()).issues.join("\n");
        assert.match(issues, /Pod "default\/mac": annotation "sluice.dev\/mac" is too large/);
      });
      await t.step("the log", () => {
        for (const line of agent.log) {
          assert.ok(line.length < 8 * LIMITS.logField, `${line.length}`);
        }
      });
      await t.step("the file of the last good state", async () => {
        const all = [...Array(COUNT).keys()].map((index) => `Pod/default/large-${index}`);
        const named = [...all, "Pod/default/mac", "Pod/default/match", "TrafficControl/m"];
        const written = async () => {
          const text = await Deno.readTextFile(await stateFile());
          return named.every((key) => text.includes(JSON.stringify(key)));
        };
        await eventually("all objects", written, 15_000);
        assert.ok((await Deno.stat(await stateFile())).size < 100_000);
        using writes = new Writes(folder);
        for (let times = 0; times < 15; times++) {
          const change = ["annotate", "pod", "large-0", `a/b=${times}`, "--overwrite"];
          await server.kubectl(change);
        }
        await server.kubectl(["label", "pod", "large-1", "app=db", "--overwrite"]);
        const inFile = async () => (await Deno.readTextFile(await stateFile())).includes('"db"');
        await eventually("the label in the file", inFile, 15_000);
        assert.equal(writes.count, 1); // that of the label, which came after all annotations
      });
    },
  ),
);
