import assert from "node:assert/strict";
import {
  ENCAPSULATING,
  interfaceType,
  isTunnel,
  LONGEST_HEADERS,
  takesFromAll,
  tunnelIdentity,
  type TypedInterface,
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

Deno.test("some types are virtual or one-way, or their MTU follows that of the other ports", () => {
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

const byFlows = (type: string, options: Record<string, string> = {}) => ({
  type,
  options: { remote_ip: "flow", key: "flow", ...options },
});
const vxlan = (options: Record<string, string> = {}) => ({
  type: "vxlan",
  options: { remote_ip: "192.0.2.1", ...options },
});

Deno.test.each<[string, TypedInterface, TypedInterface, ReturnType<typeof takesFromAll>]>([
  ["no key beside every key", byFlows("vxlan"), vxlan(), "same key"],
  ["key 0 beside every key", byFlows("vxlan"), vxlan({ key: "0" }), "same key"],
  ["a key beside every key", byFlows("vxlan"), vxlan({ key: "5" }), "every key"],
  ["a key beside the same one", byFlows("vxlan", { key: "5" }), vxlan({ key: "5" }), "same key"],
  ["a key beside another one", byFlows("vxlan", { key: "5" }), vxlan({ key: "6" }), undefined],
  ["a key for packets that come in", byFlows("vxlan", { in_key: "6" }), vxlan(), undefined],
  ["another type", byFlows("geneve"), vxlan(), undefined],
  ["another UDP port", byFlows("vxlan", { dst_port: "8472" }), vxlan(), undefined],
  ["the same UDP port", byFlows("vxlan"), vxlan({ dst_port: "4789" }), "same key"],
  ["a tunnel to one address", vxlan(), vxlan({ key: "0" }), undefined],
])(
  "a tunnel that takes packets from every address: %s",
  (_, other, spec, expected) => assert.equal(takesFromAll(other, spec), expected),
);
