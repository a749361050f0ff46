/** Bridges that are refused: said in status and plan, healed by the cure, and nothing is written meanwhile. */
import assert from "node:assert/strict";
import { internal } from "../lab/agent.ts";
import { flowAges, Lab } from "../lab/lab.ts";
import { eventually } from "../lab/ovs.ts";
import { introduce, type TestPod } from "../lab/pod.ts";
import {
  device,
  mirror,
  redirect,
  type Refusal,
  refusalOfBridge,
  refusalOfControl,
  restart,
  runsWhatIsSaid,
  start,
} from "./refusal.ts";

/** As ovn-controller writes it for a Pod's port; `load` is its word for `set_field`. */
const OVN_FLOW = "table=0,priority=100,in_port=999,actions=load:0x2->NXM_NX_REG13[]," +
  "load:0x1->OXM_OF_METADATA[],load:0x3->NXM_NX_REG14[],resubmit(,8)";

/** As OVN-Kubernetes marks the bridge to the physical network. */
const makeGateway = ({ ovs }: Lab, bridge: string) =>
  ovs.vsctl(
    ...["set", "open", ".", `external_ids:ovn-bridge-mappings=net:${bridge}`, "--"],
    ...["br-set-external-id", bridge, "bridge-uplink", "eth0"],
  );

/** As the bridge's owner has it. */
const forwardNormally = ({ ovs }: Lab) => ovs.ofctl("add-flow", "br0", "priority=0,actions=NORMAL");

const OF_BRIDGES: readonly Refusal[] = [
  {
    name: "OVN-Kubernetes' gateway",
    reason: "UnsupportedBridge",
    cure: /removes flows of others.*name OVN's own bridge with --bridge/,
    cause: (lab) => makeGateway(lab, "br0"),
    heal: ({ ovs }) => ovs.vsctl("remove", "open", ".", "external_ids", "ovn-bridge-mappings"),
  },
  {
    name: "OVN's bridge, by its flows",
    reason: "UnsupportedBridge",
    cure: /has flows of ovn-controller.*use --pipeline ovn/,
    cause: ({ ovs }) => ovs.ofctl("add-flow", "br0", OVN_FLOW),
    heal: ({ ovs }) => ovs.ofctl("del-flows", "br0", "in_port=999"),
  },
  {
    name: "OVN-Kubernetes' gateway, of an agent that is told to work on another then",
    reason: "UnsupportedBridge",
    cure: /"br1" is OVN-Kubernetes' gateway.*name OVN's own bridge with --bridge/,
    cause: async (lab) => {
      await lab.ovs.addBridge("br1");
      await makeGateway(lab, "br1");
      await restart(lab, "--bridge", "br1");
    },
    heal: (lab) => restart(lab, "--bridge", "br0"),
    restore: ({ ovs }) =>
      ovs.vsctl(
        "del-br",
        "br1",
        "--",
        "remove",
        "open",
        ".",
        "external_ids",
        "ovn-bridge-mappings",
      ),
  },
  {
    name: "foreign flows in our tables",
    reason: "TableRangeTaken",
    cure: /priority=1.*choose other tables with --table-base, or remove it/,
    cause: ({ ovs }) => ovs.ofctl("add-flow", "br0", "table=203,priority=1,actions=drop"),
    heal: ({ ovs }) => ovs.ofctl("--strict", "del-flows", "br0", "table=203,priority=1"),
  },
  {
    name: "foreign flows in our tables, and other tables are chosen",
    reason: "TableRangeTaken",
    cure: /choose other tables with --table-base/,
    cause: ({ ovs }) => ovs.ofctl("add-flow", "br0", "table=203,priority=1,actions=drop"),
    heal: (lab) => restart(lab, "--table-base", "100"),
    restore: async (lab) => {
      await lab.ovs.ofctl("--strict", "del-flows", "br0", "table=203,priority=1");
      await restart(lab);
    },
  },
  {
    name: "a foreign flow with our match and priority in table 0",
    reason: "TableRangeTaken",
    cure: /priority=65000,ip.* in our place: remove it$/,
    cause: ({ ovs }) =>
      ovs.ofctl(
        "add-flow",
        "br0",
        "table=0,cookie=0x9,priority=65000,ip,reg15=0/0x80000000,actions=drop",
      ),
    heal: ({ ovs }) => ovs.ofctl("del-flows", "br0", "cookie=0x9/-1"),
  },
  {
    name: "a bridge that fails open",
    reason: "BridgeFailOpen",
    cure: /run "ovs-vsctl set-fail-mode br0 secure"/,
    cause: ({ ovs }) =>
      ovs.vsctl(
        ...["set-fail-mode", "br0", "standalone"],
        ...["--", "set-controller", "br0", "tcp:127.0.0.1:1"],
      ),
    heal: async (lab, cure) => {
      await runsWhatIsSaid(lab, cure);
      await forwardNormally(lab); // Open vSwitch has emptied the tables
    },
    restore: async (lab) => {
      await lab.ovs.vsctl("del-controller", "br0");
      await forwardNormally(lab);
    },
  },
  {
    name: "a bridge without OpenFlow 1.5",
    reason: "ProtocolMissing",
    cure: /run "ovs-vsctl add bridge br0 protocols OpenFlow15".*--allow-protocol-change/,
    cause: ({ ovs }) => ovs.vsctl("set", "bridge", "br0", "protocols=[OpenFlow10,OpenFlow13]"),
    heal: runsWhatIsSaid,
  },
  {
    name: "the bridge is deleted",
    reason: "BridgeMissing",
    cure: /"br0" does not exist: create it, or name another with --bridge/,
    cause: ({ ovs }) => ovs.vsctl("del-br", "br0"),
    heal: async ({ ovs, pods }) => {
      await ovs.addBridge("br0");
      for (const { name } of pods) await ovs.vsctl("add-port", "br0", name);
      const [, , p3, p4] = pods as [TestPod, TestPod, TestPod, TestPod];
      await introduce(p3, p4);
      await p3.ping(p4.ip(), 1);
    },
  },
];

Deno.test("a bridge that is refused: said in status and plan with its cure, nothing is written, it heals by itself", async (t) => {
  const { lab, goesOn } = await start();
  await using _ = lab;
  const { agent, ovs } = lab;
  const flows = (await flowAges(ovs)).size;
  const isAsBefore = async () => {
    await agent.realized("witness");
    await eventually("our flows", async () => (await flowAges(ovs)).size === flows);
  };
  for (const { name, ...refusal } of OF_BRIDGES) {
    await t.step(`${refusal.reason}: ${name}`, async () => {
      await refusal.cause!(lab);
      const { cure = "" } = await refusalOfBridge(lab, refusal);
      // One that would be made, were it not for the refusal.
      await agent.write("new.yaml", mirror("new", internal("ids1")));
      await eventually("it", async () => (await agent.state()).trafficControls.length === 2);
      assert.equal((await agent.get("/readyz")).status, 503);
      assert.doesNotMatch(await ovs.vsctl("show"), /ids1/);
      await agent.delete("new.yaml");
      await refusal.heal(lab, cure);
      await isAsBefore();
      await goesOn();
      await refusal.restore?.(lab);
      await isAsBefore();
    });
  }
});

Deno.test("a bridge without OpenFlow 1.0, by which alone flooding is stopped: no redirect where one would loop", async (t) => {
  const { lab, goesOn } = await start();
  await using _ = lab;
  const { agent, ovs } = lab;
  await ovs.vsctl("set", "bridge", "br0", "protocols=[OpenFlow13,OpenFlow15]");
  const isSaidOfZ = async (cure: RegExp) => {
    await refusalOfControl(lab, { reason: "ProtocolMissing", cure });
    await goesOn();
  };
  await t.step("our own ports beside NORMAL are out of its forwarding all the same", async () => {
    await agent.write("z.yaml", redirect("z", "tap0", "tap1"));
    await agent.realized("witness", "z");
    await goesOn();
  });
  await t.step("an owner who floods", async () => {
    await ovs.ofctl("add-flow", "br0", "table=11,priority=3,actions=FLOOD");
    await isSaidOfZ(/floods \(.*table=11.*add OpenFlow10 to its protocols/);
    await ovs.ofctl("del-flows", "br0", "table=11");
    await agent.realized("witness", "z");
  });
  await t.step("a port that its owner attached", async () => {
    await device(lab, "his0");
    await ovs.vsctl("add-port", "br0", "his0");
    const pair = redirect("z", "tap0", "tap1") as { spec: object };
    await agent.write("z.yaml", {
      ...pair,
      spec: { ...pair.spec, targetPort: { device: { name: "his0" } } },
    });
    await isSaidOfZ(/floods into port "his0".*add OpenFlow10 to its protocols, or name a new port/);
  });
  await t.step("OpenFlow 1.0 is allowed: it heals", async () => {
    await ovs.vsctl("add", "bridge", "br0", "protocols", "OpenFlow10");
    await agent.realized("witness", "z");
    await goesOn();
  });
});
