/** The check whether the bridge's largest packets fit through the target ports and through tunnels. @module */
import { ENCAPSULATING, LONGEST_HEADERS } from "../contracts/interface_types.ts";
import { mtuConditions, mtuRange, underlayMTU } from "../model/ports/mtu.ts";
import { type BridgeView, interfaceByName } from "../ovsdb/mod.ts";
import { type Check, defineCheck, fromCondition, orElse, type Verdict, warning } from "./check.ts";
import type { DefaultDevice, Facts } from "./facts.ts";
import { portsOf } from "./ports.ts";

/** Judges Sluice's ports as they are now. @param bridge Size of the bridge's largest packets, in bytes. */
function lookAtPorts(view: BridgeView, bridge: number, facts: Facts): readonly Verdict[] {
  const of = (name: string) => {
    const row = "value" in facts.database && interfaceByName(facts.database.value, name);
    return (row ? row.interface.mtu : undefined) ?? facts.mtuOf(name);
  };
  return portsOf(view).filter(({ ours }) => ours)
    .flatMap((port) => mtuConditions(port, port, { bridge, of }))
    .map((condition) => fromCondition(condition, "warning"));
}

/** Judges tunnels that do not exist yet, as if their packets left the node through the default device. */
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
    subject: ({ bridge }) => bridge,
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
