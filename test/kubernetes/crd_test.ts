/** The CRD on a real API server: what it accepts, what it refuses, its messages, and that Sluice judges the same. */
import assert from "node:assert/strict";
import fc from "fast-check";
import Type, { type TObject, type TSchema } from "typebox";
import { defineAction, defineTarget } from "../../core/contracts/mod.ts";
import { crd, crdYaml } from "../../core/crd/traffic_control_crd.ts";
import { index } from "../../core/contracts/registry.ts";
import { checkTrafficControl } from "../../core/objects/traffic_control.ts";
import { actions, options } from "../../plugins/mod.ts";
import { targets } from "../../targets/mod.ts";
import { apiServerTests, type KubeApiServer } from "./kube_apiserver.ts";
import { eventually } from "../lab/ovs.ts";

const registries = {
  targets: index("target", targets, ({ kind }) => kind),
  actions: index("action", actions, ({ name }) => name),
  options: index("option", options, ({ field }) => field),
};
const PATH = "/apis/crd.antrea.io/v1alpha2/trafficcontrols";
const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

const withServer = apiServerTests(async (server) => {
  await server.kubectl(["apply", "--server-side", "-f", "-"], crdYaml(registries));
  // The server offers the kind to clients a little after it has accepted the CRD.
  await eventually("TrafficControls", async () => {
    const { code } = await server.tryKubectl(["explain", "tc"]);
    return code === 0 && (await server.request("GET", PATH)).status === 200;
  });
});

type Spec = Readonly<Record<string, unknown>>;
const ip = { remoteIP: "192.0.2.1" };
const vxlan = { vxlan: ip };
const mirror = (targetPort: unknown, more: Spec = {}): Spec => ({
  appliedTo: { podSelector: {} },
  direction: "Both",
  action: "Mirror",
  targetPort,
  ...more,
});
const redirect = (targetPort: unknown, returnPort: unknown) =>
  mirror(targetPort, { action: "Redirect", returnPort });
const select = (appliedTo: unknown) => mirror(vxlan, { appliedTo });
const expression = (key: string, operator: string, values?: readonly string[]) => ({
  podSelector: { matchExpressions: [{ key, operator, ...(values && { values }) }] },
});
const trafficControl = (spec: unknown, name = "x") => ({
  apiVersion: "crd.antrea.io/v1alpha2",
  kind: "TrafficControl",
  metadata: { name },
  spec,
});

/** Asks the server as `kubectl create --dry-run=server` does. @returns Its message; empty if it accepts the object. */
async function verdict(server: KubeApiServer, spec: unknown): Promise<string> {
  const query = "dryRun=All&fieldValidation=Strict";
  const { status, body } = await server.request("POST", `${PATH}?${query}`, trafficControl(spec));
  if (status === 201) return "";
  assert.ok(status === 400 || status === 422, JSON.stringify(body));
  return body.message;
}

const ours = (spec: unknown) => checkTrafficControl(trafficControl(spec), registries);

/** Specs that Antrea's own CRD accepts, too. They were tried with its v1alpha2 of August 2026. */
const ANTREA_TAKES: readonly (readonly [string, Spec])[] = [
  ["a tunnel by its far end alone", mirror(vxlan)],
  ["GENEVE with all fields", mirror({ geneve: { ...ip, vni: 0xffffff, destinationPort: 65535 } })],
  ["VXLAN with all fields", mirror({ vxlan: { ...ip, vni: 0, destinationPort: 1 } })],
  ["GRE with the largest key", mirror({ gre: { ...ip, key: 0xffffffff } })],
  ["GRE over IPv6", mirror({ gre: { remoteIP: "2001:db8::1" } })],
  ["ERSPAN version 1", mirror({ erspan: { ...ip, version: 1, sessionID: 1023, index: 10 } })],
  ["ERSPAN version 2", mirror({ erspan: { ...ip, version: 2, dir: 1, hardwareID: 63 } })],
  ["an internal port", mirror({ ovsInternal: { name: "tap0" } })],
  ["a device", mirror({ device: { name: "eno2.100" } })],
  ["a redirect through internal ports", {
    ...redirect({ ovsInternal: { name: "tap0" } }, { ovsInternal: { name: "tap1" } }),
  }],
  ["a redirect with other kinds", redirect({ device: { name: "a" } }, { geneve: ip })],
  ["a one-armed redirect", redirect({ device: { name: "a" } }, { device: { name: "a" } })],
  ["ingress", mirror(vxlan, { direction: "Ingress" })],
  ["egress", mirror(vxlan, { direction: "Egress" })],
  ["no selector, which selects nothing", select({})],
  ["all Namespaces", select({ namespaceSelector: {} })],
  [
    "labels",
    select({
      podSelector: { matchLabels: { "app.kubernetes.io/name": "web", tier: "" } },
      namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "prod" } },
    }),
  ],
  ["In", select(expression("app", "In", ["web", "db"]))],
  ["NotIn", select(expression("a.b/c", "NotIn", ["web"]))],
  ["Exists", select(expression("app", "Exists"))],
  ["DoesNotExist", select(expression("app", "DoesNotExist", []))],
];

for (const [what, spec] of ANTREA_TAKES) {
  Deno.test(withServer(`it takes ${what}, and so do we`, async (server) => {
    assert.equal(await verdict(server, spec), "");
    assert.deepEqual(ours(spec), []);
  }));
}

const DEVICE_NAME = "name: .*must be 1 to 15 printable ASCII characters, none of them / : or %";
const ADDRESS = "remoteIP: .*must be an IPv4 or IPv6 address";
const UNICAST = "remoteIP: .*must be a unicast address";
const ONE_KIND = "must have exactly one kind of target: device, erspan, geneve";

/** Specs that the server refuses, with the message that a user reads. */
const REFUSED: readonly (readonly [string, unknown, string])[] = [
  ["nothing at all", undefined, "spec: Required value"],
  ["no Pods", mirror(vxlan, { appliedTo: undefined }), "spec.appliedTo: Required value"],
  ["no direction", mirror(vxlan, { direction: undefined }), "spec.direction: Required value"],
  [
    "another direction",
    mirror(vxlan, { direction: "both" }),
    'direction: Unsupported value: "both": supported values: "Ingress", "Egress", "Both"',
  ],
  [
    "another action",
    mirror(vxlan, { action: "Copy" }),
    'action: Unsupported value: "Copy": supported values: "Mirror", "Redirect"',
  ],
  ["an unknown field", mirror(vxlan, { targetport: {} }), 'unknown field "spec.targetport"'],
  ["a mirror to nowhere", mirror(undefined), "targetPort is required by action Mirror"],
  ["an empty target", mirror({}), `spec.targetPort: .*${ONE_KIND}`],
  ["two targets", mirror({ vxlan: ip, gre: ip }), `spec.targetPort: .*${ONE_KIND}`],
  ["an unknown target", mirror({ stt: ip }), 'unknown field "spec.targetPort.stt"'],
  [
    "a mirror with a return port",
    mirror(vxlan, { returnPort: { gre: ip } }),
    "returnPort must be absent for action Mirror",
  ],
  [
    "a redirect without a return port",
    redirect(vxlan, undefined),
    "returnPort is required by action Redirect",
  ],
  [
    "a redirect to nowhere",
    redirect(undefined, vxlan),
    "targetPort is required by action Redirect",
  ],
  [
    "two return ports",
    redirect(vxlan, { vxlan: ip, gre: ip }),
    `spec.returnPort: .*${ONE_KIND.replace("erspan, ", "")}`,
  ],
  [
    "a redirect to ERSPAN",
    redirect({ erspan: { ...ip, version: 1 } }, vxlan),
    "targetPort.erspan cannot be used by action Redirect",
  ],
  [
    "a return from ERSPAN",
    redirect(vxlan, { erspan: { ...ip, version: 1 } }),
    'unknown field "spec.returnPort.erspan"',
  ],
  ["a tunnel to nowhere", mirror({ vxlan: {} }), "vxlan.remoteIP: Required value"],
  ["a host name", mirror({ vxlan: { remoteIP: "localhost" } }), ADDRESS],
  ["a network", mirror({ vxlan: { remoteIP: "192.0.2.0/24" } }), ADDRESS],
  ["octal digits", mirror({ vxlan: { remoteIP: "010.0.0.1" } }), ADDRESS],
  ["a zone", mirror({ vxlan: { remoteIP: "fe80::1%eth0" } }), ADDRESS],
  ["two runs of zeros", mirror({ vxlan: { remoteIP: "1::2::3" } }), ADDRESS],
  ["multicast", mirror({ gre: { remoteIP: "224.0.0.1" } }), UNICAST],
  ["IPv6 multicast", mirror({ gre: { remoteIP: "FF02::1" } }), UNICAST],
  ["no address", mirror({ gre: { remoteIP: "0:0::0" } }), UNICAST],
  ["IPv4 in IPv6", mirror({ gre: { remoteIP: "::ffff:192.0.2.1" } }), UNICAST],
  [
    "VNI too large",
    mirror({ vxlan: { ...ip, vni: 0x1000000 } }),
    "vni .*less than or equal to 16777215",
  ],
  ["VNI as text", mirror({ geneve: { ...ip, vni: "1" } }), "vni .*must be of type integer"],
  [
    "UDP port 0",
    mirror({ geneve: { ...ip, destinationPort: 0 } }),
    "destinationPort .*greater than or equal to 1",
  ],
  ["a negative key", mirror({ gre: { ...ip, key: -1 } }), "key .*greater than or equal to 0"],
  [
    "a key too large",
    mirror({ gre: { ...ip, key: 2 ** 32 } }),
    "key .*less than or equal to 4294967295|key .*less than or equal to 4.294967295e",
  ],
  ["half a key", mirror({ gre: { ...ip, key: 1.5 } }), "key .*must be of type integer"],
  ["ERSPAN without version", mirror({ erspan: ip }), "erspan.version: Required value"],
  [
    "ERSPAN version 3",
    mirror({ erspan: { ...ip, version: 3 } }),
    "version .*less than or equal to 2",
  ],
  [
    "index in version 2",
    mirror({ erspan: { ...ip, version: 2, index: 1 } }),
    "erspan: .*index needs version 1",
  ],
  [
    "dir in version 1",
    mirror({ erspan: { ...ip, version: 1, dir: 0 } }),
    "erspan: .*dir needs version 2",
  ],
  [
    "hardware in version 1",
    mirror({ erspan: { ...ip, version: 1, hardwareID: 0 } }),
    "erspan: .*hardwareID needs version 2",
  ],
  [
    "index of 21 bits",
    mirror({ erspan: { ...ip, version: 1, index: 2 ** 20 } }),
    "index .*less than or equal to 1048575|index .*1.048575e",
  ],
  [
    "hardware of 7 bits",
    mirror({ erspan: { ...ip, version: 2, hardwareID: 64 } }),
    "hardwareID .*less than or equal to 63",
  ],
  [
    "session of 11 bits",
    mirror({ erspan: { ...ip, version: 1, sessionID: 1024 } }),
    "sessionID .*less than or equal to 1023",
  ],
  [
    "a long name",
    mirror({ device: { name: "sixteen-bytes-xx" } }),
    "name: Too long: may not be more than 15 bytes",
  ],
  ["a path", mirror({ device: { name: "a/b" } }), DEVICE_NAME],
  ["a name to be filled in", mirror({ ovsInternal: { name: "tap%d" } }), DEVICE_NAME],
  ["no name", mirror({ ovsInternal: { name: "" } }), DEVICE_NAME],
  [
    "the kernel's name",
    mirror({ ovsInternal: { name: "lo" } }),
    "name: .*cannot be such a name: it is the kernel's own",
  ],
  [
    "Open vSwitch's name",
    mirror({ device: { name: "vxlan_sys_4789" } }),
    "name: .*cannot be such a name: it is Open vSwitch's own",
  ],
  ["In without values", select(expression("a", "In")), "operators In and NotIn must have values"],
  [
    "NotIn without values",
    select(expression("a", "NotIn", [])),
    "operators In and NotIn must have values",
  ],
  [
    "Exists with values",
    select(expression("a", "Exists", ["b"])),
    "operators Exists and DoesNotExist must have no values",
  ],
  [
    "an unknown operator",
    select(expression("a", "Gt", ["1"])),
    'operator: Unsupported value: "Gt"',
  ],
  ["no label key", select(expression("a b", "Exists")), "key .*should match"],
  [
    "a key with a long name",
    select(expression(`a/${"b".repeat(64)}`, "Exists")),
    "key .*should match",
  ],
  [
    "no label value",
    select({ podSelector: { matchLabels: { app: "-" } } }),
    "matchLabels.app .*should match",
  ],
  [
    "no value of a requirement",
    select(expression("a", "In", ["b c"])),
    "values\\[0\\] .*should match",
  ],
  [
    "a value too long",
    select({ podSelector: { matchLabels: { app: "x".repeat(64) } } }),
    "matchLabels.app: Too long: may not be more than 63 bytes",
  ],
];

for (const [what, spec, message] of REFUSED) {
  Deno.test(withServer(`it refuses ${what}, and so do we`, async (server) => {
    const said = await verdict(server, spec);
    assert.match(said, new RegExp(message));
    assert.doesNotMatch(said, /oneOf|anyOf|no such key|compil/);
    assert.notDeepEqual(ours(spec), []);
  }));
}

/** Specs that only Sluice refuses, because a CRD cannot express the rule or the server drops the value. */
const ONLY_OURS: readonly (readonly [string, Spec])[] = [
  ["a label's key that is none", select({ podSelector: { matchLabels: { "a b": "c" } } })],
  ["a field that is null, which it drops", mirror({ gre: { ...ip, key: null } })],
  ["a key with a long prefix", select(expression(`${"a".repeat(254)}/b`, "Exists"))],
];
for (const [what, spec] of ONLY_OURS) {
  Deno.test(withServer(`${what} is refused by Sluice only`, async (server) => {
    assert.notDeepEqual(ours(spec), []);
    assert.equal(await verdict(server, spec), "");
  }));
}

/** Random values: most are valid, others are just outside a bound or of another type. */
const often = (good: fc.Arbitrary<unknown>, ...others: unknown[]) =>
  fc.oneof({ weight: 4, arbitrary: good }, { weight: 1, arbitrary: fc.constantFrom(...others) });
const odd = often(fc.integer({ min: 0, max: 2 }), -1, 63, 64, 1023, 65535, 65536, 1.5, "1");
const far = often(fc.oneof(fc.ipV4(), fc.ipV6()), "::", "ff02::1", "a", "0.0.0.0", 1);
const name = often(fc.constant("tap0"), "", "a/b", "lo", "x".repeat(16), "\u00e9", 1);
const some = (fields: Record<string, fc.Arbitrary<unknown>>, requiredKeys: string[]) =>
  fc.record(fields, { requiredKeys });
const end = { remoteIP: far };
const randomErspan = some(
  { ...end, version: odd, sessionID: odd, index: odd, dir: odd, hardwareID: odd },
  ["remoteIP", "version"],
);
const randomTarget = some({
  vxlan: some({ ...end, vni: odd, destinationPort: odd }, ["remoteIP"]),
  gre: some({ ...end, key: odd }, []),
  erspan: randomErspan,
  device: some({ name }, []),
}, []);
const randomSpec = some({
  appliedTo: fc.constant({ podSelector: {} }),
  direction: fc.constantFrom("Both", "Ingress", "Up"),
  action: fc.constantFrom("Mirror", "Redirect", "Drop"),
  targetPort: randomTarget,
  returnPort: randomTarget,
}, ["appliedTo", "direction", "action"]);

Deno.test(
  withServer("the server accepts a random spec exactly if Sluice accepts it", async (server) => {
    const verdicts = new Set<boolean>();
    const agrees = async (spec: unknown) => {
      const said = await verdict(server, spec);
      const problems = ours(spec);
      assert.equal(said === "", problems.length === 0, `${said} ${JSON.stringify(problems)}`);
      verdicts.add(said === "");
    };
    await fc.assert(fc.asyncProperty(randomSpec, agrees), { numRuns: 300 });
    // A whole random spec is hardly ever valid, a random target is more often.
    await fc.assert(
      fc.asyncProperty(randomErspan, (erspan) => agrees(mirror({ erspan }))),
      { numRuns: 300 },
    );
    assert.deepEqual([...verdicts].sort(), [false, true]);
  }),
);

Deno.test(withServer("kubectl explain tells what a field is for", async (server) => {
  const erspan = await server.kubectl(["explain", "tc.spec.targetPort.erspan"]);
  assert.match(erspan, /Sends packets to a remote collector over ERSPAN\./);
  assert.match(erspan, /index\s+<integer>\s+Port index; version 1 only\./);
  assert.match(
    erspan,
    /remoteIP\s+<string> -required-\s+Unicast address of the tunnel's far end\./,
  );
  const all = await server.kubectl(["explain", "tc", "--recursive"]);
  for (const kind of registries.targets.keys()) {
    assert.match(all, new RegExp(`${kind}\\s+<Object>`));
  }
  for (
    const path of [
      "tc",
      "tc.spec",
      "tc.spec.appliedTo.podSelector",
      "tc.spec.targetPort",
      "tc.status.conditions",
    ]
  ) {
    assert.doesNotMatch(await server.kubectl(["explain", path]), /<no description>/, path);
  }
}));

Deno.test(withServer("kubectl get shows action, direction, nodes and age", async (server) => {
  await server.kubectl(
    ["apply", "-f", "-"],
    JSON.stringify(trafficControl(mirror(vxlan), "shown")),
  );
  const lines = (await server.kubectl(["get", "tc"])).trim().split("\n");
  assert.deepEqual(lines[0]!.split(/\s+/), ["NAME", "ACTION", "DIRECTION", "READY", "AGE"]);
  assert.match(lines[1]!, /^shown\s+Mirror\s+Both\s+\d+s$/);
}));

Deno.test(withServer("agents write conditions side by side, one for each type", async (server) => {
  await server.kubectl(["apply", "-f", "-"], JSON.stringify(trafficControl(mirror(vxlan), "told")));
  const write = (manager: string, type: string, status: string) => {
    const { spec: _, ...head } = trafficControl(undefined, "told");
    const object = { ...head, status: { conditions: [{ type, status, reason: "Test" }] } };
    const how = ["--server-side", "--subresource=status", `--field-manager=${manager}`, "-f", "-"];
    return server.tryKubectl(["apply", ...how], JSON.stringify(object));
  };
  for (const [manager, type] of [["a", "A"], ["b", "B"], ["a", "A"]] as const) {
    assert.equal((await write(manager, type, "True")).code, 0);
  }
  const { body } = await server.request("GET", `${PATH}/told`);
  assert.deepEqual(body.status.conditions.map(({ type }: { type: string }) => type), ["A", "B"]);
  assert.match((await write("c", "C", "Perhaps")).stderr, /status: Unsupported value: "Perhaps"/);
}));

Deno.test(
  withServer("an object of Antrea's stays as it is: no field of its is lost", async (server) => {
    for (const [what, spec] of ANTREA_TAKES) {
      const { body } = await server.request("POST", `${PATH}?dryRun=All`, trafficControl(spec));
      assert.deepEqual(body.spec, spec, what);
    }
  }),
);

/** The CRD with other plugins, in another API group, so that it does not replace Sluice's. */
function elsewhere(given: typeof registries) {
  const object = JSON.parse(JSON.stringify(crd(given)));
  object.metadata.name = "trafficcontrols.plugins.example";
  object.spec.group = "plugins.example";
  object.spec.names.shortNames = [];
  return object;
}

/** Asks the server by a dry run. @returns Its message about the CRD; empty if it accepts the CRD. */
async function crdVerdict(server: KubeApiServer, given: typeof registries) {
  const object = elsewhere(given);
  const query = "dryRun=All&fieldValidation=Strict";
  const { status, body } = await server.request("POST", `${CRDS}?${query}`, object);
  return status === 201 ? "" : body.message as string;
}

const custom = (kind: string, schema: TObject) =>
  defineTarget({
    kind,
    docs: "Delivers packets somewhere.",
    lifetime: "shared",
    schema,
    example: {},
    port: () => ({ name: "x", type: "", options: {}, identity: "x" }),
  });
const withTargets = (...more: ReturnType<typeof custom>[]) => ({
  ...registries,
  targets: index("target", [...targets, ...more], ({ kind }) => kind),
});

/** Names of kinds: reserved words of CEL, JSON Schema and JavaScript, and random words. */
const kinds = fc.oneof(
  fc.constantFrom(
    "in",
    "namespace",
    "function",
    "import",
    "loop",
    "void",
    "has",
    "self",
    "size",
    "type",
    "matches",
  ),
  fc.stringMatching(/^[a-z][a-zA-Z0-9]{0,12}$/),
).filter((kind) => !registries.targets.has(kind));
const fieldName = fc.oneof(
  kinds,
  fc.constantFrom("a-b", "a.b", "a__b", "$ref", "x y", "items", "properties"),
);

/** Random schemas, as an author of a plugin may write them. */
const { object: anyObject } = fc.letrec<{ schema: TSchema; object: TObject }>((
  tie,
) => ({
  object: fc.dictionary(fieldName, fc.tuple(tie("schema"), fc.boolean()), { maxKeys: 3 }).map(
    (fields) =>
      Type.Object(Object.fromEntries(
        Object.entries(fields).map(([name, [schema, isOptional]]) => [
          name,
          isOptional ? Type.Optional(schema) : schema,
        ]),
      )),
  ),
  schema: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom<TSchema>(
      Type.String({ description: "A text." }),
      Type.String({ pattern: "^(?!a)[a-z]+$", minLength: 1, maxLength: 9, default: "x" }),
      Type.String({ format: "ipv4" }),
      Type.String({ oneOf: [{ format: "ipv4" }, { format: "ipv6" }] }),
      Type.String({ format: "uri" }),
      Type.Integer({ minimum: 0, maximum: 10, multipleOf: 2 }),
      Type.Integer({ exclusiveMinimum: 0, exclusiveMaximum: 5 }),
      Type.Number({ exclusiveMinimum: 0.5, multipleOf: 0.1 }),
      Type.Boolean({ default: true }),
      Type.Null(),
      Type.Any(),
      Type.Unknown({ description: "Anything." }),
      Type.Literal("a"),
      Type.Literal(1.5),
      Type.Enum(["a", "b"]),
      Type.Union([Type.Literal("a"), Type.Literal(1)]),
      Type.Union([Type.String(), Type.Null()]),
      Type.Union([Type.Enum(["a"]), Type.Null()]),
      Type.Tuple([Type.String(), Type.Integer()]),
      Type.Record(Type.String(), Type.Integer()),
      Type.Record(Type.Integer(), Type.Unknown()),
      Type.Ref("Elsewhere"),
      Type.Object({ a: Type.String() }, { additionalProperties: false, title: "Closed" }),
      Type.Object({ a: Type.String() }, { additionalProperties: Type.String() }),
    ),
    tie("object"),
    tie("schema").map((each) => Type.Array(each, { uniqueItems: true, minItems: 1 })),
    tie("schema").map((each) => Type.Record(Type.String(), each)),
    fc.tuple(tie("schema"), tie("schema")).map((each) => Type.Union(each)),
    fc.tuple(tie("object"), tie("object")).map((each) => Type.Intersect(each)),
  ),
}));

Deno.test(withServer("a plugin's target may have any kind and any schema", (server) =>
  fc.assert(
    fc.asyncProperty(kinds, anyObject, async (kind, schema) => {
      assert.equal(await crdVerdict(server, withTargets(custom(kind, schema))), "");
    }),
    { numRuns: 50 },
  )));

Deno.test(
  withServer(
    "a hundred targets and ten actions of plugins stay within what rules may cost",
    async (server) => {
      const address = Type.Object({
        far: Type.Optional(Type.String({ oneOf: [{ format: "ipv4" }, { format: "ipv6" }] })),
      });
      const many = Array.from({ length: 100 }, (_, at) => custom(`kind${at}`, address));
      const more = Array.from({ length: 10 }, (_, at) =>
        defineAction({
          name: `Act${"abcdefghij"[at]}`,
          docs: "Does something.",
          targetPort: "required",
          returnPort: "required",
          refuses: many.map(({ kind }) => kind),
          treat: ({ target }) => ({ copies: [{ to: [target] }] }),
        }));
      const given = {
        ...withTargets(...many),
        actions: index("action", [...actions, ...more], ({ name }) => name),
      };
      assert.equal(await crdVerdict(server, given), "");
    },
  ),
);

Deno.test(
  withServer(
    "objects with a plugin's target are judged by its schema and its rules",
    async (server) => {
      const loop = custom(
        "import",
        Type.Object({
          peers: Type.Array(Type.String({ format: "ipv4" })),
          how: Type.Optional(Type.Union([Type.Literal("fast"), Type.Literal("slow")])),
          note: Type.Optional(Type.Union([Type.Literal("a"), Type.Null()])),
          any: Type.Optional(Type.Union([Type.String(), Type.Integer()])),
          labels: Type.Optional(Type.Record(Type.String(), Type.String())),
          "in": Type.Optional(Type.Integer({ exclusiveMinimum: 0 })),
        }, {
          "x-kubernetes-validations": [{
            rule: "!has(self.__in__) || size(self.peers) > 0",
            message: "in needs peers",
          }],
        }),
      );
      const url =
        "/apis/plugins.example/v1alpha2/trafficcontrols?dryRun=All&fieldValidation=Strict";
      const path = `${CRDS}/trafficcontrols.plugins.example`;
      await server.request("POST", CRDS, elsewhere(withTargets(loop)));
      await eventually(
        "the plugin's CRD",
        async () => (await server.request("GET", url)).status === 200,
      );
      const judged = async (target: Spec, more: Spec = {}) => {
        const object = trafficControl(mirror({ import: target, ...more }));
        const { body } = await server.request("POST", url, {
          ...object,
          apiVersion: "plugins.example/v1alpha2",
        });
        return body.kind === "TrafficControl" ? "" : body.message as string;
      };
      const peers = ["192.0.2.1"];
      for (
        const target of [
          { peers },
          { peers: [], note: null },
          { peers, how: "fast", any: 1, labels: { a: "b" }, in: 1 },
          { peers, any: "x" },
        ]
      ) assert.equal(await judged(target), "", JSON.stringify(target));
      assert.match(
        await judged({ peers }, { gre: ip }),
        /must have exactly one kind of target: .*import/,
      );
      assert.match(await judged({ peers: [], in: 1 }), /import: .*in needs peers/);
      assert.match(await judged({ peers, in: 0 }), /in .*greater than or equal to 1/);
      assert.match(await judged({ peers, how: "so" }), /how: Unsupported value: "so"/);
      assert.match(await judged({ peers: ["a"] }), /peers\[0\].*must be of type ipv4/);
      assert.match(await judged({}), /import.peers: Required value/);
      await server.request("DELETE", path);
    },
  ),
);
