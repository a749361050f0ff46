/** The reasons in OVSDB for which Sluice must not write to the bridge. @module */
import { type Condition, condition } from "../contracts/condition.ts";
import { bridgeView, type Cache } from "../ovsdb/mod.ts";

/** The bridge that ovn-controller uses if `external_ids:ovn-bridge` is absent: ovn-controller(8). */
const DEFAULT_OVN_BRIDGE = "br-int";

/**
 * The reasons, read from OVSDB alone, for which Sluice must not write to the bridge: the bridge does not exist, it
 * belongs to ovn-controller, or it fails open while its controller is not connected.
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
  if (isOvns(ids, bridge)) {
    const message =
      `Bridge "${bridge}" is ovn-controller's, which wipes all flows that are not its own`;
    return [condition("UnsupportedBridge", message, "name another bridge with --bridge")];
  }
  const failOpen = view.row.fail_mode !== "secure" &&
    view.controllers.some((controller) => !controller.is_connected);
  if (!failOpen) return [];
  const message =
    `Bridge "${bridge}" fails open and its controller is not connected, so that its own ` +
    "rules would get round every redirect";
  return [condition("BridgeFailOpen", message, `run "ovs-vsctl set-fail-mode ${bridge} secure"`)];
}

/**
 * Whether ovn-controller uses the bridge, as integration bridge or for a physical network.
 *
 * @param ids `external_ids` of the row of table Open_vSwitch: ovn-controller(8), "CONFIGURATION".
 */
function isOvns(ids: Readonly<Record<string, string>>, bridge: string): boolean {
  const integration = ids["ovn-bridge"] ?? (ids["ovn-remote"] ? DEFAULT_OVN_BRIDGE : undefined);
  const mapped = (ids["ovn-bridge-mappings"] ?? "").split(",").map((each) => each.split(":")[1]);
  return bridge === integration || mapped.includes(bridge);
}
