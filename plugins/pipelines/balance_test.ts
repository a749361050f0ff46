/** What table Balance does for a choice: the actions that write the number of a port. */
import assert from "node:assert/strict";
import type { Choice, SwitchPort } from "../../core/api.ts";
import interpose from "./interpose.ts";

const pipeline = interpose.create({ tableBase: 200 });
const [A, B]: [SwitchPort, SwitchPort] = [{ name: "a", ofport: 3 }, { name: "b", ofport: 5 }];

const choice = (places: Choice["places"], more: Partial<Choice> = {}): Choice => ({
  of: "hop",
  number: 4,
  places,
  basis: 7,
  balanceBy: "Connection",
  watchesLinks: true,
  passesIfNone: false,
  isOpen: false,
  ...more,
});

/** How the ports are chosen: the fields of each hash with the members, or the number that is written. */
function choosing(given: Choice): string[] {
  const actions = pipeline.choice!(given, 0).flatMap((row) => row.actions);
  return actions.flatMap((action) => {
    if (action.type === "bundle") return [`${action.fields} ${action.members}`];
    return action.type === "set_field" && action.field === "reg8" ? [`${action.value}`] : [];
  });
}

Deno.test.each<[string, Choice, string[]]>([
  ["by connection, and by addresses for fragments", choice([A, B]), [
    "symmetric_l3 3,5",
    "symmetric_l3l4 3,5",
  ]],
  ["by addresses", choice([A, B], { balanceBy: "Addresses" }), ["symmetric_l3 3,5"]],
  ["an empty place", choice([A, undefined], { balanceBy: "Addresses" }), ["symmetric_l3 3,65279"]],
  ["a weight", choice([A, B, B], { balanceBy: "Addresses" }), ["symmetric_l3 3,5,5"]],
  ["one port", choice([A]), ["symmetric_l3 3"]],
  ["one port, of which the link is not known", choice([A], { watchesLinks: false }), ["3"]],
  ["the same beside an empty place", choice([undefined, B], { watchesLinks: false }), ["5", "5"]],
])("%s", (_, given, expected) => {
  assert.deepEqual(choosing(given), expected);
});

Deno.test("each turn looks at another bit of the packet mark, and opening adds one row", () => {
  const marks = (turn: 0 | 1) =>
    pipeline.choice!(choice([A, B]), turn).flatMap(({ actions }) => actions)
      .flatMap((action) => action.type === "move" ? [action.from.start] : []);
  assert.ok(new Set(marks(0)).isDisjointFrom(new Set(marks(1))));
  const count = (isOpen: boolean) =>
    pipeline.choice!(choice([A], { passesIfNone: true, isOpen }), 0).length;
  assert.equal(count(true) - count(false), 1);
});
