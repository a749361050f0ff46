/**
 * The same files on every bridge: Antrea's, ovs-cni's and OVN's. The objects are in `objects/` and in docs/, and no bridge
 * gets another byte. What they do to packets is the same everywhere, and so is what the agent says of it.
 */
import { antrea } from "./antrea.ts";
import { type Kind, podsOfNode } from "./bridge.ts";
import { STATE } from "./expected.ts";
import { ovn } from "./ovn.ts";
import { ovsCni } from "./ovs_cni.ts";
import { Scene, type Way } from "./scene.ts";

const BRIDGES: readonly Kind[] = [antrea, ovsCni, ovn];

/** Between all Pods of the node, in both directions. `mirror-web-app` copies to `collector`. */
const WAYS: readonly Way[] = [
  { from: "web", to: "db", seen: ["collector", "ids0"] },
  { from: "web", to: "shop", seen: ["collector", "tap0"] },
  { from: "web", to: "client", seen: ["collector"] },
  { from: "web", to: "cart", seen: ["collector", "tap0"] },
  { from: "db", to: "web", seen: ["collector", "ids0"] },
  { from: "db", to: "shop", seen: ["ids0", "tap0"] },
  { from: "db", to: "client", seen: ["ids0"] },
  { from: "db", to: "cart", seen: ["ids0", "tap0"] },
  { from: "shop", to: "web", seen: ["collector", "tap0"] },
  { from: "shop", to: "db", seen: ["ids0", "tap0"] },
  { from: "shop", to: "client", seen: ["tap0"] },
  { from: "shop", to: "cart", seen: ["tap0"] },
  { from: "client", to: "web", seen: ["collector"] },
  { from: "client", to: "db", seen: ["ids0"] },
  { from: "client", to: "shop", seen: ["tap0"] },
  { from: "client", to: "cart", seen: ["tap0"] },
  { from: "cart", to: "web", seen: ["collector", "tap0"] },
  { from: "cart", to: "db", seen: ["ids0", "tap0"] },
  { from: "cart", to: "shop", seen: ["tap0"] },
  { from: "cart", to: "client", seen: ["tap0"] },
  // The rules of `web-dns` take these out of all that the web Pod exchanges.
  { from: "web", to: "client", dns: "question", seen: ["collector", "ids0"] },
  { from: "client", to: "web", dns: "answer", seen: ["collector", "ids0"] },
  { from: "shop", to: "client", dns: "question", seen: ["tap0"] },
  // Two mirrors have one port: it gets one copy.
  { from: "web", to: "db", dns: "question", seen: ["collector", "ids0"] },
];

for (const kind of BRIDGES) {
  Deno.test({
    name:
      `the same files on the bridge of ${kind.name}: the same packets at every place, the same state`,
    ignore: kind.ignore ?? false,
    async fn() {
      await using scene = await Scene.start(await kind.start(await podsOfNode()));
      await scene.apply(STATE);
      for (const way of WAYS) await scene.expect(way);
      await scene.expectState(STATE);
    },
  });
}
