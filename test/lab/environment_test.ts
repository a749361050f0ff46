import assert from "node:assert/strict";
import { join } from "node:path";
import { environmentOf } from "./environment.ts";
import { tryRun } from "./run.ts";

/** What a user may have set, and what would become of the program and of the tools if they saw it. */
const ODD: Readonly<Record<string, string>> = {
  SLUICE_BRIDGE: "br-other",
  SLUICE_CONFIG: "/nowhere",
  NODE_NAME: "other",
  KUBECONFIG: "/nowhere",
  KUBERNETES_SERVICE_HOST: "192.0.2.1",
  OVS_RUNDIR: "/nowhere",
  LANG: "de_DE.UTF-8",
  LC_ALL: "tr_TR.UTF-8",
  LANGUAGE: "de",
  TZ: "Asia/Kathmandu",
  FORCE_COLOR: "3",
  POSIXLY_CORRECT: "1",
  BASH_ENV: "/nowhere",
  CDPATH: "/usr",
  GIT_DIR: "/nowhere",
};

Deno.test("what a user has set is gone; where programs and caches are is kept", () => {
  const kept = {
    PATH: "/bin",
    HOME: "/root",
    CI: "true",
    DENO_JOBS: "2",
    npm_config_registry: "http://a",
  };
  const found = environmentOf({ ...ODD, ...kept, http_proxy: "http://192.0.2.1:9" });
  assert.deepEqual(Object.keys(ODD).filter((name) => found[name] === ODD[name]), []);
  for (const [name, value] of Object.entries(kept)) assert.equal(found[name], value);
  assert.equal(found.http_proxy, "http://192.0.2.1:9");
  assert.match(found.no_proxy!, /127\.0\.0\.1/);
  assert.equal(found.SLUICE_STATE_DIR, "none");
});

/** Prints what it sees and what its child sees, and the answer of its own server. */
const PROBE = `
  import { run } from "${join(import.meta.dirname!, "run.ts")}";
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => new Response("answer"));
  const answer = await (await fetch(\`http://127.0.0.1:\${server.addr.port}\`)).text();
  const time = new Date(0).getHours();
  const child = await run("sh", ["-c", "date -d @0 +%A%H; umask; env"]);
  console.log(JSON.stringify({ answer, time, child: child.split("\\n") }));`;

Deno.test("a process that imports it has this environment, and so have its children; its requests go past the proxy", async () => {
  const proxies = { http_proxy: "http://192.0.2.1:9", HTTP_PROXY: "http://192.0.2.1:9" };
  const deno = [Deno.execPath(), "run", "-A", "--quiet", "--ext=ts", "-"];
  const { stdout, stderr } = await tryRun("sh", ["-c", 'umask 077; exec "$@"', "sh", ...deno], {
    env: { ...ODD, ...proxies },
    stdin: PROBE,
  });
  assert.notEqual(stdout, "", stderr);
  const { answer, time, child: [date, umask, ...variables] } = JSON.parse(stdout);
  assert.deepEqual([answer, time, date, umask], ["answer", 0, "Thursday00", "0022"]);
  const odd = Object.entries(ODD).map(([name, value]) => `${name}=${value}`);
  assert.deepEqual(odd.filter((each) => variables.includes(each)), []);
});
