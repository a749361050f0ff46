import assert from "node:assert/strict";
import { fieldNamed, FIELDS, fieldWithHeader, findField, UnknownFieldError } from "./fields.ts";
import { PREREQUISITES } from "./protocols.ts";

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

Deno.test("a field is found by all its names", () => {
  for (const name of ["eth_src", "dl_src", "OXM_OF_ETH_SRC", "NXM_OF_ETH_SRC"]) {
    assert.equal(fieldNamed(name).name, "eth_src");
  }
  assert.equal(findField("nonsense"), undefined);
  assert.throws(() => fieldNamed("nonsense"), {
    name: "TypeError",
    message: 'Cannot use field "nonsense": there is none of that name',
  });
});

Deno.test("a field is found by both its headers", () => {
  assert.equal(fieldWithHeader({ class: 0x8000, number: 4 }, 6).name, "eth_src");
  assert.equal(fieldWithHeader({ class: 0x0000, number: 2 }, 6).name, "eth_src");
  const dpHash = { class: 0xffff, number: 0, experimenter: 0x2320 };
  assert.equal(fieldWithHeader(dpHash, 4).name, "dp_hash");
});

Deno.test("a header that is not in the table gives a field that is named by it, unless that hides its length", () => {
  const made = fieldWithHeader({ class: 1, number: 40 }, 124);
  assert.equal(made.name, "oxm_0001_40_124");
  assert.deepEqual([made.width, made.bytes, made.maskable], [992, 124, true]);
  assert.deepEqual(fieldNamed("oxm_0001_40_124"), made);
  const stranger = { class: 0xffff, number: 1, experimenter: 0x1234 };
  assert.throws(() => fieldWithHeader(stranger, 4), UnknownFieldError);
  assert.throws(() => fieldWithHeader({ class: 1, number: 40 }, 0), UnknownFieldError);
});

Deno.test("each field has room for its bits, and what it needs comes before it", () => {
  const position = (name: string) => FIELDS.findIndex((field) => field.name === name);
  for (const { name, width, subfieldWidth, bytes, needs } of FIELDS) {
    assert.ok(width <= bytes * 8 && subfieldWidth <= width, name);
    for (const need of needs) {
      for (const needed of Object.keys(PREREQUISITES[need])) {
        assert.ok(position(needed) < position(name), `${needed} before ${name}`);
      }
    }
  }
});
