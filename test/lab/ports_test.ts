import assert from "node:assert/strict";
import { besides, freePorts } from "./ports.ts";

Deno.test.each([
  ["the default of Linux", [32_768, 60_999], [1024, 32_767]],
  ["long, and begins low", [2000, 50_000], [50_001, 65_535]],
  ["all ports", [1, 65_535], [1024, 65_535]],
])("ports beside the kernel's own range, which is %s", (_what, [first, last], expected) => {
  assert.deepEqual(besides([first!, last!]), expected);
});

Deno.test("free ports are different, and none is in the kernel's own range", () => {
  const ports = freePorts(3);
  assert.equal(new Set(ports).size, 3);
  const text = Deno.readTextFileSync("/proc/sys/net/ipv4/ip_local_port_range");
  const [from, to] = besides(text.split("\t").map(Number) as [number, number]);
  for (const port of ports) assert.ok(port >= from && port <= to, `${port}`);
});
