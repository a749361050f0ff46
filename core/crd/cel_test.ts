/** Names and rules in CEL. test/kubernetes/crd_any_plugin_test.ts shows that the API server accepts them. */
import assert from "node:assert/strict";
import fc from "fast-check";
import Type from "typebox";
import { Check } from "typebox/value";
import { ADDRESSES, LONGEST_ADDRESS } from "../base/address_patterns.ts";
import { actionRules, celName } from "./cel.ts";
import { defineAction, defineTarget } from "../contracts/mod.ts";
import { isRE2 } from "./re2.ts";

Deno.test.each([
  ["vxlan", "vxlan"],
  ["namespace", "__namespace__"],
  ["in", "__in__"],
  ["inner", "inner"],
  ["a-b.c/d", "a__dash__b__dot__c__slash__d"],
  ["a__b", "a__underscores__b"],
  ["_a", "_a"],
])("%s is %s in a rule", (property, name) => assert.equal(celName(property), name));

Deno.test.each(["", "0a", "a$", "\u00e9"])("no rule can name %o", (property) => {
  assert.throws(() => celName(property), TypeError);
});

const gre = defineTarget({
  kind: "gre",
  docs: "x",
  lifetime: "named",
  schema: Type.Object({}),
  example: {},
  port: () => ({ name: "x", type: "", options: {}, identity: "x" }),
});
const cast = defineAction({
  name: "Cast",
  docs: "x",
  targetPort: "required",
  returnPort: "forbidden",
  refuses: ["gre"],
  treat: ({ target }) => ({ copies: [{ to: [target] }] }),
});

Deno.test("an action says what it needs, forbids and refuses", () =>
  assert.deepEqual(actionRules(cast, { targetPort: [gre], returnPort: [gre] }), [
    {
      rule: 'self.action != "Cast" || has(self.targetPort)',
      message: "targetPort is required by action Cast",
    },
    {
      rule: 'self.action != "Cast" || !has(self.targetPort) || !has(self.targetPort.gre)',
      message: "targetPort.gre cannot be used by action Cast",
    },
    {
      rule: 'self.action != "Cast" || !has(self.returnPort)',
      message: "returnPort must be absent for action Cast",
    },
  ]));

Deno.test("an action that takes packets back refuses what is one-way, named or not", () => {
  const { refuses: _, ...through } = { ...cast, name: "Through", returnPort: "required" as const };
  const diode = { ...gre, kind: "diode", oneWay: true as const };
  const ports = { targetPort: [gre, diode], returnPort: [gre, diode] };
  const messages = actionRules(through, ports).map(({ message }) => message);
  assert.deepEqual(messages, [
    "targetPort is required by action Through",
    "targetPort.diode cannot be used by action Through",
    "returnPort is required by action Through",
    "returnPort.diode cannot be used by action Through",
  ]);
  const copying = { ...through, returnPort: "forbidden" as const };
  assert.ok(!actionRules(copying, ports).some(({ rule }) => rule.includes("diode")));
});

Deno.test("a rule is silent about a port that the schema does not have", () =>
  assert.deepEqual(actionRules(cast, { targetPort: [], returnPort: [] }), []));

/** Addresses, and texts that have one character more than an address. */
const nearly = fc.tuple(
  fc.oneof(
    fc.ipV4(),
    fc.ipV6(),
    fc.constantFrom("::", "::1", "1::", "::1.2.3.4", "1:2:3:4:5:6:7::"),
  ),
  fc.nat(50),
  fc.constantFrom("", ":", "::", ".", "0", "f", "g", "1", "%"),
).map(([address, at, inserted]) => address.slice(0, at) + inserted + address.slice(at));

for (const [format, { pattern }] of Object.entries(ADDRESSES)) {
  Deno.test(`the pattern of ${format} takes what its format takes`, () => {
    const schema = Type.String({ format });
    fc.assert(
      fc.property(nearly, (address) => {
        const taken = new RegExp(`^(${pattern})$`).test(address);
        assert.equal(taken, Check(schema, address), address);
        assert.ok(!taken || address.length <= LONGEST_ADDRESS);
      }),
      { numRuns: 5000 },
    );
  });
}

Deno.test.each([
  ["^[a-z]+$", true],
  ["^(?:a|b)$", true],
  ["a{1000}", true],
  ["a{1,1001}", false],
  ["^(?!a)", false],
  ["(?<=a)b", false],
  ["(?<name>a)", false],
  ["(a)\\1", false],
  ["[^]", false],
  ["\\u00e9", false],
])("RE2 reads %s: %o", (pattern, reads) => assert.equal(isRE2(pattern), reads));
