/** What kubeconfigs say about proxies, tokens, users and other files: a real API server sees it, as from kubectl. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { ApiServer } from "../../plugins/sources/kubernetes/api_server.ts";
import { readKubeconfig } from "../../plugins/sources/kubernetes/kubeconfig.ts";
import { eventually } from "../lab/ovs.ts";
import { tryRun } from "../lab/run.ts";
import { HttpFaults } from "./http_faults.ts";
import { apiServerTests, type KubeApiServer } from "./kube_apiserver.ts";
import { program } from "./programs.ts";
import { NAME, Proxy } from "./proxy.ts";
import { kubeconfig } from "./server_files.ts";

const withServer = apiServerTests();
const REVIEWS = "/apis/authentication.k8s.io/v1/selfsubjectreviews";

// deno-lint-ignore no-explicit-any -- the parts of a kubeconfig are changed in place
type Config = any;

/** A kubeconfig of the administrator in a file of its own. @param change Changes it before it is written. */
async function fileOf(server: KubeApiServer, name: string, change: (config: Config) => void) {
  const config: Config = structuredClone(kubeconfig(server));
  change(config);
  const file = join(server.dir, name);
  await Deno.writeTextFile(file, JSON.stringify(config));
  return file;
}

/** Who the API server thinks has sent the request. */
async function whoIs(file: string | undefined): Promise<Config> {
  using server = await ApiServer.from(file);
  const body = { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" };
  const { status } = await server.json(REVIEWS, { method: "POST", body });
  return status.userInfo;
}

/** The same for kubectl. */
async function whoIsKubectl(server: KubeApiServer, file: string): Promise<Config> {
  const env = { KUBECONFIG: file, HOME: server.dir };
  const { code, stdout, stderr } = await tryRun(program("kubectl"), [
    "auth",
    "whoami",
    "-o",
    "json",
  ], {
    env,
  });
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout).status.userInfo;
}

for (const kind of ["http", "socks5"] as const) {
  Deno.test(
    withServer(
      `requests go through the ${kind} proxy of proxy-url, and nowhere else`,
      async (server) => {
        await using proxy = new Proxy(kind, Number(new URL(server.url).port));
        const file = await fileOf(server, kind, ({ clusters: [{ cluster }] }) => {
          cluster.server = `https://${NAME}:6443`;
          cluster["proxy-url"] = proxy.url();
        });
        assert.equal((await whoIs(file)).username, "admin");
        const ours = proxy.asked.splice(0);
        assert.equal((await whoIsKubectl(server, file)).username, "admin");
        assert.deepEqual(new Set(ours), new Set([`CONNECT ${NAME}:6443`]));
        assert.deepEqual(new Set(proxy.asked), new Set(ours));
      },
    ),
  );
}

Deno.test(
  withServer(
    "the proxy gets the login of proxy-url, and a proxy-url of another form is refused",
    async (server) => {
      await using proxy = new Proxy("http", Number(new URL(server.url).port));
      const withProxy = (url: string) =>
        fileOf(server, "login", ({ clusters: [{ cluster }] }) => {
          cluster.server = `https://${NAME}:6443`;
          cluster["proxy-url"] = url;
        });
      assert.equal((await whoIs(await withProxy(proxy.url("user:p%40ss@")))).username, "admin");
      assert.equal(proxy.asked[0], `CONNECT ${NAME}:6443 user:p@ss`);
      for (const url of ["127.0.0.1:3128", "ftp://proxy", "http://"]) {
        await assert.rejects(whoIs(await withProxy(url)), /proxy-url must begin with http:/, url);
      }
    },
  ),
);

Deno.test(
  withServer(
    "a tokenFile is read, also beside a token, and again when its token is refused",
    async (server) => {
      await using faults = await HttpFaults.start(server);
      const name = "token of administrator";
      const write = (url?: string) =>
        fileOf(server, url ? "by-proxy" : "direct", (config) => {
          if (url) config.clusters[0].cluster = { server: url };
          config.users[0].user = { token: "overruled", tokenFile: name };
        });
      await Deno.writeTextFile(join(server.dir, name), `${server.token}\n`);
      const [direct, file] = [await write(), await write(faults.url)];
      assert.equal((await whoIs(direct)).username, "admin");
      assert.equal((await whoIsKubectl(server, direct)).username, "admin");
      using asking = await ApiServer.from(file);
      const ask = () => asking.json("/api/v1/namespaces/default");
      await ask();
      await server.kubectl(["create", "serviceaccount", "later"]);
      await server.kubectl([
        "create",
        "clusterrolebinding",
        "later",
        "--clusterrole=cluster-admin",
        "--serviceaccount=default:later",
      ]); // deno-fmt-ignore
      await Deno.writeTextFile(join(server.dir, name), (await server.kubectl(["create", "token", "later"])).trim());
      faults.revoke(server.token);
      await assert.rejects(ask(), /401/);
      await eventually("the other token", () => ask().then(() => true, () => false));
    },
  ),
);

const GROUPS = ["system:masters", "a, b"];
Deno.test(
  withServer(
    "as, as-groups, as-uid and as-user-extra are sent, as kubectl sends them",
    async (server) => {
      const file = await fileOf(server, "impersonation", ({ users: [{ user }] }) => {
        user.as = "jane";
        user["as-uid"] = "some-uid";
        user["as-groups"] = GROUPS;
        user["as-user-extra"] = { "example.org/Scopes": ["read", "write"], "über %": ["x"] };
      });
      const ours = await whoIs(file);
      assert.deepEqual(ours, await whoIsKubectl(server, file));
      assert.deepEqual([ours.username, ours.uid], ["jane", "some-uid"]);
      assert.deepEqual(ours.groups, [...GROUPS, "system:authenticated"]);
      assert.deepEqual(ours.extra, { "example.org/scopes": ["read", "write"], "über %": ["x"] });
      const without = await fileOf(server, "no-as", ({ users: [{ user }] }) => {
        user["as-groups"] = GROUPS;
      });
      await assert.rejects(whoIs(without), /"as-groups", "as-uid" or "as-user-extra" without "as"/);
    },
  ),
);

Deno.test(
  withServer("several files of KUBECONFIG are put together as by kubectl", async (server, t) => {
    const wrongCa = join(server.dir, "wrong.crt");
    await Deno.writeTextFile(wrongCa, "no certificate");
    const ca = btoa(await Deno.readTextFile(server.caFile));
    const good = await fileOf(server, "good", () => {});
    const other = await fileOf(server, "other", (config) => {
      config.clusters[0].cluster.server = "https://192.0.2.1";
      config.users[0].user = { token: "wrong" };
      config["current-context"] = "elsewhere";
    });
    const clusterAlone = await fileOf(server, "cluster", (config) => {
      Object.assign(config, { users: null, contexts: [], "current-context": "" });
    });
    const rest = await fileOf(server, "rest", (config) => void (config.clusters = []));
    const both = await fileOf(server, "data", ({ clusters: [{ cluster }] }) => {
      cluster["certificate-authority"] = wrongCa;
      cluster["certificate-authority-data"] = ca;
    });
    const nobody = await fileOf(
      server,
      "nobody",
      ({ contexts: [{ context }] }) => void delete context.user,
    );
    const missing = join(server.dir, "missing");
    const empty = join(server.dir, "empty");
    await Deno.writeTextFile(empty, "");
    const files: readonly (readonly [string, string, string])[] = [
      ["one that is missing first", `${missing}:${good}`, "admin"],
      ["one that is missing last", `${good}:${missing}`, "admin"],
      ["colons", `:${good}::`, "admin"],
      ["one that is empty", `${empty}:${good}`, "admin"],
      ["equal names: the first counts", `${good}:${other}`, "admin"],
      ["a cluster in one, the rest in another", `${clusterAlone}:${rest}`, "admin"],
    ];
    const before = Deno.env.get("KUBECONFIG");
    try {
      for (const [what, variable, user] of files) {
        await t.step(what, async () => {
          Deno.env.set("KUBECONFIG", variable);
          assert.equal((await whoIsKubectl(server, variable)).username, user);
          assert.equal((await whoIs(undefined)).username, user);
        });
      }
      // kubectl refuses the first, and asks the user for a name at the second.
      assert.equal((await whoIs(both)).username, "admin");
      await assert.rejects(whoIs(nobody), /403 .*User "system:anonymous"/);
      Deno.env.set("KUBECONFIG", `${missing}:${missing}2`);
      await assert.rejects(readKubeconfig(undefined), /\$KUBECONFIG names no file that exists/);
      await assert.rejects(
        readKubeconfig(missing),
        /Cannot use kubeconfig ".*missing": No such file/,
      );
    } finally {
      if (before === undefined) {
        Deno.env.delete("KUBECONFIG");
      } else Deno.env.set("KUBECONFIG", before);
    }
  }),
);
