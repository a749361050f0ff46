/** Option `balanceBy`: its values, its forms, its effect. */
import assert from "node:assert/strict";
import { defineAction } from "../../core/api.ts";
import { suits } from "../../core/objects/options.ts";
import balanceBy from "./balance_by.ts";
import { judge } from "./testing/judge.ts";

const ANNOTATION = "sluice.dev/balance-by";
const ADDRESSES = { balanceBy: "Addresses" };

Deno.test.each<[...Parameters<typeof judge>, wanted: ReturnType<typeof judge>]>([
  ["Redirect", ADDRESSES, {}, ADDRESSES],
  ["Redirect", { balanceBy: "Connection" }, {}, undefined],
  ["Mirror", ADDRESSES, {}, ADDRESSES],
  ["Mirror", { balanceBy: "Connection" }, {}, undefined],
  ["Mirror", {}, { [ANNOTATION]: "Addresses" }, ADDRESSES],
  ["Mirror", { balanceBy: "Ports" }, {}, [
    '/spec/balanceBy: must be one of Connection, Addresses: is "Ports"',
  ]],
  ["Redirect", {}, { [ANNOTATION]: "[Addresses]" }, [
    "/metadata/annotations/sluice.dev~1balance-by: must be one of Connection, Addresses: is a list",
  ]],
])("balanceBy: %s with %o and annotations %o", (action, spec, annotations, wanted) => {
  assert.deepEqual(judge(action, spec, annotations), wanted);
});

Deno.test("balanceBy is not for an action without ports", () => {
  const drop = defineAction({
    name: "Drop",
    docs: "Drops packets.",
    targetPort: "forbidden",
    returnPort: "forbidden",
    treat: () => ({ drop: true }),
  });
  assert.ok(!suits(balanceBy, drop));
  assert.ok(suits(balanceBy, { ...drop, targetPort: "required" }));
});
