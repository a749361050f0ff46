/** Mirrors with random rules and cuts against an oracle, and rules that change while packets never pause: minutes. */
import { changesAgree } from "../policy/changes.ts";
import { seedsOf, worldsAgree } from "../policy/worlds.ts";

const [WORLDS, PACKETS] = [100, 1600];
const CHANGES = 40;

Deno.test(`${WORLDS} random worlds of rules and cuts`, async (t) => {
  await worldsAgree(t, seedsOf(WORLDS), PACKETS);
});

Deno.test(`${CHANGES} random changes of rules for each of two seeds, while packets never pause`, async (t) => {
  for (const seed of seedsOf(1)) await changesAgree(t, seed, CHANGES);
});
