/** Of which schemas code is made. What the checks say is tested with the objects that they check: parse_test.ts. */
import assert from "node:assert/strict";
import Type, { type TSchema } from "typebox";
import { schemaProblems } from "./validate.ts";

/** Whether a check follows a change of the schema. Code that was made of it does not. */
function isRead(schema: { type: string } & TSchema): boolean {
  assert.deepEqual(schemaProblems(schema, "a"), []);
  schema.type = "number";
  return schemaProblems(schema, "a").length === 1;
}

Deno.test("no code is made of a schema that came as JSON, whatever is in it", () => {
  for (const text of ['{"type": "string"}', '{"type": "string", "~kind": "String"}']) {
    assert.ok(isRead(JSON.parse(text)));
  }
});

Deno.test("code is made of a schema of this program", () => assert.ok(!isRead(Type.String())));
