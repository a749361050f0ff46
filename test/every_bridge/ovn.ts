/** The bridge of a real OVN, whose interfaces are marked as OVN-Kubernetes marks them. @module */
import assert from "node:assert/strict";
import { BRIDGE } from "../ovn/chassis.ts";
import { OvnLab } from "../ovn/ovn_lab.ts";
import { SKIPPED } from "../ovn/programs.ts";
import { acquaint, type Bridge, type Kind, type PodFacts } from "./bridge.ts";

/** The rig's OVN gives addresses itself: they have to be those of the file. */
function checkFacts(ovn: OvnLab, facts: readonly PodFacts[]): void {
  const given = facts.map(({ name }) => {
    const { namespace, uid, mac, ips } = ovn.pod(name).nic;
    return { name, namespace, uid, mac, ips };
  });
  assert.deepEqual(given, facts);
}

export const ovn: Kind = {
  name: "OVN-Kubernetes",
  ignore: SKIPPED,
  async start(facts): Promise<Bridge> {
    const specs = facts.map(({ name, namespace }) => ({ name, namespace }));
    const lab = await OvnLab.start({
      pods: specs.map((spec) => ({ ...spec, chassis: 0, on: "left" })),
    });
    try {
      checkFacts(lab, facts);
      const pods = new Map(facts.map(({ name }) => [name, lab.pod(name).pod]));
      await acquaint([...pods.values()]);
      const { ovs } = lab.chassis[0];
      return { ovs, name: BRIDGE, pods, [Symbol.asyncDispose]: () => lab[Symbol.asyncDispose]() };
    } catch (error) {
      await lab[Symbol.asyncDispose]();
      throw error;
    }
  },
};
