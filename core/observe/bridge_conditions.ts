/** The reasons in OVSDB for which Sluice must not write to the bridge. @module */
import { type Condition, condition } from "../contracts/condition.ts";
import { bridgeView, type Cache } from "../ovsdb/mod.ts";

/**
 * The reasons, read from OVSDB alone, for which Sluice must not write to the bridge: the bridge does not exist, or it fails
 * open while its controller is not connected.
 *
 * @returns No conditions if Sluice may write.
 */
export function bridgeConditions(cache: Cache, bridge: string): Condition[] {
  const view = bridgeView(cache, bridge);
  if (!view) {
    const message = `Bridge "${bridge}" does not exist`;
    return [condition("BridgeMissing", message, "create it, or name another with --bridge")];
  }
  const ids = cache.all("Open_vSwitch").next().value?.external_ids ?? {};
  if (isGateway(view.row, ids)) {
    const message =
      `Bridge "${bridge}" is OVN-Kubernetes' gateway, which removes flows of others ` +
      "every 15 s";
    return [condition("UnsupportedBridge", message, "name OVN's own bridge with --bridge: br-int")];
  }
  const failOpen = view.row.fail_mode !== "secure" &&
    view.controllers.some((controller) => !controller.is_connected);
  if (!failOpen) return [];
  const message =
    `Bridge "${bridge}" fails open and its controller is not connected, so that its own ` +
    "rules would get round every redirect";
  return [condition("BridgeFailOpen", message, `run "ovs-vsctl set-fail-mode ${bridge} secure"`)];
}

/** The name of the gateway bridge of OVN-Kubernetes on OpenShift. Elsewhere it has the key, which names its uplink. */
const GATEWAY = { name: "br-ex", key: "bridge-uplink" } as const;

/**
 * Whether OVN-Kubernetes writes all flows of the bridge again every 15 s, as it does on the one to the physical network.
 *
 * @param ids `external_ids` of the row of table Open_vSwitch: ovn-controller(8), "CONFIGURATION".
 */
function isGateway(
  { name, external_ids }: { readonly name: string; readonly external_ids: Ids },
  ids: Ids,
): boolean {
  const mapped = (ids["ovn-bridge-mappings"] ?? "").split(",").map((each) => each.split(":")[1]);
  return mapped.includes(name) && (name === GATEWAY.name || GATEWAY.key in external_ids);
}
type Ids = Readonly<Record<string, string>>;
