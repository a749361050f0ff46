import assert from "node:assert/strict";
import { besides, freePorts } from "./ports.ts";

Deno.test.each([
  ["as Linux has it", [32_768, 60_999], [1024, 32_767]],
  ["from low on", [2000, 50_000], [50_001, 65_535]],
  ["all of them", [1, 65_535], [1024, 65_535]],
])("a port of one's own, where the kernel's are %s", (_what, [first, last], expected) => {
  assert.deepEqual(besides([first!, last!]), expected);
});

Deno.test("free ports are different, and none is the kernel's", () => {
  const ports = freePorts(3);
  assert.equal(new Set(ports).size, 3);
  const text = Deno.readTextFileSync("/proc/sys/net/ipv4/ip_local_port_range");
  const [from, to] = besides(text.split("\t").map(Number) as [number, number]);
  for (const port of ports) assert.ok(port >= from && port <= to, `${port}`);
});
