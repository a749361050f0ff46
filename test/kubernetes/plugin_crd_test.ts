/** The CRD with the fields of plugin files, on a real API server. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { sluice } from "../lab/agent.ts";
import { apiServerTests } from "./kube_apiserver.ts";
import { eventually } from "../lab/ovs.ts";
import { SPANS } from "../plugins/spans.ts";
import { PLUGINS } from "../lab/paths.ts";

const PATH = "/apis/crd.antrea.io/v1alpha2/trafficcontrols";

/** The worked examples, and targets that nothing comes back through. */
async function pluginFolder(): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "slplugin" });
  for (const name of ["drop.ts", "patch.ts"]) {
    await Deno.copyFile(join(PLUGINS, name), join(folder, name));
  }
  for (const [name, text] of Object.entries(SPANS)) {
    await Deno.writeTextFile(join(folder, name), text);
  }
  return folder;
}

const withServer = apiServerTests(async (server) => {
  const folder = await pluginFolder();
  const { code, stdout, stderr } = await sluice(undefined, "crd", "--plugins", folder);
  await Deno.remove(folder, { recursive: true });
  assert.equal(code, 0, stderr);
  await server.kubectl(["apply", "--server-side", "-f", "-"], stdout);
  await eventually(
    "TrafficControls",
    async () => (await server.request("GET", PATH)).status === 200,
  );
});

const spec = (more: object) => ({ appliedTo: { podSelector: {} }, direction: "Both", ...more });
const saidSpan = { saidSpan: { session: 1 } };
const patch = { patch: { name: "c", bridge: "br-ids" } };
/** Specs, and the message with which the server refuses them; without a message, the server accepts them. */
const OBJECTS: readonly (readonly [string, object, RegExp?])[] = [
  ["a mirror to another bridge", spec({ action: "Mirror", targetPort: patch })],
  ["quarantine", spec({ action: "Drop" })],
  [
    "quarantine with a port",
    spec({ action: "Drop", targetPort: patch }),
    /targetPort must be absent for action Drop/,
  ],
  ["a mirror to nothing", spec({ action: "Mirror" }), /targetPort is required by action Mirror/],
  ["a mirror to what is one-way", spec({ action: "Mirror", targetPort: saidSpan })],
  [
    "a redirect to what is one-way",
    spec({ action: "Redirect", targetPort: saidSpan, returnPort: patch }),
    /targetPort\.saidSpan cannot be used by action Redirect/,
  ],
  [
    "a redirect back by what is one-way",
    spec({ action: "Redirect", targetPort: patch, returnPort: saidSpan }),
    /unknown field "spec\.returnPort\.saidSpan"/,
  ],
  [
    "an unknown field",
    spec({ action: "Mirror", targetPort: { patch: { nme: "c" } } }),
    /unknown field .*nme/,
  ],
];

Deno.test(
  withServer(
    "the CRD has the target and the action of the worked examples, with their rules",
    async (server, t) => {
      for (const [name, given, refusal] of OBJECTS) {
        await t.step(name, async () => {
          const object = {
            apiVersion: "crd.antrea.io/v1alpha2",
            kind: "TrafficControl",
            metadata: { name: "x" },
            spec: given,
          };
          const query = "dryRun=All&fieldValidation=Strict";
          const { status, body } = await server.request("POST", `${PATH}?${query}`, object);
          if (refusal) assert.match(body.message, refusal);
          assert.equal(status === 201, refusal === undefined, JSON.stringify(body));
        });
      }
    },
  ),
);
