import assert from "node:assert/strict";
import { tunnelIdentity } from "../contracts/interface_types.ts";
import type { PortRef, PortSpec } from "../contracts/mod.ts";
import { control, internal } from "./testing/fixtures.ts";
import { withOwnTunnels } from "./tunnels_apart.ts";

const tunnel = (type: string): PortSpec => ({
  name: `${type}-0`,
  type,
  options: { remote_ip: "10.0.0.2", key: "7" },
  identity: `${type} 10.0.0.2 7`,
});
const copying = (...names: readonly string[]) => ({
  copies: [{ to: names as readonly PortRef[] }],
});

Deno.test.each(["vxlan", "geneve", "gre", "erspan", "ip6erspan"])(
  "a tunnel %s for copies has another name and another key that comes in on each bridge",
  (type) => {
    const given = control("m", "1", {
      treatment: copying(`${type}-0`, "tap0"),
      specs: [tunnel(type), internal("tap0")],
    });
    const [one, other] = ["br1", "br2"].map((bridge) => withOwnTunnels(given, bridge));
    const [own, tap] = one!.ports.map(({ spec }) => spec);
    assert.match(own!.name, /^[a-z0-9]+-?[0-9a-f]{8}$/);
    assert.ok(own!.name.length <= 15, own!.name);
    assert.equal(own!.options.key, "7", "the key of what goes out");
    assert.ok(Number(own!.options.in_key) > 0xffff_ffff, "no packet comes in with it");
    assert.deepEqual(tap, internal("tap0"));
    assert.deepEqual(one!.treatment, copying(own!.name, "tap0"));
    const specs = [tunnel(type), own!, other!.ports[0]!.spec];
    for (const texts of [specs.map(({ name }) => name), specs.map(tunnelIdentity)]) {
      assert.equal(new Set(texts).size, 3);
    }
    assert.deepEqual(withOwnTunnels(given, "br1"), one, "the same after each restart");
  },
);

Deno.test("a tunnel of a pair is left as it is: packets come back through it", () => {
  const pairs = [{ target: "vxlan-0" as PortRef, return: "tap0" as PortRef }];
  const treatment = { copies: [{ to: ["vxlan-0" as PortRef] }], hops: [{ pairs }] };
  const given = control("r", "1", { treatment, specs: [tunnel("vxlan"), internal("tap0")] });
  assert.equal(withOwnTunnels(given, "br1"), given);
});

Deno.test("the names of further ports follow", () => {
  const given = {
    ...control("m", "1", {
      treatment: copying("vxlan-0", "gre-0"),
      specs: [tunnel("vxlan"), tunnel("gre")],
    }),
    additional: [{ name: "b", target: "gre-0", weight: 1 }],
    ingressTreatment: copying("gre-0"),
  };
  const own = withOwnTunnels(given, "br1");
  const [vxlan, gre] = own.ports.map(({ spec }) => spec.name);
  assert.deepEqual(own.treatment, copying(vxlan!, gre!));
  assert.deepEqual(own.ingressTreatment, copying(gre!));
  assert.deepEqual(own.additional, [{ name: "b", target: gre, weight: 1 }]);
});
