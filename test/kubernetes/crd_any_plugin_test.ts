/** The CRD with whatever plugins may define, on a real API server: it takes it, and judges objects by it. */
import fc from "fast-check";
import assert from "node:assert/strict";
import Type, { type TObject, type TSchema } from "typebox";
import { defineAction, defineTarget } from "../../core/contracts/mod.ts";
import { index } from "../../core/contracts/registry.ts";
import { crd } from "../../core/crd/traffic_control_crd.ts";
import { actions } from "../../plugins/mod.ts";
import { targets } from "../../targets/mod.ts";
import { eventually } from "../lab/ovs.ts";
import { CRDS, installCrd, ip, mirror, registries, type Spec, trafficControl } from "./crd.ts";
import { apiServerTests, type KubeApiServer } from "./kube_apiserver.ts";

const withServer = apiServerTests(installCrd);

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
