/** Changes of OVN's northbound database while packets pass: Pods come and go, and one's delivery flow changes. */
import assert from "node:assert/strict";
import { eventually } from "../lab/ovs.ts";
import { Stream } from "../lab/stream.ts";
import { Counter } from "../lab/traffic.ts";
import { BRIDGE } from "./chassis.ts";
import { ACTIONS, OvnScene } from "./ovn_scene.ts";
import { SKIPPED } from "./programs.ts";
import { portCommands } from "./topology.ts";

/** What OVN's flow that delivers to a Pod's port matches: the keys of the logical port and of its switch. */
async function deliveryKey({ ovs }: OvnScene, name: string): Promise<string> {
  const ofport = (await ovs.vsctl("get", "interface", name, "ofport")).trim();
  const flows = (await ovs.ofctl("dump-flows", BRIDGE)).split("\n");
  const own = flows.find((flow) =>
    !flow.includes("cookie=0x51ce") && !/table=0,/.test(flow) &&
    new RegExp(`actions=output:("?${name}"?|${ofport})$`).test(flow)
  );
  return /reg15=\S+,metadata=\S+/.exec(own ?? "")?.[0] ?? "";
}

for (const action of ACTIONS) {
  Deno.test({
    name: `Pods and logical ports of an OVN come and go while packets pass: ${action}`,
    ignore: SKIPPED,
    async fn(t) {
      await using scene = await OvnScene.start();
      const { ovn } = scene;
      await scene.apply(action, "ab");
      const [a, b] = [scene.pod("a"), scene.pod("b")];
      await t.step(
        "a Pod comes and goes: no packet of the others is lost, and each is seen",
        async () => {
          using arrived = Counter.at(b.pod);
          using sensor = scene.at(scene.sensor);
          await new Stream({ from: a.pod, to: b.pod }, arrived, [sensor]).goesOn(
            "all",
            async () => {
              await ovn.addPod({ name: "g", chassis: 0, on: "left" });
              await scene.select("abg");
              await ovn.addPod({ name: "h", chassis: 1, on: "right" });
              await ovn.removePod("g");
              await scene.select("ab");
              await ovn.removePod("h");
            },
          );
        },
      );
      await t.step(
        "a logical port is made again: other keys, and the other Pods lose nothing",
        async () => {
          const before = await deliveryKey(scene, "b");
          assert.notEqual(before, "");
          await scene.select("abf");
          const f = scene.pod("f");
          using arrived = Counter.at(f.pod);
          using sensor = scene.at(scene.sensor);
          await new Stream({ from: a.pod, to: f.pod }, arrived, [sensor]).goesOn(
            "all",
            async () => {
              const filler = ["--", "lsp-add", "left", "filler"]; // it gets the key that becomes free
              await ovn.nbctl("lsp-del", b.logicalPort.name, ...filler);
              await eventually("no flow to it", async () => await deliveryKey(scene, "b") === "");
              await ovn.nbctl(...portCommands(b.logicalPort));
              await eventually("another key", async () => {
                const now = await deliveryKey(scene, "b");
                return now !== "" && now !== before;
              });
              await ovn.sync();
            },
          );
          assert.notEqual(await deliveryKey(scene, "b"), before);
        },
      );
      await t.step("what comes to its new flow is treated", async () => {
        await scene.select("b");
        await eventually("the Pod's new flow", async () => {
          const own = await scene.ovs.ofctl("dump-flows", BRIDGE);
          const key = await deliveryKey(scene, "b");
          return own.split("\n").some((flow) =>
            flow.includes("cookie=0x51ce") && key.split(",").every((part) => flow.includes(part))
          );
        });
        await scene.expect({ from: "a", to: "b", seen: 1 });
        await scene.expect({ from: "e", to: "b", seen: 1 });
        await scene.expect({ from: "b", to: "c", seen: 1, flow: { version: 6 } });
      });
    },
  });
}
