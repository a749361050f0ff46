/** Whether the bridge's packets fit through the ports that they are to be sent to. @module */
import { ENCAPSULATING, LONGEST_HEADERS } from "../contracts/interface_types.ts";
import { mtuConditions, mtuRange, underlayMTU } from "../model/ports/mtu.ts";
import { type BridgeView, interfaceByName } from "../ovsdb/mod.ts";
import { type Check, defineCheck, fromCondition, orElse, type Verdict, warning } from "./check.ts";
import type { DefaultDevice, Facts } from "./facts.ts";
import { portsOf } from "./ports.ts";

/** Our ports, as they are. @param bridge Bytes of the largest packets. */
function lookAtPorts(view: BridgeView, bridge: number, facts: Facts): readonly Verdict[] {
  const of = (name: string) => {
    const row = "value" in facts.database && interfaceByName(facts.database.value, name);
    return (row ? row.interface.mtu : undefined) ?? facts.mtuOf(name);
  };
  return portsOf(view).filter(({ ours }) => ours)
    .flatMap((port) => mtuConditions(port, port, { bridge, of }))
    .map((condition) => fromCondition(condition, "warning"));
}

/** What a tunnel would do, if its packets left the node where most do. */
function lookAhead(bridge: number, { name, mtu }: DefaultDevice): readonly Verdict[] {
  const needs = ENCAPSULATING.map((type) => ({
    type,
    bytes: underlayMTU({ type, options: LONGEST_HEADERS }, bridge)!,
  }));
  const tooLarge = needs.filter(({ bytes }) => bytes > mtu);
  if (tooLarge.length === 0) return [];
  const most = Math.max(...needs.map(({ bytes }) => bytes));
  const list = tooLarge.map(({ type, bytes }) => `${type} (${bytes})`).join(", ");
  return [
    warning(
      `Packets of ${bridge} bytes, the largest of the bridge, do not fit through "${name}" (${mtu}) in a ` +
        `tunnel of ${list}: such copies are lost`,
      `raise the MTU of "${name}" to ${most}, or lower that of the Pods to ${
        bridge - (most - mtu)
      }`,
    ),
  ];
}

export const MTU: readonly Check[] = [
  defineCheck("mtu", {
    of: ({ bridge }) => bridge,
    look: (view, facts) => {
      const bridge = mtuRange(portsOf(view))?.largest;
      if (bridge === undefined) return orElse([], "No port of the bridge has an MTU of its own");
      const { defaultDevice } = facts;
      const ahead = "value" in defaultDevice ? lookAhead(bridge, defaultDevice.value) : [];
      return orElse(
        [...lookAtPorts(view, bridge, facts), ...ahead],
        `Packets of ${bridge} bytes, the largest of the bridge, fit through every port of Sluice's` +
          ("value" in defaultDevice ? ", and in every tunnel" : ""),
      );
    },
  }),
];
