/** Where packets come from and go to on an OVN: on one switch, routed, over geneve; with one end selected, or both. */
import { type Action, ACTIONS, OvnScene } from "./ovn_scene.ts";
import { SKIPPED } from "./programs.ts";

/** How often each packet comes to the mirror, and to the sensor of a redirect. */
type Seen = Readonly<Record<Action, number>>;
const ONCE: Seen = { Mirror: 1, Redirect: 1 };

const WAYS: readonly (readonly [from: string, to: string, selected: string, seen: Seen])[] = [
  ["a", "b", "a", ONCE],
  ["b", "a", "a", ONCE],
  ["a", "b", "ab", ONCE],
  ["b", "c", "a", { Mirror: 0, Redirect: 0 }],
  ["a", "c", "a", ONCE],
  ["c", "a", "a", ONCE],
  ["a", "c", "ac", { Mirror: 1, Redirect: 2 }], // a redirect has it before the router and behind it
  ["a", "d", "a", ONCE],
  ["d", "a", "a", ONCE],
  ["a", "e", "a", ONCE],
  ["e", "a", "a", ONCE],
];

for (const action of ACTIONS) {
  Deno.test({
    name: `each packet comes as often as it must: ${action}`,
    ignore: SKIPPED,
    async fn(t) {
      await using scene = await OvnScene.start();
      for (const [from, to, selected, seen] of WAYS) {
        await t.step(`${from} to ${to}, selected: ${selected}`, async () => {
          await scene.apply(action, selected);
          await scene.expect({ from, to, seen: seen[action] });
        });
      }
    },
  });
}
