/** Broadcast and multicast that selected Pods of an OVN send and receive. */
import { ACTIONS, OvnScene } from "./ovn_scene.ts";
import { SKIPPED } from "./programs.ts";

interface Group {
  readonly what: string;
  readonly version: 4 | 6;
  readonly mac: string;
  readonly ip: string;
}

const GROUPS: readonly Group[] = [
  { what: "broadcast", version: 4, mac: "ff:ff:ff:ff:ff:ff", ip: "255.255.255.255" },
  { what: "IPv4 multicast", version: 4, mac: "01:00:5e:01:02:03", ip: "239.1.2.3" },
  { what: "IPv6 multicast", version: 6, mac: "33:33:00:01:02:03", ip: "ff02::1:203" },
];

/** Who sends, which Pods are selected, and how often a mirror and a redirect have each packet. */
const CASES: readonly (readonly [from: string, selected: string, copies: number, seen: number])[] =
  [
    ["a", "a", 1, 1],
    ["a", "b", 1, 0],
    ["a", "ab", 1, 1],
    ["a", "bf", 2, 0],
    ["a", "abf", 1, 1],
    ["d", "b", 1, 0],
    ["d", "bf", 2, 0],
    ["a", "c", 0, 0],
  ];

for (const action of ACTIONS) {
  Deno.test({
    name: `broadcast and multicast on an OVN come once to each Pod of the switch: ${action}`,
    ignore: SKIPPED,
    async fn(t) {
      await using scene = await OvnScene.start();
      await scene.apply(action, "a");
      for (const [from, selected, copies, seen] of CASES) {
        await scene.select(selected);
        for (const { what, version, mac, ip } of GROUPS) {
          await t.step(`${what} from ${from}, selected: ${selected}`, () =>
            scene.expect({
              from,
              to: "b",
              seen: action === "Mirror" ? copies : seen,
              count: 20,
              others: { f: 1, c: 0, ...(from === "a" ? { d: 1 } : { a: 1 }) },
              flow: { version, to: { mac, ips: [ip] } },
            }));
        }
      }
    },
  });
}
