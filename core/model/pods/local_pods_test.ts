/** Where Pods are when several things are said about it: by a CNI, by annotations, now and before. */
import assert from "node:assert/strict";
import type { Resolver } from "../../contracts/mod.ts";
import { byAnnotation, cni, Scene } from "../testing/pod_scene.ts";

const [MAC, OTHER, WRONG] = ["02:00:00:00:00:01", "02:00:00:00:00:02", "02:00:00:00:00:03"];
const TENANTS = { isTenants: true } as const;

/** What is on the bridge and what Pods say, and where they are then. */
const CASES: Readonly<Record<string, readonly [(scene: Scene) => void, Record<string, string>]>> = {
  "the CNI's word comes before an annotation, in whatever order resolvers are asked": [(scene) => {
    scene.port("p1", { "cni-pod": "a", "cni-mac": MAC });
    scene.port("p2");
    scene.pod("a", { port: "p2", claimed: WRONG });
  }, { a: `p1 ${MAC}` }],
  "an annotation gives the MAC of a port whose MAC the CNI does not know": [(scene) => {
    scene.port("p1", { "cni-pod": "a" });
    scene.pod("a", { mac: MAC });
  }, { a: `p1 ${MAC}` }],
  "a wrong annotation takes nothing away of what the CNI knows": [(scene) => {
    scene.port("p1", { "cni-pod": "a", "cni-mac": MAC });
    scene.pod("a", { mac: "throws" });
  }, { a: `p1 ${MAC}, ResolverFailed?` }],
  "a port without a mark can be claimed": [(scene) => {
    scene.port("p1");
    scene.pod("a", { port: "p1", claimed: MAC });
  }, { a: `p1 ${MAC}` }],
  "a tenant can claim no port": [(scene) => {
    scene.port("p1");
    scene.pod("a", { port: "p1", claimed: MAC }, TENANTS);
  }, { a: "ClaimRefused" }],
  "a port that a CNI has marked cannot be claimed, also if no Pod is known for it": [(scene) => {
    scene.port("p1", { "cni-pod": "a" });
    scene.pod("b", { port: "p1" });
  }, { b: "ClaimRefused" }],
  "a bridge, a port of Sluice and a tunnel cannot be claimed": [(scene) => {
    scene.port("br0", {}, { type: "internal" });
    scene.port("tap0", {}, { ours: true });
    scene.port("vx0", {}, { type: "vxlan" });
    scene.pod("a", { port: "br0" });
    scene.pod("b", { port: "tap0" });
    scene.pod("c", { port: "vx0" });
  }, { a: "ClaimRefused", b: "ClaimRefused", c: "ClaimRefused" }],
  "of two Pods that claim one port, the older has it": [(scene) => {
    scene.port("p1");
    scene.pod("a", { port: "p1" }, { creationTimestamp: "2026-01-02T00:00:00Z" });
    scene.pod("b", { port: "p1" }, { creationTimestamp: "2026-01-01T00:00:00Z" });
  }, { a: "ClaimRefused?", b: "p1" }],
  "a port that the CNI marks later is its Pod's": [(scene) => {
    scene.port("p1");
    scene.pod("a", { port: "p1", claimed: MAC });
    scene.pod("b");
    scene.port("p1", { "cni-pod": "b", "cni-mac": OTHER });
  }, { a: "ClaimRefused", b: `p1 ${OTHER}` }],
  "a claimed MAC gives way to one that the CNI knows, whichever comes first": [(scene) => {
    scene.port("p2");
    scene.pod("b", { port: "p2", claimed: `${OTHER},${MAC}` });
    scene.port("p1", { "cni-pod": "a", "cni-mac": MAC });
    scene.pod("a");
  }, { a: `p1 ${MAC}`, b: `p2 ${OTHER}, ClaimRefused?` }],
  "a claimed MAC gives way to that of a Pod whose port the CNI knows": [(scene) => {
    scene.port("p1", { "cni-pod": "a" });
    scene.port("p2");
    scene.pod("b", { port: "p2", claimed: MAC });
    scene.pod("a", { mac: MAC });
  }, { a: `p1 ${MAC}`, b: "p2, ClaimRefused?" }],
  "of two Pods at their own ports that say one MAC, the older has it": [(scene) => {
    scene.port("p1", { "cni-pod": "a" });
    scene.port("p2", { "cni-pod": "b" });
    scene.pod("a", { mac: MAC }, { creationTimestamp: "2026-01-02T00:00:00Z" });
    scene.pod("b", { mac: MAC }, { creationTimestamp: "2026-01-01T00:00:00Z" });
  }, { a: "p1, ClaimRefused?", b: `p2 ${MAC}` }],
  "a MAC is free again when the Pod that had it is gone": [(scene) => {
    scene.port("p1", { "cni-pod": "a", "cni-mac": MAC });
    scene.port("p2");
    scene.pod("a");
    scene.pod("b", { port: "p2", claimed: MAC });
    scene.pods.delete("ns/a");
  }, { a: "", b: `p2 ${MAC}` }],
  "two Pods to which the CNI gives one MAC share it": [(scene) => {
    scene.port("p1", { "cni-pod": "a", "cni-mac": MAC });
    scene.port("p2", { "cni-pod": "b", "cni-mac": MAC });
    scene.pod("a");
    scene.pod("b");
  }, { a: `p1 ${MAC}`, b: `p2 ${MAC}` }],
};

for (const [title, [tell, expected]] of Object.entries(CASES)) {
  Deno.test(title, () => {
    const scene = new Scene();
    tell(scene);
    const found = Object.fromEntries(Object.keys(expected).map((name) => [name, scene.at(name)]));
    assert.deepEqual(found, expected);
  });
}

Deno.test("a Pod whose place becomes unknown stays where it was, as long as that port is the same", () => {
  const scene = new Scene();
  scene.port("p1");
  scene.pod("a", { port: "p1", claimed: MAC });
  scene.pod("a", { port: "nowhere" });
  assert.equal(scene.at("a"), `p1 ${MAC}, NoPort?`);
  scene.pod("a");
  assert.equal(scene.at("a"), `p1 ${MAC}, NoPort?`);
  scene.pod("a", {}, { uid: "a later Pod of this name" });
  assert.equal(scene.at("a"), "NoPort");
  scene.pod("b", { port: "p1", claimed: OTHER });
  scene.pod("b");
  assert.equal(scene.at("b"), `p1 ${OTHER}, NoPort?`);
  scene.port("p1", {}, { interfaceUUID: "made again" });
  assert.equal(scene.at("b"), "NoPort");
});

Deno.test("a Pod stays where the CNI had it when its resolver begins to throw; another resolver's claim does not count", () => {
  const scene = new Scene();
  scene.port("p1", { "cni-pod": "a", "cni-mac": MAC });
  scene.port("p2");
  scene.pod("a", { port: "p2" });
  const failing = {
    ...cni,
    resolve: () => {
      throw new Error("out of order");
    },
  };
  scene.pods.useResolvers([byAnnotation, failing]);
  scene.pods.resolve("ns/a");
  assert.equal(scene.at("a"), `p1 ${MAC}, ResolverFailed?`);
  scene.pods.useResolvers([byAnnotation, cni]);
  scene.pods.resolve("ns/a");
  assert.equal(scene.at("a"), `p1 ${MAC}`);
});

Deno.test("a resolver that throws for one Pod takes nothing from another, nor from another resolver", () => {
  const scene = new Scene();
  const failing = {
    ...byAnnotation,
    resolve: () => {
      throw new Error("out of order");
    },
  };
  scene.pods.useResolvers([failing, cni]);
  scene.port("p1", { "cni-pod": "a", "cni-mac": MAC });
  scene.pod("a");
  scene.pod("b");
  assert.equal(scene.at("a"), `p1 ${MAC}, ResolverFailed?`);
  assert.equal(scene.at("b"), "ResolverFailed");
});

Deno.test("the MAC that a tenant's annotation gave first stays; a trusted one can be corrected", () => {
  for (const [more, later] of [[TENANTS, MAC], [{}, WRONG]] as const) {
    const scene = new Scene();
    scene.port("p1", { "cni-pod": "a" });
    scene.pod("a", {}, more);
    assert.equal(scene.at("a"), "p1");
    for (const [mac, expected] of [[MAC, MAC], [WRONG, later]] as const) {
      scene.pod("a", { mac }, more);
      assert.equal(scene.at("a"), `p1 ${expected}`);
    }
    scene.port("p1", { "cni-pod": "a", "changed-at": "later" });
    assert.equal(
      scene.at("a"),
      `p1 ${later}`,
      "the same port, whatever else is written to its row",
    );
    scene.port("p1", { "cni-pod": "a" }, { interfaceUUID: "made again" });
    scene.pod("a", { mac: WRONG }, more);
    assert.equal(scene.at("a"), `p1 ${WRONG}`, "another port");
  }
});

Deno.test("a MAC that was another Pod's does not stay", () => {
  const scene = new Scene();
  scene.port("p1", { "cni-pod": "a" });
  scene.port("p2", { "cni-pod": "b" });
  scene.pod("a", { mac: MAC }, TENANTS);
  scene.pod("b", { mac: MAC }, TENANTS);
  assert.equal(scene.at("b"), "p2, ClaimRefused?");
  scene.pod("b", { mac: OTHER }, TENANTS);
  assert.equal(scene.at("b"), `p2 ${OTHER}`);
});

Deno.test("a restart forgets neither the MAC that a tenant said first nor the place of a Pod, but Pods that are gone", () => {
  const known = new Map<string, string>();
  const [before, after] = [new Scene(known), new Scene(known)];
  before.port("p1", { "cni-pod": "a" });
  before.port("p2");
  before.pod("a", { mac: MAC }, TENANTS);
  before.pod("b", { port: "p2", claimed: OTHER });
  before.pod("gone", { port: "p2" });
  after.pod("a", { mac: WRONG }, TENANTS);
  after.pod("b");
  after.port("p1", { "cni-pod": "a" });
  after.port("p2");
  assert.deepEqual([after.at("a"), after.at("b")], [`p1 ${MAC}`, `p2 ${OTHER}, NoPort?`]);
  assert.ok(known.has("ns/gone"));
  after.pods.forgetVanished();
  assert.deepEqual([...known.keys()], ["ns/a", "ns/b"]);
});

Deno.test("what this version did not write into the memory is not used", () => {
  for (
    const text of ["null", "1", "{}", '{"uid":"a","places":[{}]}', '{"uid":"a","places":[null]}']
  ) {
    const scene = new Scene(new Map([["ns/a", text]]));
    scene.port("p1", { "cni-pod": "a", "cni-mac": MAC });
    scene.pod("a");
    assert.equal(scene.at("a"), `p1 ${MAC}`);
  }
});

Deno.test("an address that only an annotation gives is left out if it is another Pod's, whichever comes first", () => {
  const byStatus: Resolver = {
    ...cni,
    resolve: ({ name, annotations, ips }, ports) =>
      ports.withExternalID("cni-pod", name).map(({ name: port }) => {
        const said = annotations.ips?.split(",") ?? ips;
        return { port, macs: [], ips: said, match: "mac" };
      }),
  };
  for (const order of [["a", "b"], ["b", "a"]]) {
    const scene = new Scene();
    scene.pods.useResolvers([byStatus]);
    scene.port("p1", { "cni-pod": "a" });
    scene.port("p2", { "cni-pod": "b" });
    for (const name of order) {
      if (name === "a") scene.pod("a", {}, { ips: ["10.0.0.1"] });
      else scene.pod("b", { ips: "10.0.0.2,10.0.0.1" }, TENANTS);
    }
    const ips = (name: string) => scene.pods.locationOf(`ns/${name}`).attachments[0]!.ips;
    assert.deepEqual([ips("a"), ips("b")], [["10.0.0.1"], ["10.0.0.2"]]);
  }
});
