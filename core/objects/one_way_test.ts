/** What can be neither end of a pair: targets that say so, and ports of types that Open vSwitch gives no way back. */
import assert from "node:assert/strict";
import Type from "typebox";
import { actions } from "../../plugins/mod.ts";
import { defineTarget, type PortSpec } from "../contracts/mod.ts";
import { index } from "../contracts/registry.ts";
import { parseObject } from "./parse.ts";

const schema = Type.Object({ type: Type.String({ description: "Type of the port." }) });

function target(kind: string, more: { readonly oneWay?: true; readonly overhead?: number } = {}) {
  return defineTarget({
    ...more,
    kind,
    docs: "Tests.",
    lifetime: "named",
    schema,
    example: { type: "gre" },
    check: ({ type }) => type === "wrong" ? [{ path: "/type", message: "is wrong" }] : [],
    port: ({ type }): PortSpec => {
      assert.notEqual(type, "wrong", "port() is called only with specs that check() accepts");
      return { name: kind, type, options: { remote_ip: "192.0.2.1" }, identity: kind };
    },
  });
}

const registries = {
  targets: index("target", [
    target("span"),
    target("diode", { oneWay: true }),
    target("deep", { overhead: 90 }),
  ], ({ kind }) => kind), // deno-fmt-ignore
  actions: index("action", actions, ({ name }) => name),
  options: new Map(),
};

function parse(action: string, ...ports: readonly (readonly [kind: string, type: string])[]) {
  const [targetPort, returnPort] = ports.map(([kind, type]) => ({ [kind]: { type } }));
  return parseObject("TrafficControl", {
    apiVersion: "crd.antrea.io/v1alpha2",
    kind: "TrafficControl",
    metadata: { name: "t" },
    spec: {
      appliedTo: { podSelector: {} },
      direction: "Both",
      action,
      targetPort,
      ...(returnPort && { returnPort }),
    },
  }, registries);
}

function problemsOf(...given: Parameters<typeof parse>): string[] {
  const parsed = parse(...given);
  return "problems" in parsed
    ? parsed.problems.map(({ path, message }) => `${path}: ${message}`)
    : [];
}

const REFUSED = "cannot be used by action Redirect";

Deno.test.each<[string, Parameters<typeof parse>, string[]]>([
  ["the target's type", ["Redirect", ["span", "erspan"], ["deep", "gre"]], [
    `/spec/targetPort/span: ${REFUSED}`,
  ]],
  ["the return port's type", ["Redirect", ["deep", "gre"], ["span", "ip6erspan"]], [
    `/spec/returnPort/span: ${REFUSED}`,
  ]],
  ["what the target says", ["Redirect", ["diode", "gre"], ["deep", "gre"]], [
    `/spec/targetPort/diode: ${REFUSED}`,
  ]],
  ["another type", ["Redirect", ["span", "gre"], ["deep", "gre"]], []],
  ["the type of a mirror's target", ["Mirror", ["span", "erspan"]], []],
  ["a one-way target of a mirror", ["Mirror", ["diode", "erspan"]], []],
  ["a spec that is wrong", ["Redirect", ["span", "wrong"], ["deep", "gre"]], [
    "/spec/targetPort/span/type: is wrong",
  ]],
])("one-way, by %s", (_, given, problems) => assert.deepEqual(problemsOf(...given), problems));

Deno.test("what a target adds to packets goes with its port", () => {
  const parsed = parse("Redirect", ["deep", "gre"], ["span", "gre"]);
  assert.ok("control" in parsed);
  assert.deepEqual(parsed.control.ports.map(({ overhead }) => overhead), [90, undefined]);
});
