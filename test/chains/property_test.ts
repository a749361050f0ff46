/** Random redirects and packets on a real switch: each packet passes the pairs that the oracle says, in their order. */
import { Random } from "../ownership/random.ts";
import { seedsOf } from "../policy/worlds.ts";
import { randomPackets, randomWorld } from "./random.ts";
import { ChainScene } from "./scene.ts";

const [SEEDS, PACKETS] = [6, 150];
const VLAN = 10;

/** Whether the redirects have `chainOrder`, and the VLAN of the Pods. */
const KINDS: readonly (readonly [what: string, withChains: boolean, vlan: number | undefined])[] = [
  ["without chainOrder", false, undefined],
  ["without chainOrder, of a VLAN", false, VLAN],
  ["with chainOrder", true, undefined],
  ["with chainOrder, of a VLAN", true, VLAN],
];

Deno.test.each(KINDS)(
  "random redirects %s: every packet keeps to its route",
  async (what, withChains, vlan) => {
    await using scene = await ChainScene.start({ ...(vlan !== undefined && { vlan }) });
    for (const seed of seedsOf(SEEDS)) {
      const random = new Random(seed);
      await scene.apply(randomWorld(random, withChains));
      await scene.expectRight(randomPackets(random, PACKETS), { about: `${what}, seed ${seed}` });
    }
  },
);
