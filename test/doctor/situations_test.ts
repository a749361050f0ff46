/** Nodes that something is wrong with: `sluice doctor` finds it, and the cure that it names is one. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { PrivateOvs } from "../lab/ovs.ts";
import { ipIn } from "../lab/run.ts";
import { ills, type Patient, patient } from "./patient.ts";

interface Situation {
  readonly name: string;
  readonly check: string;
  readonly level: "problem" | "warning";
  readonly message: RegExp;
  readonly cure: RegExp;
  make?(patient: Patient): Promise<unknown>;
  /** What the cure says, where it is no command. */
  mend?(patient: Patient, cure: string): Promise<unknown>;
  /** Of the doctor's command line, in place of something that is made. */
  readonly args?: readonly string[];
}

const broken = (file: string) => ({ lab: { agent } }: Patient) =>
  Deno.writeTextFile(join(agent.manifests, file), "kind: [");
const pidOf = async ({ dir }: PrivateOvs, program: string) =>
  Number(await Deno.readTextFile(join(dir, `${program}.pid`)));

/** An Open vSwitch of this version, as ovs-ctl writes it down. */
const ofVersion = (version: string, rest: Pick<Situation, "level" | "message" | "cure">) => ({
  ...rest,
  name: `Open vSwitch ${version}`,
  check: "ovs-version",
  make: ({ ovs }: Patient) => ovs.vsctl("set", "Open_vSwitch", ".", `ovs_version=${version}`),
  mend: ({ ovs }: Patient) => ovs.vsctl("set", "Open_vSwitch", ".", "ovs_version=3.1.0"),
});

const VERSIONS: readonly Situation[] = [
  ofVersion("2.17.9", {
    level: "problem",
    message: /^Open vSwitch 2\.17\.9 does not tell of changed flows over OpenFlow 1\.5$/,
    cure: /^upgrade it to 3\.0 or later; 3\.1 to 4\.0 are tested$/,
  }),
  ofVersion("3.0.5", {
    level: "warning",
    message: /^Open vSwitch 3\.0\.5 is older than .* tested with \(3\.1, 3\.5, 4\.0\)$/,
    cure: /^use a version from 3\.1 to 4\.0$/,
  }),
  ofVersion("4.1.0", {
    level: "warning",
    message: /^Open vSwitch 4\.1\.0 is newer than .* tested with \(3\.1, 3\.5, 4\.0\)$/,
    cure: /^use a version from 3\.1 to 4\.0, or a later Sluice$/,
  }),
];

const SITUATIONS: readonly Situation[] = [
  ...VERSIONS,
  {
    name: "a bridge that is not there",
    check: "bridge",
    level: "problem",
    message: /^Bridge "br7" does not exist, there is br0$/,
    cure: /name another with --bridge$/,
    args: ["--bridge", "br7"],
  },
  {
    name: "a bridge that fails open",
    check: "fail-mode",
    level: "problem",
    message: /^Bridge "br0" fails open and its controller is not connected/,
    cure: /^run "ovs-vsctl set-fail-mode br0 secure"$/,
    make: ({ ovs }) =>
      ovs.vsctl(
        "set-controller",
        "br0",
        "tcp:127.0.0.1:1",
        "--",
        "set-fail-mode",
        "br0",
        "standalone",
      ),
  },
  {
    name: "a bridge without OpenFlow 1.5",
    check: "protocols",
    level: "problem",
    message: /^Bridge "br0" does not allow OpenFlow 1\.5$/,
    cure: /^run "ovs-vsctl add bridge br0 protocols OpenFlow15"/,
    make: ({ ovs }) => ovs.vsctl("set", "bridge", "br0", "protocols=OpenFlow10,OpenFlow13"),
  },
  {
    name: "a bridge without OpenFlow 1.0",
    check: "protocols",
    level: "warning",
    message: /does not allow OpenFlow 1\.0, by which alone ports are taken out of flooding/,
    cure: /^run "ovs-vsctl add bridge br0 protocols OpenFlow10"$/,
    make: ({ ovs }) => ovs.vsctl("set", "bridge", "br0", "protocols=OpenFlow13,OpenFlow15"),
  },
  {
    name: "OVN-Kubernetes' gateway",
    check: "owners",
    level: "problem",
    message: /^Bridge "br0" is OVN-Kubernetes' gateway, which removes flows of others every 15 s$/,
    cure: /^name OVN's own bridge with --bridge: br-int$/,
    make: ({ ovs }) =>
      ovs.vsctl(
        ...["set", "Open_vSwitch", ".", "external_ids:ovn-bridge-mappings=net:br0", "--"],
        ...["br-set-external-id", "br0", "bridge-uplink", "eth0"],
      ),
    mend: ({ ovs }) =>
      ovs.vsctl("remove", "Open_vSwitch", ".", "external_ids", "ovn-bridge-mappings"),
  },
  {
    name: "Antrea's own TrafficControl",
    check: "owners",
    level: "warning",
    message: /^Antrea's own TrafficControl is seen .*mirrored twice$/,
    cure: /^set featureGates\.TrafficControl to false in antrea-agent\.conf/,
    make: ({ ovs }) =>
      ovs.vsctl(
        ...["add-port", "br0", "atc", "--", "set", "interface", "atc", "type=internal"],
        ...["--", "set", "port", "atc", "external_ids:antrea-type=traffic-control"],
      ),
    mend: ({ ovs }) => ovs.vsctl("del-port", "atc"),
  },
  {
    name: "somebody's flow in our tables",
    check: "tables",
    level: "problem",
    message: /^Table 203 has a flow of somebody else's \(/,
    cure: /^choose other tables with --table-base, or remove it$/,
    make: ({ ovs }) => ovs.ofctl("add-flow", "br0", "table=203,priority=1,actions=drop"),
    mend: ({ ovs }) => ovs.ofctl("--strict", "del-flows", "br0", "table=203,priority=1"),
  },
  {
    name: "an owner that sends to all ports",
    check: "flooding",
    level: "warning",
    message: /sends to ALL ports \(.*so that a redirect would loop$/,
    cure: /^let it send to FLOOD or NORMAL$/,
    make: ({ ovs }) => ovs.ofctl("add-flow", "br0", "table=9,actions=ALL"),
    mend: ({ ovs }) => ovs.ofctl("del-flows", "br0", "table=9"),
  },
  {
    name: "ports of ours on another bridge",
    check: "leftovers",
    level: "warning",
    message: /^Ports "old0" of Sluice's are on bridge "br1"$/,
    cure: /^if no other agent works there, run "sluice cleanup --bridge br1 --ovsdb unix:[^ "]+"$/,
    make: async ({ ovs }) => {
      await ovs.addBridge("br1");
      await ovs.vsctl(
        ...["add-port", "br1", "old0", "--", "set", "interface", "old0", "type=internal"],
        ...["--", "set", "port", "old0", "external_ids:sluice=1"],
      );
    },
  },
  {
    name: "a port that cannot be made",
    check: "ports",
    level: "warning",
    message:
      /^Port "nodev" cannot be made: could not open network device nodev \(No such device\)$/,
    cure: /^mend what it names, or run "ovs-vsctl del-port nodev"$/,
    make: ({ ovs }) => ovs.vsctl("add-port", "br0", "nodev"),
  },
  {
    name: "two tunnels that are the same",
    check: "tunnels",
    level: "problem",
    message: /^Tunnels "(t[12])", "t[12]" have the same type.*Open vSwitch makes "\1" alone$/,
    cure: /^give one another key, or run "ovs-vsctl del-port t[12]"$/,
    make: async ({ ovs }) => {
      const tunnel = ["type=vxlan", "options:remote_ip=192.0.2.9", "options:key=7"];
      for (const name of ["t1", "t2"]) {
        await ovs.vsctl("add-port", "br0", name, "--", "set", "interface", name, ...tunnel);
      }
    },
  },
  {
    name: "an underlay that is too small for tunnels",
    check: "mtu",
    level: "warning",
    message:
      /^Packets of 1500 bytes, .*through "nic0" \(1500\) in a tunnel of vxlan \(1550\), geneve \(1550\), gre \(1542\), erspan \(1554\)/,
    cure: /^raise the MTU of "nic0" to 1554, or lower that of the Pods to 1446$/,
    make: async ({ ovs: { netns } }) => {
      await ipIn(netns, "link", "add", "name", "nic0", "type", "veth", "peer", "name", "nic0-x");
      await ipIn(netns, "link", "set", "dev", "nic0", "up");
      await ipIn(netns, "route", "replace", "default", "dev", "nic0");
    },
    mend: ({ ovs: { netns } }, cure) =>
      ipIn(netns, "link", "set", "dev", "nic0", "mtu", / to (\d+),/.exec(cure)![1]!),
  },
  {
    name: "a wrong key in the file of settings",
    check: "config-file",
    level: "problem",
    message: /agent\.conf:1": key "ovsBrigde" is unknown: did you mean "ovsBridge"\?$/,
    cure: /^correct the file$/,
    make: ({ configFile }) => Deno.writeTextFile(configFile, "ovsBrigde: br0\n"),
    mend: ({ configFile }) => Deno.writeTextFile(configFile, "logLevel: info\n"),
  },
  {
    name: "a wrong value in the file of settings",
    check: "config-file",
    level: "problem",
    message: /agent\.conf:1": key "tableBase": Cannot use 300: it is not a table from 1 to 239$/,
    cure: /^correct the file$/,
    make: ({ configFile }) => Deno.writeTextFile(configFile, "tableBase: 300\n"),
    mend: ({ configFile }) => Deno.writeTextFile(configFile, "logLevel: info\n"),
  },
  {
    name: "a manifest that is broken",
    check: "manifests",
    level: "problem",
    message: /broken\.yaml:1: /,
    cure: /^correct it: sluice validate -f \S+ tells more$/,
    make: broken("broken.yaml"),
    mend: ({ lab }) => lab.agent.delete("broken.yaml"),
  },
  {
    name: "an agent of another bridge",
    check: "agent",
    level: "warning",
    message: /^The agent at "127\.0\.0\.1:10360" works on bridge "br0", not on "br2"$/,
    cure: /^name the agent's bridge with --bridge, or its address with --listen$/,
    args: ["--bridge", "br2"],
    make: ({ ovs }) => ovs.addBridge("br2"),
    mend: () => Promise.resolve(), // the bridge does no harm
  },
  {
    name: "an OVSDB socket that is not there",
    check: "ovsdb-socket",
    level: "problem",
    message: /^Socket "unix:\/nowhere\/db\.sock" does not exist$/,
    cure: /^(start ovsdb-server, or name its socket with|give) --ovsdb/,
    args: ["--ovsdb", "unix:/nowhere/db.sock"],
  },
  {
    name: "an ovsdb-server that is gone",
    check: "ovsdb-socket",
    level: "problem",
    message: /^Nobody listens at "unix:.*\/db\.sock"$/,
    cure: /^start ovsdb-server$/,
    make: ({ ovs }) => ovs.killOvsdbServer(),
    mend: ({ ovs }) => ovs.startOvsdbServer(),
  },
  {
    name: "an ovsdb-server that hangs",
    check: "ovsdb-socket",
    level: "problem",
    message: /^"unix:.*\/db\.sock" gives no answer \(/,
    cure: /^restart ovsdb-server$/,
    make: async ({ ovs }) => Deno.kill(await pidOf(ovs, "ovsdb-server"), "SIGSTOP"),
    mend: async ({ ovs }) => Deno.kill(await pidOf(ovs, "ovsdb-server"), "SIGCONT"),
  },
  {
    name: "an ovs-vswitchd that is gone",
    check: "openflow-socket",
    level: "problem",
    message: /^Nobody listens at "unix:.*\/br0\.mgmt"$/,
    cure: /^start ovs-vswitchd$/,
    make: ({ ovs }) => ovs.killVswitchd(),
    mend: ({ ovs }) => ovs.startVswitchd(),
  },
];

Deno.test("each situation is found with its cure, and gone when the cure is carried out", async (t) => {
  await using patient_ = await patient();
  await patient_.well();
  for (const { name, check, level, message, cure, make, mend, args = [] } of SITUATIONS) {
    await t.step(name, async () => {
      await make?.(patient_);
      const report = await patient_.look(...args);
      const found = report.findings.find((each) => each.check === check && each.level === level);
      assert.ok(found, JSON.stringify(ills(report), undefined, 2));
      assert.match(found.message, message);
      assert.match(found.cure ?? "", cure);
      if (!make) return; // without these arguments the node is well, as the next step shows
      await (mend ?? ((_, said) => patient_.carryOut(said)))(patient_, found.cure!);
      await patient_.well();
    });
  }
});
