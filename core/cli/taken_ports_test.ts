/** Ports of Pods that TrafficControls of manifests name as their own: where each of them is reported. */
import assert from "node:assert/strict";
import { index, type Registries } from "../contracts/registry.ts";
import { validateText } from "../objects/manifest.ts";
import { actions, options } from "../../plugins/mod.ts";
import { targets } from "../../targets/mod.ts";
import { takenPorts } from "./taken_ports.ts";

const registries: Registries = {
  targets: index("target", targets, ({ kind }) => kind),
  actions: index("action", actions, ({ name }) => name),
  options: index("option", options, ({ field }) => field),
};
const POD = `apiVersion: v1
kind: Pod
metadata: {name: p, namespace: default, annotations: {sluice.dev/ovs-port: veth1}}
spec: {containers: []}
---
`;
const ENTRIES = `
    - {name: one, targetPort: {device: {name: c}}, returnPort: {device: {name: d}}}
    - name: two
      targetPort: {device: {name: br0}}
      returnPort: {device: {name: veth1}}
`;
const control = ({ metadata = "", spec = "" }) =>
  `${POD}apiVersion: crd.antrea.io/v1alpha2
kind: TrafficControl
metadata:
  name: r
${metadata}spec:
  appliedTo: {podSelector: {}}
  direction: Both
  action: Redirect
  targetPort: {device: {name: a}}
  returnPort: {device: {name: b}}
${spec}`;
const POD_PORT = 'cannot be "veth1": it is the port of Pod "default/p"';

Deno.test.each([
  ["a field", control({ spec: `  additionalPorts:${ENTRIES}` }), [
    '19: /spec/additionalPorts/1/targetPort/device/name: cannot be "br0": the name is the bridge\'s own',
    `20: /spec/additionalPorts/1/returnPort/device/name: ${POD_PORT}`,
  ]],
  [
    "an annotation",
    control({ metadata: `  annotations:\n   sluice.dev/additional-ports: |${ENTRIES}` }),
    [
      "11: /metadata/annotations/sluice.dev~1additional-ports/1/targetPort/device/name: " +
      'cannot be "br0": the name is the bridge\'s own',
      `11: /metadata/annotations/sluice.dev~1additional-ports/1/returnPort/device/name: ${POD_PORT}`,
    ],
  ],
])("taken ports: additional ones in %s", (_, text, wanted) => {
  const { objects, problems } = validateText("a.yaml", text, registries);
  assert.deepEqual(problems, []);
  const found = takenPorts(objects, ["br0"]);
  assert.deepEqual(found.map(({ line, path, message }) => `${line}: ${path}: ${message}`), wanted);
});
