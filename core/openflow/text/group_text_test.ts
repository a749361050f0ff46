import assert from "node:assert/strict";
import { parseGroup } from "./group_text.ts";

Deno.test("a group of no type is no group", () => {
  assert.throws(() => parseGroup("group_id=1,type=nonsense"), TypeError);
  assert.throws(() => parseGroup("type=all"), TypeError);
});
