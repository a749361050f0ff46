/** Checks of ports: those left over by an agent, those that cannot be made, and tunnels that exist twice. @module */
import { tunnelIdentity } from "../contracts/interface_types.ts";
import { farEndsOf, toBridgePort } from "../observe/bridge_rows.ts";
import type { BridgePort } from "../model/ports/bridge_ports.ts";
import { type BridgeView, bridgeView, type Cache, tunnelInterfaces } from "../ovsdb/mod.ts";
import { notedFloodChanges } from "../apply/bridge_operations.ts";
import { FAR_END_OF, MARK } from "../base/marks.ts";
import { type Check, defineCheck, orElse, problem, type Verdict, warning } from "./check.ts";
import type { Facts } from "./facts.ts";
import { ifKnown, known } from "./known.ts";

const quoted = (names: readonly string[]) => names.map((name) => `"${name}"`).join(", ");

export function portsOf({ ports, row: bridge }: BridgeView): BridgePort[] {
  return [...ports.values()].flatMap(({ row, interfaces }) =>
    interfaces.map((each) => toBridgePort(each, row, bridge))
  );
}

const cleanup = ({ ovsdb }: Facts["config"], bridge: string) =>
  `run "sluice cleanup --bridge ${bridge} --ovsdb ${ovsdb}"`;

/** Ports, flows and flood changes of Sluice on the bridge, if no agent works there that would remove them. */
function leftOnBridge(cache: Cache, view: BridgeView, facts: Facts): readonly Verdict[] {
  const { agent, config, flows } = facts;
  const { name, external_ids } = view.row;
  if (agent.state === "silent" || agent.state === "running" && agent.bridges.includes(name)) {
    return [];
  }
  const ports = [
    ...portsOf(view).filter(({ ours }) => ours),
    ...farEndsOf(cache, name).values(),
  ].map((port) => port.name);
  const count = "value" in flows ? flows.value.flows.length : 0;
  const left = [
    ...(ports.length > 0 ? [`ports ${quoted(ports)}`] : []),
    ...(count > 0 ? [`${count} flows`] : []),
    ...notedFloodChanges(external_ids).map((port) => `port "${port}" taken out of flooding`),
  ];
  if (left.length === 0) return [];
  return [
    warning(
      `Bridge "${name}" has ${left.join(", ")} of Sluice's, and no agent of it answers`,
      `start the agent, or ${cleanup(config, name)}`,
    ),
  ];
}

/** Ports of Sluice on bridges that the agent does not work on. */
function leftElsewhere(cache: Cache, { config, bridges, agent }: Facts): readonly Verdict[] {
  const served = [...bridges, ...agent.state === "running" ? agent.bridges : []];
  const others = [...cache.all("Bridge")].map(({ name }) => name)
    .filter((name) => !served.includes(name)).sort();
  return others.flatMap((name) => {
    const ports = [...bridgeView(cache, name)!.ports.values()]
      .map(({ row }) => row)
      .filter(({ external_ids }) => MARK in external_ids && !(FAR_END_OF in external_ids));
    if (ports.length === 0) return [];
    const names = quoted(ports.map((port) => port.name));
    return [
      warning(
        `Ports ${names} of Sluice's are on bridge "${name}"`,
        `if no other agent works there, ${cleanup(config, name)}`,
      ),
    ];
  });
}

const isMade = ({ ofport }: { readonly ofport?: number | undefined }) =>
  ofport !== undefined && ofport >= 0;

/** Groups of equal tunnels. Open vSwitch makes one tunnel of a group, which comes first in it. */
function twinTunnels(cache: Cache): readonly (readonly string[])[] {
  const groups = Map.groupBy(tunnelInterfaces(cache), tunnelIdentity);
  return [...groups.values()]
    .filter((group) => group.length > 1 && !group.every(isMade))
    .map((group) => group.sort((one, other) => Number(isMade(other)) - Number(isMade(one))))
    .map((group) => group.map(({ name }) => name));
}

function lookAtTunnels(cache: Cache): readonly Verdict[] {
  return twinTunnels(cache).map(([first, ...rest]) =>
    problem(
      `Tunnels ${
        quoted([first!, ...rest])
      } have the same type, remote address, key and port, so that ` +
        `Open vSwitch makes "${first}" alone`,
      `give one another key, or run "ovs-vsctl del-port ${rest[0]}"`,
    )
  );
}

function lookAtUnmade(cache: Cache): readonly Verdict[] {
  const twins = new Set(twinTunnels(cache).flat());
  return [...cache.all("Interface")]
    .filter((row) => !isMade(row) && !twins.has(row.name) && !bridgeView(cache, row.name))
    .map(({ name, error = "no port number" }) =>
      warning(
        `Port "${name}" cannot be made: ${error}`,
        `mend what it names, or run "ovs-vsctl del-port ${name}"`,
      )
    );
}

export const PORTS: readonly Check[] = [
  defineCheck("leftovers", {
    subject: ({ database, bridge }) =>
      ifKnown(database, (cache) => ifKnown(bridge, (view) => known({ cache, view }))),
    look: ({ cache, view }, facts) =>
      orElse(
        [...leftOnBridge(cache, view, facts), ...leftElsewhere(cache, facts)],
        "Nothing of Sluice's is left over",
      ),
  }),
  defineCheck("ports", {
    subject: ({ database }) => database,
    look: (cache) => orElse(lookAtUnmade(cache), "Open vSwitch has made every port"),
  }),
  defineCheck("tunnels", {
    subject: ({ database }) => database,
    look: (cache) => orElse(lookAtTunnels(cache), "No two tunnels are the same"),
  }),
];
