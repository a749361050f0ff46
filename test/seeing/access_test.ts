/** Who can read the local API and its page, over real sockets and in a real Chromium. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { sluice, TestAgent } from "../lab/agent.ts";
import { Browser, withBrowser } from "../lab/browser.ts";
import { eventually, PrivateOvs } from "../lab/ovs.ts";
import { tryRun } from "../lab/run.ts";
import { ORIGIN } from "./scene.ts";

const PORT = 10360;
/** Milliseconds: a binary that has just been built is unpacked first. */
const START = 30_000;
/** An address of the node that others can reach. */
const OPEN_ADDRESS = "10.66.0.1";
const TOKEN = "correct-horse-battery-staple";
const PROBES = ["/healthz", "/readyz", "/metrics"] as const;

/** GET by curl(1) in the switch's namespace. */
async function ask({ netns }: PrivateOvs, url: string, ...options: readonly string[]) {
  const curl = ["curl", "-q", "-s", "-m", "5", "-D", "-", ...options, url];
  const { stdout } = await tryRun("ip", ["netns", "exec", netns, ...curl]);
  const [head = "", body = ""] = stdout.split("\r\n\r\n");
  return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1]), head, body };
}

const own = (path: string) => `http://127.0.0.1:${PORT}${path}`;
const open = (path: string) => `http://${OPEN_ADDRESS}:${PORT}${path}`;
const asOther = ["--interface", OPEN_ADDRESS];
const withToken = ["-H", `Authorization: Bearer ${TOKEN}`];

async function started(ovs: PrivateOvs, ...args: readonly string[]): Promise<TestAgent> {
  const agent = await TestAgent.start(ovs, args);
  await eventually(
    "the agent answers",
    async () => (await ask(ovs, own("/healthz"))).status === 200,
    START,
  );
  return agent;
}

Deno.test("the page is for browsers that ask by the node's name, and is used nowhere else", async (t) => {
  await using ovs = await PrivateOvs.start({ datapath: "dummy" });
  await using _agent = await started(ovs);
  await t.step("another host's name is refused", async () => {
    for (const path of ["/", "/page.js", "/api/v1/events", "/api/v1/state"]) {
      assert.equal((await ask(ovs, own(path), "-H", "Host: evil.example")).status, 421, path);
    }
  });
  await t.step("what every answer says", async () => {
    for (const path of ["/", "/page.js", "/page.css", "/api/v1/state", "/metrics", "/nothing"]) {
      const { head } = await ask(ovs, own(path), "-o", "/dev/null");
      assert.match(head, /^x-content-type-options: nosniff$/im, path);
      assert.match(head, /^referrer-policy: no-referrer$/im);
      assert.match(
        head,
        /^content-security-policy: default-src 'none'; .*frame-ancestors 'none'/im,
      );
      assert.doesNotMatch(head, /unsafe|access-control|set-cookie/i);
    }
    const { status, body } = await ask(ovs, own("/"));
    assert.equal(status, 200);
    assert.doesNotMatch(body, /<script[^>]*>[^<]|style=|https?:/); // nothing inline, nothing from elsewhere
  });
  await t.step("events are there for programs, too", async () => {
    const { head, body } = await ask(ovs, own("/api/v1/events"), "-N", "-m", "3");
    assert.match(head, /^content-type: text\/event-stream$/im);
    assert.match(body, /^event: state\ndata: \{"mode":"node",/);
    assert.match(body, /\n\nevent: change\ndata: \{"at":\d+/);
  });
  await t.step("nothing can be changed", async () => {
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) {
      assert.equal((await ask(ovs, own("/"), "-X", method)).status, 405);
    }
  });
});

Deno.test("--no-web leaves out the page, however that is written", async (t) => {
  await using ovs = await PrivateOvs.start({ datapath: "dummy" });
  const config = join(ovs.dir, "sluice.yaml");
  await Deno.writeTextFile(config, "web: no\n");
  for (
    const [args, env] of [
      [["--no-web"], {}],
      [["--web", "false"], {}],
      [[], { SLUICE_WEB: "false" }],
      [["--config", config], {}],
    ] as const
  ) {
    await t.step(JSON.stringify({ args, env }), async () => {
      await using _agent = await TestAgent.start(ovs, args, undefined, { env });
      await eventually("no page", async () => (await ask(ovs, own("/"))).status === 404, START);
      assert.equal((await ask(ovs, own("/page.js"))).status, 404);
      assert.equal((await ask(ovs, own("/api/v1/state"))).status, 200);
    });
  }
});

Deno.test("an open address without a token file answers probes and Prometheus, and others only on the node", async (t) => {
  await using ovs = await PrivateOvs.start({ datapath: "dummy" });
  await ovs.exec("ip", "address", "add", `${OPEN_ADDRESS}/32`, "dev", "lo");
  await using agent = await started(ovs, "--listen", `0.0.0.0:${PORT}`);
  await agent.settled("ready", () => true);
  await t.step("elsewhere", async () => {
    for (const path of PROBES) {
      assert.equal((await ask(ovs, open(path), ...asOther)).status, 200, path);
    }
    for (const path of ["/", "/page.js", "/api/v1/state", "/api/v1/events", "/nothing"]) {
      const { status, body } = await ask(ovs, open(path), ...asOther);
      assert.equal(status, 403, path);
      assert.match(body, /cure: .*--token-file/);
    }
  });
  await t.step("on the node", async () => {
    assert.equal((await ask(ovs, own("/"))).status, 200);
    assert.equal((await sluice(ovs, "status")).code, 0);
  });
});

Deno.test(
  withBrowser({
    name: "a token opens the API to whoever has it, and to nobody else",
    fn: async (t) => {
      await using ovs = await PrivateOvs.start({ datapath: "dummy" });
      await ovs.exec("ip", "address", "add", `${OPEN_ADDRESS}/32`, "dev", "lo");
      const file = join(ovs.dir, "token");
      await Deno.writeTextFile(file, `${TOKEN}\n`);
      await using agent = await started(ovs, "--listen", `0.0.0.0:${PORT}`, "--token-file", file);
      await t.step("elsewhere, and on the node", async () => {
        for (
          const path of PROBES.filter((path) => path !== "/readyz")
        ) {
          assert.equal((await ask(ovs, open(path), ...asOther)).status, 200, path);
        }
        for (const [url, options] of [[open, asOther], [own, []]] as const) {
          assert.equal((await ask(ovs, url("/api/v1/state"), ...options)).status, 401);
          assert.equal(
            (await ask(ovs, url("/api/v1/state"), ...options, ...withToken)).status,
            200,
          );
        }
        assert.ok(!agent.log.some((line) => /open to the network/.test(line)));
      });
      await t.step("sluice status", async () => {
        const { code, stderr } = await sluice(ovs, "status");
        assert.equal(code, 1);
        assert.match(stderr, /a token is needed/);
        assert.equal((await sluice(ovs, "status", "--token-file", file)).code, 0);
      });
      await t.step("the page asks for it", async () => {
        await using browser = await Browser.start(ovs.netns);
        const tab = await browser.open();
        await tab.page.goto(`${ORIGIN}/`);
        await tab.until('document.querySelector("form.token") !== null');
        assert.equal(await tab.page.$(".numbers"), null);
        for (const token of ["wrong-wrong-wrong", TOKEN]) {
          await tab.page.focus("#token");
          await tab.page.$eval(
            "#token",
            (field) => (field as unknown as { select(): void }).select(),
          );
          await tab.page.keyboard.type(token);
          await tab.page.keyboard.press("Enter");
        }
        await tab.until('document.querySelector(".numbers") !== null');
        await tab.page.reload(); // the tab keeps it
        await tab.until('document.querySelector(".numbers") !== null');
        tab.forgive(/401/);
        tab.isClean(ORIGIN);
        assert.equal(await tab.page.evaluate("document.cookie"), "");
      });
    },
  }),
);

Deno.test("an agent does not start with a token file that cannot be used", async () => {
  await using ovs = await PrivateOvs.start({ datapath: "dummy" });
  const file = join(ovs.dir, "token");
  await Deno.writeTextFile(file, "short\n");
  for (
    const [path, problem] of [[file, /shorter than 16/], [`${file}s`, /No such file/]] as const
  ) {
    const args = ["--ovsdb", ovs.db, "--manifests", ovs.dir, "--state-dir", "none"];
    const { code, stderr } = await sluice(ovs, "agent", ...args, "--token-file", path);
    assert.equal(code, 1);
    assert.match(stderr, /Cannot use token file/);
    assert.match(stderr, problem);
  }
});
