/**
 * The destination MAC that a Pod gives a packet. The Pod's own neighbour table cannot be read in general, so it follows from
 * what is known of the bridge; each rule says in words why.
 * @module
 */
import type { Flow } from "../openflow/mod.ts";
import { type BridgeView, type Cache, interfaceByName } from "../ovsdb/mod.ts";
import { addressValue } from "./addresses.ts";
import type { FoundMAC } from "./mac.ts";
import { ovnNextMAC } from "./ovn_router.ts";
import type { PodPort } from "./world.ts";

export interface NextMACInputs {
  /** Name of the sender's port, and its number. */
  readonly port: string;
  readonly ofport: number;
  readonly bridge: BridgeView;
  readonly cache: Cache;
  readonly destinationIP: string;
  /** The Pods of this node with that address. */
  readonly receivers: readonly PodPort[];
  /** Whether OVN is the owner of the bridge. */
  readonly isOVN: boolean;
  /** All flows of the bridge. */
  readonly flows: () => Promise<readonly Flow[]>;
}

export async function nextMAC(inputs: NextMACInputs): Promise<FoundMAC> {
  if (inputs.isOVN) return await byOVN(inputs);
  return toPod(inputs) ?? gateway(inputs) ?? {
    unknown: `no Pod of bridge ${inputs.bridge.row.name} has the address ` +
      `${inputs.destinationIP}, and the MAC of the Pod's router is not known`,
  };
}

async function byOVN({ flows, ...inputs }: NextMACInputs): Promise<FoundMAC> {
  const { ofport, destinationIP, receivers } = inputs;
  return ovnNextMAC(await flows(), {
    ofport,
    destinationIP,
    destination: addressValue(destinationIP),
    podMACs: receivers.flatMap(({ macs }) => macs),
  });
}

/** The VLAN of a port, as far as it has one of its own. */
const vlanOf = (cache: Cache, name: string) => interfaceByName(cache, name)?.port?.tag;

/** The bridge works on layer 2: a Pod on it gets packets with its own MAC. */
function toPod({ port, bridge, cache, receivers }: NextMACInputs): FoundMAC | undefined {
  const receiver = receivers.find((each) =>
    interfaceByName(cache, each.port)?.bridge?.name === bridge.row.name &&
    vlanOf(cache, each.port) === vlanOf(cache, port)
  );
  const mac = receiver?.macs[0];
  if (mac === undefined) return undefined;
  return { mac, why: `that of Pod ${receiver!.pod}, on the same bridge` };
}

/** Antrea's gateway, by what its agent writes into OVSDB. */
function gateway({ bridge }: NextMACInputs): FoundMAC | undefined {
  for (const { row, interfaces: [first] } of bridge.ports.values()) {
    const type = row.external_ids["antrea-type"] ?? first?.external_ids["antrea-type"];
    if (type !== "gateway" || !first?.mac_in_use) continue;
    return { mac: first.mac_in_use, why: `that of Antrea's gateway, port ${first.name}` };
  }
  return undefined;
}
