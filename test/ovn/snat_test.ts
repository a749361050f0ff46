/** What leaves an OVN with the gateway's address (SNAT), and its answers. */
import { ANSWERED_PORT, expectAnswers, ROUND_TRIP } from "./echo.ts";
import { ACTIONS, OvnScene, PODS } from "./ovn_scene.ts";
import { SKIPPED } from "./programs.ts";

const OUTSIDE = [
  { name: "o", chassis: 1, on: "outside" },
  { name: "q", chassis: 0, on: "outside" },
] as const;

/** To whom `a` sends, which Pods are selected, and how often a mirror and a redirect have each number. */
const CASES = [
  ["o", "a", ROUND_TRIP, ROUND_TRIP],
  ["q", "a", ROUND_TRIP, ROUND_TRIP],
  ["q", "q", ROUND_TRIP, ROUND_TRIP],
  // The datagram leaves `a` with its own source address, and comes with that of the gateway.
  ["q", "aq", ROUND_TRIP + 1, 2 * ROUND_TRIP],
] as const;

Deno.test({
  name: "what leaves an OVN with the gateway's address, and its answers, is copied and redirected",
  ignore: SKIPPED,
  async fn(t) {
    await using scene = await OvnScene.start([...PODS.slice(0, 3), ...OUTSIDE]);
    for (const action of ACTIONS) {
      await scene.apply(action, "a");
      for (const [to, selected, copies, seen] of CASES) {
        await t.step(`${action}: a to ${to}, selected: ${selected}`, async () => {
          await scene.select(selected);
          const address = { ip: scene.pod(to).pod.ip(), port: ANSWERED_PORT };
          const times = action === "Mirror" ? copies : seen;
          await expectAnswers(scene, { from: "a", to, address, seen: times });
        });
      }
    }
  },
});
