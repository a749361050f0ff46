/** Options on a real API server: its CRD takes and refuses what Sluice does; Antrea's CRD leaves the annotations. */
import assert from "node:assert/strict";
import Type from "typebox";
import { defineOption, type Option } from "../../core/contracts/mod.ts";
import { crd } from "../../core/crd/traffic_control_crd.ts";
import { index } from "../../core/contracts/registry.ts";
import { checkTrafficControl } from "../../core/objects/traffic_control.ts";
import { actions, options } from "../../plugins/mod.ts";
import { targets } from "../../targets/mod.ts";
import { app, internal, trafficControl } from "../lab/agent.ts";
import { expectFlow } from "../lab/traffic.ts";
import type { TestPod } from "../lab/pod.ts";
import { bridgeWire } from "../lab/wire.ts";
import { eventually } from "../lab/ovs.ts";
import { PROBES } from "./probes.ts";
import { REDIRECT_RULES, RULES } from "./rules.ts";
import { antreasCrd } from "./antreas_crd.ts";
import { applyCRDs, ClusterNode, forget, installCRDs } from "./cluster.ts";
import { apiServerTests, type KubeApiServer } from "./kube_apiserver.ts";

const withServer = apiServerTests(installCRDs);
const PATH = "/apis/crd.antrea.io/v1alpha2/trafficcontrols";
const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const STRICT = "dryRun=All&fieldValidation=Strict";

const registriesWith = (...more: readonly Option[]) => ({
  targets: index("target", targets, ({ kind }) => kind),
  actions: index("action", actions, ({ name }) => name),
  options: index("option", [...options, ...more], ({ field }) => field),
});

type Spec = Readonly<Record<string, unknown>>;
const redirect = (ends: readonly [string, string], more: Spec = {}) => ({
  appliedTo: app("web"),
  direction: "Both",
  action: "Redirect",
  targetPort: internal(ends[0]),
  returnPort: internal(ends[1]),
  ...more,
});
const mirror = (more: Spec) => {
  const { returnPort: _, ...spec } = redirect(["tap0", "tap1"], { action: "Mirror", ...more });
  return spec;
};
const ENDS = ["tap0", "tap1"] as const;

/** What is asked for, and what the server says; nothing if it takes it. */
const SPECS: readonly (readonly [what: string, spec: Spec, refusal?: RegExp | undefined])[] = [
  ["none", redirect(ENDS)],
  ["priority 0", redirect(ENDS, { priority: 0 })],
  ["priority 1000", redirect(ENDS, { priority: 1000 })],
  ["priority -1", redirect(ENDS, { priority: -1 }), /priority .*greater than or equal to 0/],
  ["priority 1001", redirect(ENDS, { priority: 1001 }), /priority .*less than or equal to 1000/],
  ["priority, a text", redirect(ENDS, { priority: "1" }), /priority .*must be of type integer/],
  ["priority, a fraction", redirect(ENDS, { priority: 1.5 }), /priority .*must be of type integer/],
  [
    "priority of a mirror",
    mirror({ priority: 1 }),
    /spec: .*priority must be absent for all actions but Redirect/,
  ],
  ["times", mirror({ startTime: "2026-12-24T18:00:00Z", endTime: "2026-12-24T20:00:00+01:00" })],
  ["a time without a zone", mirror({ endTime: "2026-12-24T18:00:00" }), /endTime.* should match/],
  [
    "an hour from a start",
    redirect(ENDS, { startTime: "2026-12-24T18:00:00Z", activeDeadlineSeconds: 3600 }),
  ],
  [
    "a deadline at once",
    redirect(ENDS, { activeDeadlineSeconds: 0 }),
    /activeDeadlineSeconds.*greater than or equal to 1/,
  ],
  ["failureMode Closed", redirect(ENDS, { failureMode: "Closed" })],
  ["failureMode Open", redirect(ENDS, { failureMode: "Open" })],
  [
    "failureMode open",
    redirect(ENDS, { failureMode: "open" }),
    /failureMode: Unsupported value: "open": supported values: "Closed", "Open"/,
  ],
  [
    "failureMode of a mirror",
    mirror({ failureMode: "Closed" }),
    /failureMode must be absent for all actions but Redirect/,
  ],
  ["balanceBy of a redirect", redirect(ENDS, { balanceBy: "Addresses" })],
  ["balanceBy of a mirror", mirror({ balanceBy: "Connection" })],
  [
    "balanceBy Ports",
    mirror({ balanceBy: "Ports" }),
    /balanceBy: Unsupported value: "Ports": supported values: "Connection", "Addresses"/,
  ],
  ...PROBES.map(([what, healthProbe, refusal]) =>
    [`healthProbe, ${what}`, redirect(ENDS, { healthProbe }), refusal] as const
  ),
  ...RULES.map(([what, rules, refusal]) => [`rules, ${what}`, mirror({ rules }), refusal] as const),
  ...REDIRECT_RULES.map(([what, rules, refusal]) =>
    [`rules of a redirect, ${what}`, redirect(ENDS, { rules }), refusal] as const
  ),
  ["truncateBytes", mirror({ truncateBytes: 64 })],
  ["truncateBytes 63", mirror({ truncateBytes: 63 }), /truncateBytes.*greater than or equal to 64/],
  ["truncateBytes 65536", mirror({ truncateBytes: 65536 }), /truncateBytes.*less than or equal to/],
  [
    "truncateBytes of a redirect",
    redirect(ENDS, { truncateBytes: 64 }),
    /truncateBytes must be absent for all actions but Mirror/,
  ],
  [
    "healthProbe of a mirror",
    mirror({ healthProbe: {} }),
    /healthProbe must be absent for all actions but Redirect/,
  ],
];

for (const [what, spec, refusal] of SPECS) {
  Deno.test(withServer(`an option, ${what}: the server says what Sluice says`, async (server) => {
    const object = trafficControl("x", spec);
    const { status, body } = await server.request("POST", `${PATH}?${STRICT}`, object);
    assert.equal(status === 201, refusal === undefined, JSON.stringify(body));
    if (refusal) assert.match(body.message, refusal);
    const problems = checkTrafficControl(object as Spec, registriesWith());
    assert.equal(problems.length === 0, refusal === undefined, JSON.stringify(problems));
  }));
}

Deno.test(withServer("kubectl explain tells what an option is for", async (server) => {
  const explained = await server.kubectl(["explain", "tc.spec.priority"]);
  assert.match(
    explained,
    /priority <integer>[^]*Among redirects of one Pod the lowest number wins/,
  );
}));

const text = (description: string, more: object = {}) => Type.String({ description, ...more });
/** Options that a plugin file may define, of every type of schema. */
const CUSTOM: readonly Option[] = [
  defineOption({
    field: "namespace", // a word that CEL keeps to itself
    docs: "Names a Namespace.",
    schema: Type.Enum(["a", "b"]),
    example: "a",
    goesWith: "copies",
    effect: (namespace) => ({ copy: { namespace } }),
  }),
  defineOption({
    field: "rates",
    docs: "Lists rates.",
    schema: Type.Array(
      Type.Object({
        to: text("Where to.", { oneOf: [{ format: "ipv4" }, { format: "ipv6" }] }),
        most: Type.Optional(Type.Integer({ minimum: 1, description: "The most." })),
      }),
      { maxItems: 8 },
    ),
    example: [{ to: "192.0.2.1" }],
    rules: [{ rule: "size(self) > 0", message: "must have a rate" }],
    effect: (rates) => ({ copy: { rates }, hop: { rates } }),
  }),
  defineOption({
    field: "collector",
    docs: "Names a collector.",
    schema: Type.Object({ address: text("Its address.", { format: "ipv4" }) }, {
      "x-kubernetes-validations": [{ rule: "has(self.address)", message: "must have an address" }],
    }),
    example: { address: "192.0.2.1" },
    rules: [{ rule: "self.address != '192.0.2.9'", message: "must not be the last one" }],
    goesWith: "hops",
    effect: (collector) => ({ hop: { collector } }),
  }),
  defineOption({
    field: "isQuick",
    docs: "Says whether it is quick.",
    schema: Type.Boolean(),
    example: true,
    effect: (isQuick) => ({ copy: { isQuick }, hop: { isQuick } }),
  }),
];
const JUDGED: readonly (readonly [string, Spec, RegExp?])[] = [
  ["a reserved word", mirror({ namespace: "a" })],
  [
    "a reserved word, with a redirect",
    redirect(ENDS, { namespace: "a" }),
    /namespace must be absent for all actions but Mirror/,
  ],
  ["a list", mirror({ rates: [{ to: "2001:db8::1", most: 2 }] })],
  ["a list with a redirect", redirect(ENDS, { rates: [{ to: "192.0.2.1" }] })],
  ["an empty list", mirror({ rates: [] }), /rates: .*must have a rate/],
  [
    "an unknown field in a list",
    mirror({ rates: [{ to: "192.0.2.1", least: 1 }] }),
    /unknown field .*rates\[0\]\.least/,
  ],
  ["an object", redirect(ENDS, { collector: { address: "192.0.2.1" } })],
  [
    "its rule",
    redirect(ENDS, { collector: { address: "192.0.2.9" } }),
    /collector: .*must not be the last one/,
  ],
  ["a flag", redirect(ENDS, { isQuick: false, priority: 1 })],
];

Deno.test(
  withServer("options of plugin files are in the CRD, with their rules", async (server, t) => {
    const object = JSON.parse(JSON.stringify(crd(registriesWith(...CUSTOM))));
    object.metadata.name = "trafficcontrols.plugins.example";
    object.spec.group = "plugins.example";
    object.spec.names.shortNames = [];
    const { status, body } = await server.request("POST", `${CRDS}?fieldValidation=Strict`, object);
    assert.equal(status, 201, JSON.stringify(body));
    const url = `/apis/plugins.example/v1alpha2/trafficcontrols?${STRICT}`;
    await eventually("the CRD", async () => (await server.request("GET", url)).status === 200);
    for (const [what, spec, refusal] of JUDGED) {
      await t.step(what, async () => {
        const { body } = await server.request("POST", url, {
          ...trafficControl("x", spec),
          apiVersion: "plugins.example/v1alpha2",
        });
        if (refusal) assert.match(body.message, refusal);
        else assert.equal(body.kind, "TrafficControl", JSON.stringify(body));
      });
    }
    await server.request("DELETE", `${CRDS}/trafficcontrols.plugins.example`);
  }),
);

const apply = (server: KubeApiServer, name: string, spec: Spec) =>
  server.kubectl(["apply", "-f", "-"], JSON.stringify(trafficControl(name, spec)));

Deno.test(
  withServer("Antrea's CRD drops the field, the annotation has its effect", async (server, t) => {
    await forget(server);
    await applyCRDs(server, antreasCrd());
    await using node = await ClusterNode.start(server, 2);
    const [p1, p2] = node.pods as [TestPod, TestPod];
    await node.tell(p1, { app: "web" });
    await node.tell(p2, {});
    await apply(server, "a", redirect(ENDS));
    const seen = async (winner: string) => {
      await node.agent.settled(
        `${winner} wins`,
        ({ trafficControls }) =>
          trafficControls.length === 2 &&
          trafficControls.every(({ name, realized, conditions }) =>
            name === winner ? realized : conditions[0]?.reason === "Superseded"
          ),
      );
    };
    const b = redirect(["tap2", "tap3"], { priority: 1 });
    const query = "fieldValidation=Ignore"; // as clients do that do not ask
    await server.must("POST", `${PATH}?${query}`, trafficControl("b", b));
    await seen("a");
    await bridgeWire(node.ovs, ["tap0", "tap1"]);
    await bridgeWire(node.ovs, ["tap2", "tap3"]);
    const [at2, one, other] = [node.at(p2), node.atDevice("tap0"), node.atDevice("tap2")];
    await expectFlow({ from: p1, to: p2 }, [[at2, 1], [one, 1], [other, 0]]);
    await t.step("annotated", async () => {
      await server.kubectl(["annotate", "tc", "b", "sluice.dev/priority=1"]);
      await seen("b");
      await expectFlow({ from: p1, to: p2 }, [[at2, 1], [one, 0], [other, 1]]);
    });
    await t.step("and no more", async () => {
      await server.kubectl(["annotate", "tc", "b", "sluice.dev/priority-"]);
      await seen("a");
      await expectFlow({ from: p1, to: p2 }, [[at2, 1], [one, 1], [other, 0]]);
    });
  }),
);
