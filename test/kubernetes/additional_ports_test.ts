/** `additionalPorts` on a real API server: what its CRD accepts and refuses, and that Sluice judges the same. */
import assert from "node:assert/strict";
import { defineAction } from "../../core/contracts/mod.ts";
import { crd } from "../../core/crd/traffic_control_crd.ts";
import {
  CRDS,
  installCrd,
  ip,
  mirror,
  ours,
  redirect,
  registries,
  type Spec,
  verdict,
  vxlan,
} from "./crd.ts";
import { apiServerTests } from "./kube_apiserver.ts";

const withServer = apiServerTests(installCrd);

const device = (name: string) => ({ device: { name } });
const mirrorTo = (additionalPorts: unknown): Spec => mirror(device("a"), { additionalPorts });
const redirectTo = (additionalPorts: unknown): Spec => ({
  ...redirect(device("a"), device("b")),
  additionalPorts,
});
const through = (target: string, returned: string, more: Spec = {}) => ({
  name: target,
  targetPort: device(target),
  returnPort: device(returned),
  ...more,
});
/** `count` entries of a mirror. */
const many = (count: number) =>
  Array.from({ length: count }, (_, at) => ({ name: `x${at}`, targetPort: device(`x${at}`) }));
const NAME = /additionalPorts\[0\]\.name: .*should match/;

/** What is asked for, and what the server says; nothing if it takes it. */
const SPECS: readonly (readonly [what: string, spec: Spec, refusal?: RegExp])[] = [
  ["no entry", mirrorTo([])],
  ["a mirror's", mirrorTo([{ name: "b", targetPort: vxlan }])],
  ["15 entries", mirrorTo(many(15))],
  ["weights", redirectTo([through("c", "d", { weight: 1 }), through("e", "f", { weight: 16 })])],
  ["one-armed", redirectTo([through("c", "c")])],
  [
    "every kind of tunnel",
    mirrorTo(
      ["geneve", "gre", "vxlan"].map((kind) => ({ name: kind, targetPort: { [kind]: ip } })),
    ),
  ],
  ["ERSPAN of a mirror", mirrorTo([{ name: "b", targetPort: { erspan: { ...ip, version: 1 } } }])],
  ["16 entries", mirrorTo(many(16)), /additionalPorts: Too many: 16: must have at most 15 items/],
  ["no list", mirrorTo({}), /additionalPorts: .*must be of type array/],
  ["no name", mirrorTo([{ targetPort: vxlan }]), /additionalPorts\[0\]\.name: Required value/],
  ["no target", mirrorTo([{ name: "b" }]), /additionalPorts\[0\]\.targetPort: Required value/],
  ["an upper-case name", mirrorTo([{ name: "B", targetPort: vxlan }]), NAME],
  ["an empty name", mirrorTo([{ name: "", targetPort: vxlan }]), NAME],
  [
    "a long name",
    mirrorTo([{ name: "b".repeat(64), targetPort: vxlan }]),
    /name: Too long: may not be more than 63 bytes/,
  ],
  [
    "a name twice",
    mirrorTo([{ name: "b", targetPort: vxlan }, { name: "b", targetPort: device("c") }]),
    /additionalPorts\[1\]: Duplicate value/,
  ],
  [
    "weight 0",
    mirrorTo([{ name: "b", targetPort: vxlan, weight: 0 }]),
    /weight: .*greater than or equal to 1/,
  ],
  [
    "weight 17",
    mirrorTo([{ name: "b", targetPort: vxlan, weight: 17 }]),
    /weight: .*less than or equal to 16/,
  ],
  [
    "an unknown field",
    mirrorTo([{ name: "b", targetPort: vxlan, port: 1 }]),
    /unknown field "spec.additionalPorts\[0\].port"/,
  ],
  [
    "a return port of a mirror",
    mirrorTo([through("c", "d")]),
    /additionalPorts: returnPort must be absent for action Mirror/,
  ],
  [
    "no return port of a redirect",
    redirectTo([through("c", "d"), { name: "e", targetPort: vxlan }]),
    /additionalPorts: returnPort is required by action Redirect/,
  ],
  [
    "ERSPAN of a redirect",
    redirectTo([{ ...through("c", "d"), targetPort: { erspan: { ...ip, version: 1 } } }]),
    /additionalPorts: targetPort.erspan cannot be used by action Redirect/,
  ],
  [
    "a return from ERSPAN",
    redirectTo([{ ...through("c", "d"), returnPort: { erspan: { ...ip, version: 1 } } }]),
    /unknown field "spec.additionalPorts\[0\].returnPort.erspan"/,
  ],
  [
    "two kinds of target",
    mirrorTo([{ name: "b", targetPort: { ...vxlan, gre: ip } }]),
    /additionalPorts\[0\].targetPort: .*must have exactly one kind of target/,
  ],
  [
    "a target's own rule",
    mirrorTo([{ name: "b", targetPort: { vxlan: { remoteIP: "224.0.0.1" } } }]),
    /additionalPorts\[0\].targetPort.vxlan.remoteIP: .*must be a unicast address/,
  ],
  [
    "a host name",
    mirrorTo([{ name: "b", targetPort: { vxlan: { remoteIP: "localhost" } } }]),
    /additionalPorts\[0\].targetPort.vxlan.remoteIP: .*must be an IPv4 or IPv6 address/,
  ],
];

for (const [what, spec, refusal] of SPECS) {
  Deno.test(withServer(`additionalPorts, ${what}: the server says it, too`, async (server) => {
    const said = await verdict(server, spec);
    assert.match(said, refusal ?? /^$/);
    assert.doesNotMatch(said, /oneOf|anyOf|no such key|compil/);
    assert.equal(ours(spec).length === 0, refusal === undefined, JSON.stringify(ours(spec)));
  }));
}

Deno.test(withServer("a port that stands twice is refused by Sluice only", async (server) => {
  const spec = mirrorTo([{ name: "b", targetPort: device("a") }]);
  assert.equal(await verdict(server, spec), "");
  assert.deepEqual(ours(spec), [{
    path: "/spec/additionalPorts/0/targetPort/device",
    message: 'must differ from the ports of spec: is "a"',
  }]);
}));

Deno.test(withServer("an action without ports has no additional ones", async (server) => {
  const drop = defineAction({
    name: "Drop",
    docs: "Drops packets.",
    targetPort: "forbidden",
    returnPort: "forbidden",
    treat: () => ({ drop: true }),
  });
  const actions = new Map([...registries.actions, ["Drop", drop]]);
  const object = JSON.parse(JSON.stringify(crd({ ...registries, actions })));
  const { body: now } = await server.request("GET", `${CRDS}/${object.metadata.name}`);
  object.metadata.resourceVersion = now.metadata.resourceVersion;
  const url = `${CRDS}/${object.metadata.name}?dryRun=All&fieldValidation=Strict`;
  const { status, body } = await server.request("PUT", url, object);
  assert.equal(status, 200, JSON.stringify(body));
}));

Deno.test(withServer("kubectl explain tells what an additional port is for", async (server) => {
  const explained = await server.kubectl(["explain", "tc.spec.additionalPorts"]);
  assert.match(explained, /Further ports, so that several sensors share the packets\./);
  assert.match(explained, /weight\s+<integer>/);
  assert.match(
    await server.kubectl(["explain", "tc.spec.additionalPorts.targetPort.vxlan"]),
    /remoteIP\s+<string> -required-/,
  );
}));
