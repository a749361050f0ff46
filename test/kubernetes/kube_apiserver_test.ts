/** The test tool kube_apiserver.ts: a server starts, answers, and leaves nothing when it is stopped. */
import assert from "node:assert/strict";
import { apiServerTests, KubeApiServer } from "./kube_apiserver.ts";

const withServer = apiServerTests();

/** Ids of the processes that have the folder in their arguments. */
function processesOf(dir: string): string[] {
  return [...Deno.readDirSync("/proc")].map(({ name }) => name).filter((name) => {
    try {
      return /^\d+$/.test(name) && Deno.readTextFileSync(`/proc/${name}/cmdline`).includes(dir);
    } catch {
      return false; // it has ended meanwhile
    }
  });
}

const CONFIG_MAP = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "x" } };

Deno.test(withServer("what kubectl writes is what a request reads", async (server) => {
  const object = JSON.stringify({ ...CONFIG_MAP, data: { a: "b" } });
  await server.kubectl(["apply", "-f", "-"], object);
  const { status, body } = await server.request("GET", "/api/v1/namespaces/default/configmaps/x");
  assert.deepEqual([status, body.data], [200, { a: "b" }]);
}));

Deno.test(withServer("kubectl and server have the version of their modules", async (server) => {
  const { clientVersion, serverVersion } = JSON.parse(
    await server.kubectl(["version", "-o", "json"]),
  );
  assert.match(serverVersion.gitVersion, /^v1\.\d+\.\d+/);
  assert.equal(clientVersion.gitVersion, serverVersion.gitVersion);
}));

Deno.test(withServer("the error of a failed kubectl has its message", async (server) => {
  await assert.rejects(server.kubectl(["get", "cm", "nobody"]), /"nobody" not found/);
  assert.equal((await server.tryKubectl(["get", "cm", "nobody"])).code, 1);
}));

Deno.test(withServer("ServiceAccounts have tokens", async (server) => {
  await server.kubectl(["create", "serviceaccount", "agent"]);
  const token = await server.kubectl(["create", "token", "agent"]);
  const who = await server.kubectl(["--token", token.trim(), "auth", "whoami", "-o", "json"]);
  assert.match(who, /system:serviceaccount:default:agent/);
}));

Deno.test(
  withServer(
    "two servers know nothing of each other, and one that stops leaves nothing",
    async (server) => {
      const other = await KubeApiServer.start();
      try {
        assert.equal(processesOf(other.dir).length, 2);
        await server.kubectl(["create", "configmap", "here"]);
        assert.equal((await other.tryKubectl(["get", "configmap", "here"])).code, 1);
      } finally {
        await other.stop();
      }
      assert.deepEqual(processesOf(other.dir), []);
      await assert.rejects(Deno.stat(other.dir), Deno.errors.NotFound);
      assert.equal(processesOf(server.dir).length, 2);
    },
  ),
);
