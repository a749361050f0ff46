import assert from "node:assert/strict";
import { search } from "./search.ts";

const ITEMS = [
  { name: "mirror-web", pods: ["shop/Cart-1"] },
  { name: "inspect-database", pods: ["shop/db-1"] },
];

Deno.test.each<[string, readonly number[]]>([
  ["", [0, 1]],
  ["  ", [0, 1]],
  ["mirror", [0]],
  ["MIRROR cart", [0]],
  ["shop", [0, 1]],
  ["shop database", [1]],
  ["mirror database", []],
])("search for %j finds %j", (text, found) => {
  assert.deepEqual(search(ITEMS, text), found.map((index) => ITEMS[index]));
});
