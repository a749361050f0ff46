/** What the router of an OVN answers by itself, big packets and fragments, and connections, with a mirror and a redirect. */
import { Counter, expectCounts, send } from "../lab/traffic.ts";
import { tcp } from "../sensors/tcp.ts";
import { ACTIONS, OvnScene } from "./ovn_scene.ts";
import { SKIPPED } from "./programs.ts";
import { gatewayOf } from "./topology.ts";

/** Bytes before a frame's number: with all headers the packet has nearly 1,500 bytes. */
const BIG = 1400;
/** Bytes of a fragment's content. */
const FRAGMENT = { first: 1400, later: 1400 - 8 } as const;

for (const action of ACTIONS) {
  Deno.test({
    name: `an OVN's router answers, and big packets and fragments arrive: ${action}`,
    ignore: SKIPPED,
    async fn(t) {
      await using scene = await OvnScene.start();
      await scene.apply(action, "a");
      const a = scene.pod("a");
      for (const version of [4, 6] as const) {
        await t.step(`pings of the router, IPv${version}: both ways are treated`, async () => {
          using sensor = scene.at(scene.sensor);
          using answered = Counter.at(a.pod);
          const ids = await send({
            from: a.pod,
            to: gatewayOf("left"),
            version,
            count: 30,
            frame: { transport: { protocol: "icmp" } },
          });
          await expectCounts(ids, [[sensor, 2], [answered, 1]]);
        });
        for (const [from, to] of [["a", "b"], ["a", "c"], ["d", "a"], ["a", "e"]] as const) {
          await t.step(
            `${from} to ${to}, IPv${version}, big`,
            () => scene.expect({ from, to, seen: 1, flow: { version, frame: { padding: BIG } } }),
          );
          await t.step(`${from} to ${to}, IPv${version}, fragments`, () =>
            scene.expect({
              from,
              to,
              seen: 1,
              flow: {
                version,
                each: (index) => {
                  const [datagram, isFirst] = [1 + index >> 1, index % 2 === 0];
                  const offset = isFirst ? 0 : FRAGMENT.first + 16;
                  const padding = isFirst ? FRAGMENT.first : FRAGMENT.later;
                  return { fragment: { datagram, offset, more: isFirst }, padding };
                },
              },
            }));
        }
      }
      for (const [from, to] of [["a", "b"], ["c", "a"], ["e", "a"], ["a", "d"]] as const) {
        await t.step(`a connection from ${from} to ${to}`, async () => {
          const { pod } = scene.pod(to);
          await tcp(scene.pod(from).pod.netns, { netns: pod.netns, ip: pod.ip() });
        });
      }
    },
  });
}
