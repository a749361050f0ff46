import assert from "node:assert/strict";
import { formatHolder, lockName, parseHolder } from "./marks.ts";

Deno.test("each bridge has a lock of its own, whose name OVSDB takes", () => {
  const bridges = ["br0", "br1", "br-int", "br_int", "br_2d_int", "BR0", "br.0", "brä", "br😀"];
  const names = bridges.map(lockName);
  assert.equal(new Set(names).size, bridges.length);
  // RFC 7047 section 3.1, <id>
  for (const name of names) assert.match(name, /^[A-Za-z_][A-Za-z0-9_]*$/);
  assert.equal(lockName("br-int"), "sluice_bridge_br_2d_int");
});

Deno.test.each([
  "",
  "worker-1:12",
  "host=a b pid=1 since=2026-11-26T16:00:00.000Z",
  "host=a pid=x since=2026-11-26T16:00:00.000Z",
  "host=a pid=1 since=\u001b[2J",
  "host=a pid=1 since=2026-11-26T16:00:00.000Z more",
])("a note of another form names no agent: %o", (text) => {
  assert.equal(parseHolder(text), undefined);
});

Deno.test("a note that was written is read as it was", () => {
  const holder = { host: "worker-1.example.org", pid: 12, since: "2026-11-26T16:00:00.000Z" };
  assert.deepEqual(parseHolder(formatHolder(holder)), holder);
});
