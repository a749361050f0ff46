/** Checks of Open vSwitch itself and of the bridge: version, datapath, fail mode, protocols. @module */
import {
  OLDEST_OVS,
  type OvsSupport,
  ovsSupport,
  TESTED_OVS,
  TESTED_OVS_RANGE,
} from "../base/ovs_versions.ts";
import { bridgeConditions } from "../observe/bridge_conditions.ts";
import type { Reason } from "../contracts/condition.ts";
import { type Cache, interfaceByName } from "../ovsdb/mod.ts";
import { protocolMissing } from "../observe/switch_connection.ts";
import {
  type Check,
  defineCheck,
  fromCondition,
  ok,
  orElse,
  problem,
  type Verdict,
  warning,
} from "./check.ts";
import type { Facts } from "./facts.ts";
import { ifKnown, type Known, known, unknown } from "./known.ts";

const TESTED_LIST = Object.keys(TESTED_OVS).join(", ");
const CURE_OF_UNTESTED = `use a version from ${TESTED_OVS_RANGE}`;

/** A verdict for each answer to whether Sluice is tested with a version. */
const VERSION_VERDICTS: Readonly<Record<OvsSupport, (version: string) => Verdict>> = {
  unusable: (version) =>
    problem(
      `Open vSwitch ${version} does not tell of changed flows over OpenFlow 1.5`,
      `upgrade it to ${OLDEST_OVS} or later; ${TESTED_OVS_RANGE} are tested`,
    ),
  older: (version) =>
    warning(
      `Open vSwitch ${version} is older than the versions that Sluice is tested with (${TESTED_LIST})`,
      CURE_OF_UNTESTED,
    ),
  tested: (version) => ok(`Open vSwitch ${version} (tested: ${TESTED_LIST})`),
  newer: (version) =>
    warning(
      `Open vSwitch ${version} is newer than the versions that Sluice is tested with (${TESTED_LIST})`,
      `${CURE_OF_UNTESTED}, or a later Sluice`,
    ),
};

/** What ovs-ctl(8) has written down of the version. */
function versionOf(
  cache: Cache,
): Known<{ readonly version: string; readonly support: OvsSupport }> {
  const version = cache.all("Open_vSwitch").next().value?.ovs_version;
  if (version === undefined) return unknown("ovs-ctl has not written it down");
  const support = ovsSupport(version);
  return support ? known({ version, support }) : unknown(`"${version}" is no version`);
}

const KERNEL = { name: "the kernel's datapath", cure: 'run "modprobe openvswitch"' };
/** For each value of `Bridge.datapath_type` (ovs-vswitchd.conf.db(5)): its name, and the cure if it does not work. */
const DATAPATHS: Readonly<Record<string, { readonly name: string; readonly cure: string }>> = {
  "": KERNEL,
  "system": KERNEL,
  "netdev": { name: "the userspace datapath", cure: "look into ovs-vswitchd's log" },
};

/** If Open vSwitch cannot make a bridge, the bridge's own port has no OpenFlow port number. */
function lookAtDatapath(type: string, { database, config: { bridge } }: Facts): Verdict {
  const { name, cure } = Object.hasOwn(DATAPATHS, type)
    ? DATAPATHS[type]!
    : { name: `datapath "${type}"`, cure: "look into ovs-vswitchd's log" };
  const found = "value" in database ? interfaceByName(database.value, bridge) : undefined;
  const { ofport = -1, error = "no port number" } = found?.interface ?? {};
  if (ofport >= 0) return ok(`Bridge "${bridge}" is on ${name}`);
  return problem(`Open vSwitch cannot make bridge "${bridge}" on ${name} (${error})`, cure);
}

/** A verdict for each condition with this reason that the bridge's rows in OVSDB show. */
export function bridgeVerdicts(
  { database, config }: Facts,
  reason: Reason,
): readonly Verdict[] {
  if ("unknown" in database) return [];
  return bridgeConditions(database.value, config.bridge)
    .filter((each) => each.reason === reason).map((each) => fromCondition(each));
}

function lookAtProtocols(
  { flows, flooding }: { readonly flows: boolean; readonly flooding: boolean },
  bridge: string,
): readonly Verdict[] {
  const noFlooding = warning(
    `Bridge "${bridge}" does not allow OpenFlow 1.0, by which alone ports are taken out of flooding: ` +
      "some redirects are refused",
    `run "ovs-vsctl add bridge ${bridge} protocols OpenFlow10"`,
  );
  return orElse(
    [
      ...(flows ? [] : [fromCondition(protocolMissing(bridge))]),
      ...(flooding ? [] : [noFlooding]),
    ],
    `Bridge "${bridge}" allows OpenFlow 1.0 and 1.5`,
  );
}

export const BRIDGE: readonly Check[] = [
  defineCheck("ovs-version", {
    subject: ({ database }) => ifKnown(database, versionOf),
    look: ({ version, support }) => [VERSION_VERDICTS[support](version)],
  }),
  defineCheck("bridge", {
    subject: ({ database }) => database,
    look: (cache, facts) =>
      orElse(
        bridgeVerdicts(facts, "BridgeMissing").map((verdict) => ({
          ...verdict,
          message: [verdict.message, ...[...cache.all("Bridge")].map(({ name }) => name)]
            .join(", there is "),
        })),
        `Bridge "${facts.config.bridge}" is there`,
      ),
  }),
  defineCheck("datapath", {
    subject: ({ bridge }) => bridge,
    look: ({ row }, facts) => [lookAtDatapath(row.datapath_type, facts)],
  }),
  defineCheck("fail-mode", {
    subject: ({ bridge }) => bridge,
    look: ({ row, controllers }, facts) =>
      orElse(
        bridgeVerdicts(facts, "BridgeFailOpen"),
        `Fail mode is ${row.fail_mode ?? "standalone"}, ${controllers.length} controllers`,
      ),
  }),
  defineCheck("protocols", {
    subject: ({ protocols }) => protocols,
    look: (allowed, { config }) => lookAtProtocols(allowed, config.bridge),
  }),
];
