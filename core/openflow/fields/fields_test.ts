import assert from "node:assert/strict";
import { FIELDS, findField } from "./fields.ts";

Deno.test("no two fields share a name or a header", () => {
  const names = FIELDS.flatMap(({ name, aliases }) => [name, ...aliases]);
  assert.equal(new Set(names).size, names.length);
  const headers = FIELDS.flatMap(({ header, shortHeader }) =>
    [...new Set([header, shortHeader])].map((each) =>
      `${each.class} ${each.number} ${each.experimenter}`
    )
  );
  assert.equal(new Set(headers).size, headers.length);
  assert.equal(findField("NXM_OF_ETH_SRC")?.name, "eth_src");
});
