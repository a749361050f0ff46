/** `sluice web`: a cluster in a real Chromium, from a real API server and a real agent. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { app, internal, PROGRAM, trafficControl } from "../lab/agent.ts";
import { Browser, type Tab, withBrowser } from "../lab/browser.ts";
import { TextLineStream } from "../lab/lines.ts";
import type { TestPod } from "../lab/pod.ts";
import { tryRun } from "../lab/run.ts";
import { axe } from "../seeing/accessible.ts";
import { picture } from "../seeing/screenshots.ts";
import { ClusterNode, forget, installCRDs } from "./cluster.ts";
import { apiServerTests, type KubeApiServer } from "./kube_apiserver.ts";

const withServer = apiServerTests(installCRDs);
const TCN = "/apis/sluice.dev/v1alpha1/trafficcontrolnodestatuses";

/** A running `sluice web`. */
class Web implements AsyncDisposable {
  private constructor(
    readonly child: Deno.ChildProcess,
    readonly lines: ReadableStreamDefaultReader<string>,
    /** The address that it has printed, with the token. */
    readonly url: string,
  ) {}

  static async start(...args: readonly string[]): Promise<Web> {
    const [program, ...rest] = [...PROGRAM, "web", "--listen", "127.0.0.1:0", ...args];
    const child = new Deno.Command(program!, { args: rest, stdin: "null", stdout: "piped" })
      .spawn();
    const text = child.stdout.pipeThrough(new TextDecoderStream());
    const lines = text.pipeThrough(new TextLineStream()).getReader();
    return new Web(child, lines, (await lines.read()).value!);
  }

  get origin(): string {
    return new URL(this.url).origin;
  }

  /** Ends it as Ctrl-C does. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill("SIGINT");
    assert.equal((await this.child.status).code, 0);
    assert.ok((await this.lines.read()).done, "it has printed one line");
  }
}

const control = (name: string, targetPort: object) =>
  trafficControl(name, { appliedTo: app("web"), direction: "Both", action: "Mirror", targetPort });

/** What another node reports, on which no route leads to the collector. */
async function playNode(server: KubeApiServer, name: string): Promise<void> {
  const cure = "add a route to 10.0.10.2";
  const message = `No route to "10.0.10.2": ${cure}`;
  await server.must("POST", TCN, {
    apiVersion: "sluice.dev/v1alpha1",
    kind: "TrafficControlNodeStatus",
    metadata: { name },
    status: {
      bridge: "br-int",
      version: "0.1.0",
      trafficControls: [{
        name: "good",
        observedGeneration: 1,
        realized: false,
        reason: "NoRoute",
        message,
        cure,
        conditions: [{ type: "NoRoute", message, cure }],
        pods: 1,
        ports: ["tap0"],
      }],
    },
  });
}

const cell = (row: string, text: string) =>
  `[...document.querySelectorAll("[role=grid] .space [role=row]")].some(({ innerText }) =>
    innerText.startsWith(${JSON.stringify(row)}) && innerText.includes(${JSON.stringify(text)}))`;

async function shown(tab: Tab, url: string): Promise<void> {
  await tab.page.goto(url);
  await tab.until('document.querySelector("[role=grid]") !== null');
}

Deno.test(
  withBrowser(
    withServer("the page of a cluster shows what all nodes report, live", async (server, t) => {
      await forget(server);
      await using node = await ClusterNode.start(server, 1);
      await node.tell((node.pods as [TestPod])[0], { app: "web" });
      await server.kubectl(["apply", "-f", "-"], JSON.stringify(control("good", internal("tap0"))));
      const missing = control("missing", { device: { name: "ids0" } });
      await server.kubectl(["apply", "-f", "-"], JSON.stringify(missing));
      await server.kubectl([
        "wait",
        "--for=jsonpath={.status.ready}=1/1",
        "tc/good",
        "--timeout=30s",
      ]);
      await using web = await Web.start("--kubeconfig", server.kubeconfig);
      await using browser = await Browser.start();
      const tab = await browser.open();
      await t.step("TrafficControls and nodes, with cures", async () => {
        await shown(tab, web.url);
        await tab.until(cell("good", "1/1"));
        await tab.until(cell("missing", "DeviceMissing"));
        const notes = (await tab.texts(".note")).join("\n");
        assert.match(
          notes,
          /DeviceMissing\s+missing on node1\s+Device "ids0" does not exist on the node\s+Cure create it/,
        );
        await tab.page.keyboard.press("2");
        await tab.until(cell("node1", "br0"));
        await tab.page.keyboard.press("1");
      });
      await t.step(
        "another node has a problem: the status and the reason are there at once",
        async () => {
          await playNode(server, "node2");
          await tab.until(cell("good", "1/2"), 30_000);
          await tab.until(cell("good", "node2"));
          await tab.page.keyboard.press("/");
          await tab.page.keyboard.type("good");
          await tab.page.keyboard.press("ArrowDown");
          await tab.page.keyboard.press("Enter");
          await tab.until(
            'document.querySelector(".details")?.innerText.includes("add a route to 10.0.10.2")',
          );
          assert.deepEqual(await axe(tab), []);
        },
      );
      await t.step(
        "only who has the token can read it, and only by this machine's names",
        async () => {
          const get = async (...options: readonly string[]) => {
            const curl = ["-q", "-s", "-o", "/dev/null", "-w", "%{http_code}", ...options];
            return (await tryRun("curl", [...curl, `${web.origin}/api/v1/events`])).stdout;
          };
          assert.equal(await get(), "401");
          assert.equal(await get("-H", "Host: evil.example"), "421");
          assert.equal(new URL(await tab.page.evaluate("location.href") as string).hash, "");
        },
      );
      await t.step("docs/seeing has its picture", async () => {
        await tab.page.keyboard.press("Escape");
        await tab.page.keyboard.press("Escape");
        await tab.until(cell("missing", "DeviceMissing"));
        await tab.page.evaluate("scrollTo(0, 0)");
        await picture(tab, "cluster");
      });
      tab.isClean(web.origin);
    }),
  ),
);

Deno.test(
  withBrowser(withServer(
    "sluice web takes the context that it is given, and says what it cannot read",
    async (server) => {
      const folder = await Deno.makeTempDir();
      const file = join(folder, "kubeconfig");
      const contexts = JSON.parse(await server.kubectl(["config", "view", "--raw", "-o", "json"]));
      contexts.users.push({ name: "nobody", user: { token: "wrong" } });
      contexts.contexts.push({
        name: "other",
        context: { ...contexts.contexts[0].context, user: "nobody" },
      });
      await Deno.writeTextFile(file, JSON.stringify(contexts));
      await using browser = await Browser.start();
      const tab = await browser.open();
      {
        await using web = await Web.start("--kubeconfig", file, "--context", "other");
        await tab.page.goto(web.url);
        await tab.until('document.querySelector(".note")?.innerText.includes("Unauthorized")');
      }
      const wrong = await tryRun(PROGRAM[0]!, [
        ...PROGRAM.slice(1),
        "web",
        "--kubeconfig",
        file,
        "--context",
        "x",
        "--listen",
        "127.0.0.1:0",
      ]);
      assert.equal(wrong.code, 1);
      assert.match(wrong.stderr, /it has no context "x"/);
      await Deno.remove(folder, { recursive: true });
    },
  )),
);

Deno.test("sluice web listens on the loopback address alone", async () => {
  const ran = await tryRun(PROGRAM[0]!, [...PROGRAM.slice(1), "web", "--listen", "0.0.0.0:0"]);
  assert.equal(ran.code, 1);
  assert.match(ran.stderr, /Cannot listen on "0\.0\.0\.0:0": only on a loopback address/);
});
