/** Random redirects and packets on a real switch: each packet passes the pairs that the oracle says, in their order. */
import { Random } from "../ownership/random.ts";
import { seedsOf } from "../policy/worlds.ts";
import { randomPackets, randomWorld } from "./random.ts";
import { ChainScene, type SceneOptions } from "./scene.ts";

const [SEEDS, PACKETS] = [6, 150];
const VLAN = 10;

/** Whether the redirects have `chainOrder`, and the VLANs of the hosts. */
const KINDS: readonly (readonly [what: string, withChains: boolean, options: SceneOptions])[] = [
  ["without chainOrder", false, {}],
  ["without chainOrder, access ports", false, { vlan: VLAN }],
  ["with chainOrder", true, {}],
  ["with chainOrder, access ports", true, { vlan: VLAN }],
  ["with chainOrder, trunks", true, { tag: VLAN }],
];

Deno.test.each(KINDS)(
  "random redirects %s: every packet keeps to its route",
  async (what, withChains, options) => {
    await using scene = await ChainScene.start(options);
    for (const seed of seedsOf(SEEDS)) {
      const random = new Random(seed);
      await scene.apply(randomWorld(random, withChains));
      await scene.expectRight(randomPackets(random, PACKETS), { about: `${what}, seed ${seed}` });
    }
  },
);
