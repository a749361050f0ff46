/** The load balancer of an OVN: each end's copies show what that end sees, in both directions. */
import { ANSWERED_PORT, expectAnswers, ROUND_TRIP } from "./echo.ts";
import { ACTIONS, OvnScene } from "./ovn_scene.ts";
import { SKIPPED } from "./programs.ts";
import { VIP } from "./topology.ts";

const PORT = 5300;

/** Takes the backend away, also from connections that have it. */
async function forget({ ovn }: OvnScene): Promise<void> {
  await ovn.nbctl("lb-del", "vip-udp");
  await Promise.all(ovn.chassis.map(({ ovs }) => ovs.appctl("dpctl/flush-conntrack")));
}

/** Client, backend, which Pods are selected, and how often a mirror and a redirect have each number. */
const CASES: readonly (readonly [string, string, string, number, number])[] = [
  ["a", "c", "a", ROUND_TRIP, ROUND_TRIP],
  ["a", "c", "c", ROUND_TRIP, ROUND_TRIP],
  // The answer leaves the backend with its own source address, and comes to the client with that of the load balancer.
  ["a", "c", "ac", ROUND_TRIP + 1, 2 * ROUND_TRIP],
  ["a", "e", "a", ROUND_TRIP, ROUND_TRIP],
  ["a", "b", "a", ROUND_TRIP, ROUND_TRIP],
  ["a", "b", "b", ROUND_TRIP, ROUND_TRIP],
  // The datagram goes by the router, as any to the load balancer's address, and the answer does not.
  ["a", "b", "ab", ROUND_TRIP, ROUND_TRIP + 1],
  ["e", "a", "a", ROUND_TRIP, ROUND_TRIP],
];

Deno.test({
  name: "datagrams to the load balancer of an OVN and their answers are copied and redirected",
  ignore: SKIPPED,
  async fn(t) {
    await using scene = await OvnScene.start();
    for (const action of ACTIONS) {
      await scene.apply(action, "a");
      for (const [from, to, selected, copies, seen] of CASES) {
        await t.step(`${action}: ${from}, backend ${to}, selected: ${selected}`, async () => {
          await scene.select(selected);
          const backends = [scene.pod(to).pod.ip()];
          const ports = { port: PORT, backendPort: ANSWERED_PORT };
          await scene.ovn.balance({ ...ports, protocol: "udp", backends });
          await expectAnswers(scene, {
            from,
            to,
            address: { ip: VIP, port: PORT },
            seen: action === "Mirror" ? copies : seen,
          }).finally(() => forget(scene));
        });
      }
    }
  },
});
