/** The CRD with the fields of plugin files, on a real API server. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { sluice } from "../lab/agent.ts";
import { apiServerTests } from "./kube_apiserver.ts";
import { eventually } from "../lab/ovs.ts";

const PLUGINS = join(import.meta.dirname!, "..", "..", "docs", "plugins");
const PATH = "/apis/crd.antrea.io/v1alpha2/trafficcontrols";

const withServer = apiServerTests(async (server) => {
  const { code, stdout, stderr } = await sluice(undefined, "crd", "--plugins", PLUGINS);
  assert.equal(code, 0, stderr);
  await server.kubectl(["apply", "--server-side", "-f", "-"], stdout);
  await eventually(
    "TrafficControls",
    async () => (await server.request("GET", PATH)).status === 200,
  );
});

const spec = (more: object) => ({ appliedTo: { podSelector: {} }, direction: "Both", ...more });
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
