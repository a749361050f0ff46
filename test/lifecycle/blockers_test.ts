/** What keeps an agent from its work is in its log: once, with its cure, and once when it ends. */
import assert from "node:assert/strict";
import { BRIDGE, TestAgent } from "../lab/agent.ts";
import { eventually, PrivateOvs } from "../lab/ovs.ts";

interface Blocker {
  readonly name: string;
  readonly args?: (ovs: PrivateOvs) => readonly string[];
  begin?(ovs: PrivateOvs): Promise<unknown>;
  /** What the line says, with the cure. */
  readonly line: RegExp;
  end(ovs: PrivateOvs): Promise<unknown>;
}

const BLOCKERS: readonly Blocker[] = [
  {
    name: "a bridge that does not exist",
    args: () => ["--bridge", "br7"],
    line:
      /reason=BridgeMissing message="Bridge \\"br7\\" does not exist" cure="create it, or name another/,
    end: (ovs) => ovs.addBridge("br7"),
  },
  {
    name: "a folder of manifests that does not exist",
    args: ({ dir }) => ["--manifests", `${dir}/nowhere`],
    line:
      /reason=SourceIncomplete message="Source \\"files\\" .*nowhere is no folder: waiting for it" cure="give/,
    end: ({ dir }) => Deno.mkdir(`${dir}/nowhere`),
  },
  {
    name: "a bridge without OpenFlow 1.5",
    begin: (ovs) => ovs.vsctl("set", "bridge", BRIDGE, "protocols=OpenFlow10,OpenFlow13"),
    line: /reason=ProtocolMissing .* cure="run \\"ovs-vsctl add bridge br0 protocols OpenFlow15/,
    end: (ovs) => ovs.vsctl("add", "bridge", BRIDGE, "protocols", "OpenFlow15"),
  },
  {
    name: "a bridge that fails open",
    begin: (ovs) =>
      ovs.vsctl(
        ...["set-controller", BRIDGE, "tcp:127.0.0.1:1"],
        ...["--", "set-fail-mode", BRIDGE, "standalone"],
      ),
    line: /reason=BridgeFailOpen .* cure="run \\"ovs-vsctl set-fail-mode br0 secure/,
    end: (ovs) => ovs.vsctl("set-fail-mode", BRIDGE, "secure"),
  },
  {
    name: "OVN-Kubernetes' gateway",
    begin: (ovs) =>
      ovs.vsctl(
        ...["set", "Open_vSwitch", ".", `external_ids:ovn-bridge-mappings=net:${BRIDGE}`, "--"],
        ...["br-set-external-id", BRIDGE, "bridge-uplink", "eth0"],
      ),
    line: /reason=UnsupportedBridge .* cure="name OVN's own bridge/,
    end: (ovs) => ovs.vsctl("remove", "Open_vSwitch", ".", "external_ids", "ovn-bridge-mappings"),
  },
  {
    name: "a foreign flow in Sluice's tables",
    begin: (ovs) => ovs.ofctl("add-flow", BRIDGE, "table=203,priority=1,actions=drop"),
    line: /reason=TableRangeTaken .* cure="choose other tables/,
    end: (ovs) => ovs.ofctl("del-flows", "--strict", BRIDGE, "table=203,priority=1"),
  },
  {
    name: "an OVSDB server that is away",
    begin: (ovs) => ovs.killOvsdbServer(),
    line: /reason=Disconnected message="OVSDB .* cure="start Open vSwitch/,
    end: (ovs) => ovs.startOvsdbServer(),
  },
  {
    name: "an ovs-vswitchd that is away",
    begin: (ovs) => ovs.killVswitchd(),
    line: /reason=Disconnected .* cure="start Open vSwitch/,
    end: (ovs) => ovs.startVswitchd(),
  },
];

Deno.test.each(BLOCKERS.map((each) => [each.name, each] as const))(
  "the log names %s once, with its cure, and its end",
  async (_, { args, begin, line, end }) => {
    await using ovs = await PrivateOvs.start({ datapath: "dummy" });
    await using agent = await TestAgent.start(ovs, args?.(ovs));
    const ready = async () => (await agent.get("/readyz")).status === 200;
    const said = (text: string) => agent.log.filter((each) => each.includes(text));
    if (begin) {
      await eventually("ready", ready);
      await begin(ovs);
    }
    const blocked = () => said("Blocked: nothing is written").filter((each) => line.test(each));
    await eventually("the line", () => blocked().length > 0, 20_000).catch(() =>
      assert.fail(agent.log.join("\n"))
    );
    await agent.get("/api/v1/state");
    assert.match((await agent.get("/api/v1/state")).text, /"reason":"[A-Za-z]+","message"/);
    await end(ovs);
    await eventually("its end", () => said("Not blocked any more").length > 0, 20_000);
    await eventually("ready again", ready, 20_000);
    assert.equal(blocked().length, 1, agent.log.join("\n"));
    assert.equal(said("Not blocked any more").length, said("Blocked: nothing").length);
  },
);
