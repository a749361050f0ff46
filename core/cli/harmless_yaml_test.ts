/** YAML that a terminal may show, and a program reads as the value that was meant. */
import assert from "node:assert/strict";
import { parse } from "yaml";
import { harmlessYaml } from "./harmless_yaml.ts";

Deno.test("invisible characters are escaped, and read as what they were", () => {
  const value = {
    plain: "text",
    lines: "a\nb",
    evil: "\x1b[31mred\u202e",
    quoted: '"\x9b\\',
    list: [{ text: "yes" }, 1, true, null],
  };
  const yaml = harmlessYaml(value);
  assert.deepEqual(parse(yaml), value);
  assert.doesNotMatch(yaml.replaceAll("\n", ""), /[\p{Cc}\p{Cf}]/u);
  assert.match(yaml, /^plain: text$/m);
});

Deno.test("what stands twice in a value is written twice: aliases are not for people", () => {
  const twice = { a: 1 };
  assert.equal(harmlessYaml({ one: twice, two: twice }), "one:\n  a: 1\ntwo:\n  a: 1\n");
});
