/** Action files of before and of today give the same treatments. */
import assert from "node:assert/strict";
import { actionProperties, conformance } from "../conformance/mod.ts";
import type { Action, PortRef } from "../contracts/mod.ts";
import { withTodaysTreatments } from "./earlier_treatment.ts";

const [target, returnPort] = ["t", "r"] as PortRef[];

function actionThat(treatment: unknown): Action {
  return withTodaysTreatments({
    name: "Test",
    docs: "Tests.",
    targetPort: "required",
    returnPort: "required",
    treat: () => treatment as never,
  });
}
const treated = (treatment: unknown): unknown =>
  actionThat(treatment).treat({ target, returnPort });

const PAIR = { target, return: returnPort };
const COPY = { to: [target] };
const HOP = { pairs: [PAIR] };

Deno.test.each<[string, unknown, unknown]>([
  ["a mirror", { mirrors: [target] }, { copies: [COPY] }],
  ["two mirrors", { mirrors: [target, "u"] }, { copies: [COPY, { to: ["u"] }] }],
  ["a redirect", { redirect: PAIR }, { hops: [HOP] }],
  ["both", { mirrors: [target], redirect: PAIR }, { copies: [COPY], hops: [HOP] }],
  ["evidence", { mirrors: [target], drop: true }, { copies: [COPY], drop: true }],
  ["a part left out", { mirrors: [target], redirect: undefined }, { copies: [COPY] }],
  ["drop alone", { drop: true }, { drop: true }],
  ["today's form", { copies: [COPY], hops: [HOP] }, { copies: [COPY], hops: [HOP] }],
  ["no treatment at all", "nothing", "nothing"],
])(
  "an action file that returns %s",
  (_, treatment, expected) => assert.deepEqual(treated(treatment), expected),
);

Deno.test.each<[string, unknown, string]>([
  ["no list", { mirrors: target }, '/copies must be array: is "t"'],
  ["half a pair", { redirect: { target } }, "/hops/0/pairs/0/return is required"],
  ["both forms", { mirrors: [target], hops: [HOP] }, "/mirrors is an unknown field"],
])("an action file that returns %s is told so", (_, treatment, said) => {
  assert.deepEqual(conformance(actionThat(treatment), actionProperties), [
    `treat: returns a treatment of which ${said}`,
  ]);
});

Deno.test("treat is called as the action's own method", () => {
  const action = {
    name: "Test",
    docs: "Tests.",
    targetPort: "required",
    returnPort: "forbidden",
    ports: [target],
    treat() {
      return { mirrors: this.ports } as never;
    },
  } as const;
  assert.deepEqual(withTodaysTreatments(action).treat({ target, returnPort: undefined }), {
    copies: [COPY],
  });
});
