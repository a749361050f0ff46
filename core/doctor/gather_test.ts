/** The doctor's look at a source that does not answer. */
import "../../test/lab/environment.ts";
import assert from "node:assert/strict";
import { diagnose as diagnoseServer } from "../../plugins/sources/kubernetes/diagnosis.ts";
import { diagnose } from "./gather.ts";
import { known } from "./known.ts";

const TIMEOUT = 300;

/** An answer that begins and never goes on; the first request, about whether it lives, is answered. */
function answer({ url }: Request): Response {
  if (url.endsWith("/livez")) return new Response("ok");
  return new Response(
    new ReadableStream({ start: (body) => body.enqueue(new Uint8Array([123])) }),
  );
}

Deno.test("an API server whose answers do not end: the finding says so, in its time", async () => {
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, answer);
  const kubeconfig = await Deno.makeTempFile();
  await Deno.writeTextFile(
    kubeconfig,
    JSON.stringify({
      "current-context": "c",
      "clusters": [{ name: "c", cluster: { server: `http://127.0.0.1:${server.addr.port}` } }],
      "users": [{ name: "c", user: { token: "t" } }],
      "contexts": [{ name: "c", context: { cluster: "c", user: "c" } }],
    }),
  );
  const options = { kubeconfig, node: "node1", namespace: "sluice-system" };
  const source = known({
    name: "kubernetes",
    diagnose: (signal: AbortSignal) =>
      diagnoseServer({ ...options, annotations: new Map(), signal }),
  });
  const found = await diagnose(source, TIMEOUT);
  assert.ok("value" in found);
  const [{ check, level, message }] = found.value as [typeof found.value[number]];
  assert.deepEqual([check, level], ["api-server", "problem"]);
  assert.match(message, /no answer in time/);
  await Deno.remove(kubeconfig);
});
