/** Clients of the local API that do nothing, or too much: the agent and other clients do not suffer. */
import assert from "node:assert/strict";
import { LIMITS } from "../../core/base/limits.ts";
import { TestAgent } from "../lab/agent.ts";
import { eventually, PrivateOvs } from "../lab/ovs.ts";
import { run } from "../lab/run.ts";

/** Opens connections to the agent that send nothing, until it is disposed of. */
async function idleClients(ovs: PrivateOvs, count: number): Promise<AsyncDisposable> {
  const opening = `for ((i = 0; i < ${count}; i++)); do exec {fd}<>/dev/tcp/127.0.0.1/10360; done`;
  const child = new Deno.Command("ip", {
    args: ["netns", "exec", ovs.netns, "bash", "-c", `${opening}; echo open; read -r`],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  assert.equal(new TextDecoder().decode((await reader.read()).value), "open\n");
  return {
    [Symbol.asyncDispose]: async () => {
      await child.stdin.close();
      await reader.cancel();
      await child.status;
    },
  };
}

const openFiles = async ({ pid }: TestAgent) =>
  (await Array.fromAsync(Deno.readDir(`/proc/${pid}/fd`))).length;
/** The files that every process has open. With this limit no other one can be opened, however many are closed. */
const STANDARD_FILES = 3;
/** Allows the running agent files with numbers below this one: getrlimit(2), RLIMIT_NOFILE. */
const allowFiles = ({ pid }: TestAgent, count: number) =>
  run("prlimit", [`--pid=${pid}`, `--nofile=${count}:1024`]);
const isReady = (agent: TestAgent) =>
  eventually("ready", async () => (await agent.get("/readyz")).status === 200);

Deno.test("connections that do nothing end neither the agent nor the answers to others", async (t) => {
  await using ovs = await PrivateOvs.start({ datapath: "dummy" });
  await using agent = await TestAgent.start(ovs);
  await isReady(agent);
  const before = await openFiles(agent);

  await t.step("as many as the process may have open files", async () => {
    await allowFiles(agent, 200);
    await using _idle = await idleClients(ovs, 250);
    assert.equal((await agent.get("/healthz")).text, "ok\n");
    // Some others may be open for a moment, such as the manifests
    const most = before + LIMITS.httpConnections + 10;
    await eventually("the others closed", async () => await openFiles(agent) <= most);
  });
  await t.step("the process has no free file for any connection, and then it has", async () => {
    await allowFiles(agent, STANDARD_FILES);
    const logged = (message: string) => () => agent.log.some((line) => line.includes(message));
    {
      await using _idle = await idleClients(ovs, 20);
      await eventually("a line of the log", logged("Connections not accepted"));
    }
    await allowFiles(agent, 200);
    await isReady(agent);
    assert.ok(logged("Connections accepted again")());
  });
  await t.step("idle connections are closed after their time", async () => {
    await using _idle = await idleClients(ovs, 20);
    const closed = async () => await openFiles(agent) <= before + 10;
    await eventually("closed", closed, LIMITS.httpRequest * 3);
  });
});

Deno.test("the local API answers no request that names another host; metrics are there by any name", async () => {
  await using ovs = await PrivateOvs.start({ datapath: "dummy" });
  await using agent = await TestAgent.start(ovs, ["--metrics-listen", "127.0.0.1:10361"]);
  await isReady(agent);
  const status = async (port: number, path: string, host: string) => {
    const url = `http://127.0.0.1:${port}${path}`;
    const curl = ["curl", "-q", "--noproxy", "*", "-s", "-o", "/dev/null", "-w", "%{http_code}"];
    return Number(
      await run("ip", ["netns", "exec", ovs.netns, ...curl, "-H", `Host: ${host}`, url]),
    );
  };
  for (const path of ["/api/v1/state", "/metrics", "/healthz", "/readyz", "/nothing"]) {
    assert.equal(await status(10360, path, "evil.example:10360"), 421, path);
  }
  for (const host of ["127.0.0.1:10360", "localhost", "node1:10360", "10.9.8.7", Deno.hostname()]) {
    assert.equal(await status(10360, "/api/v1/state", host), 200, host);
  }
  for (const host of ["127.0.0.1:10361", "10.9.8.7:10361", "sluice.sluice-system.svc:10361"]) {
    assert.equal(await status(10361, "/metrics", host), 200, host);
  }
});
