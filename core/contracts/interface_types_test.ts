import assert from "node:assert/strict";
import {
  ENCAPSULATING,
  interfaceType,
  isTunnel,
  LONGEST_HEADERS,
  tunnelIdentity,
} from "./interface_types.ts";

const ip = { remote_ip: "192.0.2.1" };

Deno.test.each([
  ["vxlan", ip, "vxlan 192.0.2.1 0 4789"],
  ["vxlan", { ...ip, dst_port: "8472", key: "7" }, "vxlan 192.0.2.1 7 8472"],
  ["geneve", { ...ip, dst_port: "6081" }, "geneve 192.0.2.1 0 6081"],
  ["gre", { ...ip, key: "7" }, "gre 192.0.2.1 7 "],
  ["ip6gre", { remote_ip: "fd00::1" }, "gre fd00::1 0 "],
  ["ip6erspan", { remote_ip: "fd00::1" }, "erspan fd00::1 0 "],
  ["a-new-type", { remote_ip: "flow", key: "flow" }, "a-new-type flow flow "],
])("Open vSwitch takes %s with %o for %s", (type, options, identity) => {
  assert.equal(tunnelIdentity({ type, options }), identity);
  assert.ok(isTunnel({ options }));
});

Deno.test("which types lead elsewhere, are one-way, or follow the other ports' MTU", () => {
  const types = ["", "system", "internal", "patch", "vxlan", "erspan", "ip6erspan", "stt", "gtpu"];
  const having = (fact: "isVirtual" | "isOneWay" | "followsMTU") =>
    types.filter((type) => interfaceType(type)[fact]).join();
  assert.equal(having("isVirtual"), "patch,vxlan,erspan,ip6erspan,stt,gtpu");
  assert.equal(having("isOneWay"), "erspan,ip6erspan");
  assert.equal(having("followsMTU"), "internal,patch");
});

Deno.test("the longest headers of a type are at least as long as any others", () => {
  const others = [{}, { key: "1" }, { erspan_ver: "1" }, { erspan_ver: "2" }];
  for (const type of ENCAPSULATING) {
    const { overhead } = interfaceType(type);
    const all = others.map((options) => overhead!(options));
    assert.equal(overhead!(LONGEST_HEADERS), Math.max(...all), type);
  }
});
