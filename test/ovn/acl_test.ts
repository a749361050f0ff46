/** OVN's access lists decide about redirected and mirrored packets, too: also between two Pods of one redirect. */
import { ACTIONS, OvnScene } from "./ovn_scene.ts";
import { SKIPPED } from "./programs.ts";
import type { SwitchName } from "./topology.ts";

type Direction = "from-lport" | "to-lport";

/** Has OVN drop IP that a Pod sends or receives, while something else runs. */
async function denied(
  { ovn, pod }: { readonly ovn: OvnScene["ovn"]; readonly pod: string },
  direction: Direction,
  what: () => Promise<void>,
): Promise<void> {
  const { logicalPort: { name }, spec: { on } } = ovn.pod(pod);
  const end = direction === "to-lport" ? "outport" : "inport";
  const acl = [on satisfies SwitchName, direction, "1000", `${end} == "${name}" && ip`];
  await ovn.nbctl("acl-add", ...acl, "drop");
  await ovn.sync();
  try {
    await what();
  } finally {
    await ovn.nbctl("acl-del", ...acl);
    await ovn.sync();
  }
}

/** From, to, which Pods are selected, and how often the sensor has each packet although it is denied. */
const CASES: Readonly<Record<Direction, readonly (readonly [string, string, string, number])[]>> = {
  "to-lport": [
    ["a", "b", "b", 0], // it never comes to the Pod's port
    ["a", "b", "a", 1], // what a Pod sends is treated before OVN's flows
    ["a", "b", "ab", 1],
    ["b", "a", "ab", 1],
    ["a", "c", "ac", 1],
    ["a", "c", "c", 0],
    ["d", "a", "a", 0],
    ["e", "a", "ab", 0],
  ],
  "from-lport": [
    ["a", "b", "b", 0],
    ["a", "b", "a", 1],
    ["a", "b", "ab", 1],
    ["a", "c", "ac", 1],
    ["d", "a", "a", 0],
  ],
};

for (const action of ACTIONS) {
  Deno.test({
    name: `what an ACL of OVN denies does not arrive, and is not treated on the way in: ${action}`,
    ignore: SKIPPED,
    async fn(t) {
      await using scene = await OvnScene.start();
      await scene.apply(action, "a");
      for (const direction of ["to-lport", "from-lport"] as const) {
        for (const [from, to, selected, seen] of CASES[direction]) {
          await t.step(`${direction}, ${from} to ${to}, selected: ${selected}`, async () => {
            await scene.select(selected);
            const pod = direction === "to-lport" ? to : from;
            await denied({ ovn: scene.ovn, pod }, direction, async () => {
              for (const version of [4, 6] as const) {
                await scene.expect({ from, to, seen, arrived: 0, count: 20, flow: { version } });
              }
            });
          });
        }
      }
      await t.step("without the ACL it arrives", async () => {
        await scene.select("ab");
        await scene.expect({ from: "a", to: "b", seen: 1 });
      });
    },
  });
}
