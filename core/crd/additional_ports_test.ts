/** `additionalPorts` in the CRD. test/kubernetes/additional_ports_test.ts shows what the API server says. */
import assert from "node:assert/strict";
import { actions } from "../../plugins/mod.ts";
import { targets } from "../../targets/mod.ts";
import { defineAction } from "../contracts/mod.ts";
import { additionalPortsField, additionalPortsRules } from "./additional_ports.ts";

const [mirror, redirect] = actions as [typeof actions[number], typeof actions[number]];
const drop = defineAction({
  name: "Drop",
  docs: "Drops packets.",
  targetPort: "forbidden",
  returnPort: "forbidden",
  treat: () => ({ drop: true }),
});
const PORTS = { targetPort: targets, returnPort: targets.filter(({ oneWay }) => !oneWay) };
const ALL = "!has(self.additionalPorts) || self.additionalPorts.all(each, ";

Deno.test.each([
  ["Mirror", mirror, PORTS, [[
    `self.action != "Mirror" || ${ALL}!has(each.returnPort))`,
    "additionalPorts: returnPort must be absent for action Mirror",
  ]]],
  ["Mirror, if no action has a return port", mirror, { ...PORTS, returnPort: [] }, []],
  ["Redirect", redirect, PORTS, [
    [
      `self.action != "Redirect" || ${ALL}has(each.returnPort))`,
      "additionalPorts: returnPort is required by action Redirect",
    ],
    [
      `self.action != "Redirect" || ${ALL}!has(each.targetPort) || !has(each.targetPort.erspan))`,
      "additionalPorts: targetPort.erspan cannot be used by action Redirect",
    ],
  ]],
  ["Drop", drop, PORTS, [[
    'self.action != "Drop" || !has(self.additionalPorts)',
    "additionalPorts must be absent for action Drop",
  ]]],
])("rules about additional ports: %s", (_, action, ports, wanted) => {
  const rules = additionalPortsRules(action, ports);
  assert.deepEqual(rules.map(({ rule, message }) => [rule, message]), wanted);
});

Deno.test("in the list of additional ports names are unique, and ports are unions of targets", () => {
  const { items, ...list } = additionalPortsField(PORTS) as Readonly<Record<string, unknown>>;
  assert.equal(list["x-kubernetes-list-type"], "map");
  assert.deepEqual(list["x-kubernetes-list-map-keys"], ["name"]);
  assert.equal(list.maxItems, 15);
  const { properties, required } = items as {
    readonly required: readonly string[];
    readonly properties: Readonly<Record<string, { readonly properties?: object }>>;
  };
  assert.deepEqual(required, ["name", "targetPort"]);
  const { targetPort, returnPort } = properties;
  assert.deepEqual(Object.keys(targetPort!.properties!), targets.map(({ kind }) => kind));
  assert.ok(!("erspan" in returnPort!.properties!));
  const mirrorsOnly = additionalPortsField({ ...PORTS, returnPort: [] }).items as typeof items;
  assert.ok(!("returnPort" in (mirrorsOnly as { properties: object }).properties));
});
