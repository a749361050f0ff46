/** Rows that stand in a declared range of priorities, and rows beside it. */
import assert from "node:assert/strict";
import type { Row, TableDeclaration } from "../../contracts/mod.ts";
import { rowProblems } from "./declared.ts";

const words = { matches: "It.", does: "That.", fields: [], leadsTo: ["Own"] } as const;
const tables: readonly TableDeclaration[] = [
  { name: "Bridge", rows: [{ name: "first", priority: 65000, ...words }] },
  {
    name: "Own",
    rows: [
      { name: "range", priority: 30, lowestPriority: 20, ...words },
      { name: "one", priority: 10, ...words },
    ],
  },
];
const at = (priority: number, actions: Row["actions"] = []): Row => ({
  table: 200,
  priority,
  match: {},
  actions,
});
const learning = (priority: number) =>
  at(10, [{ type: "learn", table: 200, priority, specs: [] } as never]);

Deno.test.each<[string, Row, readonly string[]]>([
  ["its first priority", at(30), []],
  ["one inside", at(25), []],
  ["its last priority", at(20), []],
  ["one above", at(31), ['writes to table "Own" at priority 31, which is not declared']],
  ["one below", at(19), ['writes to table "Own" at priority 19, which is not declared']],
  ["a priority of its own", at(10), []],
  ["learned inside", learning(21), []],
  ["learned above", learning(31), [
    'learns flows in table "Own" at priority 31, which is not declared',
  ]],
])("a range of priorities, and a row at %s", (_, row, expected) => {
  assert.deepEqual(rowProblems({ tables }, 200, [row]), expected);
});
