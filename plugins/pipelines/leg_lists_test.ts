/** Lists of legs: no row gets larger with their number than Open vSwitch bears. */
import assert from "node:assert/strict";
import type { RealizedCopy, RowAction } from "../../core/api.ts";
import { LEGS_OF_ROW } from "./_leg_lists.ts";
import interpose from "./interpose.ts";

const pipeline = interpose.create({ tableBase: 200 });
/** Actions for a leg. */
const OF_LEG = 5;
/** Actions beside those for legs, and those for each list. */
const OTHERS = 10;
const LEGS = 600;
const MOST = LEGS_OF_ROW * OF_LEG + OTHERS;

const countActions = (actions: readonly RowAction[]): number =>
  actions.reduce(
    (sum, action) => sum + 1 + (action.type === "clone" ? countActions(action.actions) : 0),
    0,
  );

/** Legs to one mirror, of one Pod that as many TrafficControls select. */
const copies = (count: number) =>
  Array.from({ length: count }, (_, index): RealizedCopy => ({
    to: [{ name: "ids0", ofport: 100 }],
    counter: 1 + index,
    scope: { rules: [] },
    leg: 1000 + index,
    filter: 1000 + index,
    isContended: true,
  }));

Deno.test.each(["egress", "ingress"] as const)(
  "a Pod with hundreds of copies to one mirror, %s: each row has few actions, and each leg is asked for",
  (direction) => {
    const rows = pipeline.treatment(direction, { id: 1, copies: copies(LEGS), hops: [] });
    const all = rows.map(({ actions }) => countActions(actions));
    assert.ok(Math.max(...all) <= MOST, `${Math.max(...all)}`);
    const text = JSON.stringify(
      rows,
      (_, value) => typeof value === "bigint" ? `${value}` : value,
    );
    for (const { leg } of copies(LEGS)) assert.ok(text.includes(`"${leg}"`), `${leg}`);
    const few = pipeline.treatment(direction, { id: 1, copies: copies(LEGS_OF_ROW), hops: [] });
    assert.ok(few.length < rows.length, "a short list needs no rows of its own");
  },
);
