import assert from "node:assert/strict";
import { internal, podObject } from "./lab/agent.ts";
import { flowAges, Lab, ofport } from "./lab/lab.ts";
import { eventually } from "./lab/ovs.ts";
import { introduce, type TestPod } from "./lab/pod.ts";
import {
  device,
  mirror,
  redirect,
  type Refusal,
  refusalOfBridge,
  refusalOfControl,
  restart,
  runsWhatIsSaid,
  vxlan,
} from "./refusals.ts";
import { ipIn } from "./lab/run.ts";
import { expectFlow } from "./lab/traffic.ts";

const OF_PORTS: readonly Refusal[] = [
  {
    name: "two pairs share a port",
    controls: [redirect("a", "tap0", "tap1", "db"), redirect("z", "tap0", "tap2")],
    reason: "Conflict",
    cure: /"a", which is older.*use other ports/,
    heal: ({ agent }) => agent.write("z.yaml", redirect("z", "tap0", "tap1")),
  },
  {
    name: "one port as mirror target and in a pair",
    controls: [redirect("a", "tap0", "tap1", "db"), mirror("z", internal("tap1"))],
    reason: "Conflict",
    cure: /"a", which is older.*use other ports/,
    heal: ({ agent }) => agent.write("z.yaml", mirror("z", internal("ids9"))),
  },
  {
    name: "one port as mirror target, and later as a pair's return port",
    controls: [mirror("a", internal("tap1"), "db"), redirect("z", "tap0", "tap1")],
    reason: "Conflict",
    cure: /"a", which is older, as a mirror's target: .*use other ports/,
    heal: ({ agent }) => agent.delete("a.yaml"),
  },
  {
    name: "a device with an address of the node",
    controls: [mirror("z", { device: { name: "nic0" } })],
    reason: "DeviceInUse",
    cure: /has address 192\.0\.2\.77 of the node: name another/,
    cause: async (lab) => {
      await device(lab, "nic0");
      await ipIn(lab.ovs.netns, "addr", "add", "192.0.2.77/24", "dev", "nic0");
    },
    heal: ({ ovs }) => ipIn(ovs.netns, "addr", "del", "192.0.2.77/24", "dev", "nic0"),
  },
  {
    name: "the bridge itself",
    controls: [mirror("z", { device: { name: "br0" } })],
    reason: "DeviceInUse",
    cure: /"br0" is the bridge itself: name another/,
    heal: ({ agent }) => agent.write("z.yaml", mirror("z", internal("ids9"))),
  },
  {
    name: "a Pod's own port",
    controls: [mirror("z", { device: { name: "p2" } })],
    reason: "DeviceInUse",
    cure: /"p2" is a Pod's: name another/,
    heal: ({ agent }) => agent.write("z.yaml", mirror("z", internal("ids9"))),
  },
  {
    name: "a CNI's own port",
    controls: [mirror("z", internal("gw0"))],
    reason: "DeviceInUse",
    cure: /"gw0" is its owner's own \(external_ids:antrea-type\): name another/,
    cause: ({ ovs }) =>
      ovs.vsctl(
        ...["add-port", "br0", "gw0", "--", "set", "interface", "gw0", "type=internal"],
        ...["--", "set", "port", "gw0", "external_ids:antrea-type=gateway"],
      ),
    heal: ({ ovs }) => ovs.vsctl("del-port", "gw0"),
  },
  {
    name: "somebody's tunnel",
    controls: [mirror("z", vxlan(7))],
    reason: "TunnelInUse",
    cure: /Tunnel "theirs" of somebody else has the same.*: use another key/,
    cause: ({ ovs }) =>
      ovs.vsctl(
        "add-port",
        "br0",
        "theirs",
        "--",
        "set",
        "interface",
        "theirs",
        "type=vxlan",
        "options:remote_ip=192.0.2.1",
        "options:key=7",
      ),
    heal: ({ ovs }) => ovs.vsctl("del-port", "theirs"),
  },
  {
    name: "one tunnel with other options",
    controls: [
      mirror("a", { erspan: { remoteIP: "192.0.2.2", version: 1, sessionID: 3, index: 1 } }, "db"),
      mirror("z", { erspan: { remoteIP: "192.0.2.2", version: 1, sessionID: 3, index: 2 } }),
    ],
    reason: "TunnelInUse",
    cure: /"a", which is older: use another key or the same options/,
    heal: ({ agent }) => agent.delete("a.yaml"),
  },
  {
    name: "a device that does not exist",
    controls: [mirror("z", { device: { name: "late0" } })],
    reason: "DeviceMissing",
    cure: /"late0" does not exist on the node: create it/,
    heal: (lab) => device(lab, "late0"),
  },
  {
    name: "a device whose link is down",
    controls: [mirror("z", { device: { name: "down0" } })],
    reason: "LinkDown",
    warning: true,
    cure: /run "ip link set down0 up"/,
    cause: async (lab) => {
      await device(lab, "down0");
      await ipIn(lab.ovs.netns, "link", "set", "down0", "down");
    },
    heal: runsWhatIsSaid,
  },
  {
    name: "an attached device that is too small",
    controls: [mirror("z", { device: { name: "small0" } })],
    reason: "MTUTooSmall",
    warning: true,
    cure: /takes 1400 bytes.*up to 1500: run "ip link set small0 mtu 1500"/,
    cause: async (lab) => {
      await device(lab, "small0", "mtu", "1400");
      await lab.ovs.vsctl("add-port", "br0", "small0");
    },
    heal: runsWhatIsSaid,
  },
  {
    name: "a tunnel whose underlay is too small",
    controls: [mirror("z", { vxlan: { remoteIP: "198.51.100.2" } })],
    reason: "MTUTooSmall",
    warning: true,
    cure: /needs 1550 bytes for packets of 1500, and "under0" takes 1500.*: .*raise its MTU/,
    cause: async (lab) => {
      await device(lab, "under0", "mtu", "1500");
      await ipIn(lab.ovs.netns, "addr", "add", "198.51.100.1/24", "dev", "under0");
    },
    heal: ({ ovs }) => ipIn(ovs.netns, "link", "set", "under0", "mtu", "1550"),
  },
  {
    name: "two Pods with one MAC",
    controls: [redirect("z", "tap0", "tap1")],
    reason: "AmbiguousMAC",
    cure:
      /have MAC 02:aa:00:00:00:01, so nothing to them is redirected or dropped: give them distinct MACs/,
    cause: ({ agent, pods: [, p2] }) =>
      agent.write(
        "p2.yaml",
        podObject(p2!, { app: "db" }, { annotations: { "sluice.dev/mac": "02:aa:00:00:00:01" } }),
      ),
    heal: ({ agent, pods: [, p2] }) => agent.write("p2.yaml", podObject(p2!, { app: "db" })),
  },
  {
    name: "an older redirect",
    controls: [redirect("a", "tap0", "tap1"), redirect("z", "tap2", "tap3")],
    reason: "Superseded",
    cure: /The older TrafficControl "a" redirects Pod "default\/p1"/,
    heal: ({ agent }) => agent.delete("a.yaml"),
  },
  {
    name: "a bridge whose flows use ALL",
    controls: [redirect("z", "tap0", "tap1")],
    reason: "UnsupportedBridge",
    cure: /sends to ALL ports .*table=11.* let it send to FLOOD or NORMAL/,
    cause: ({ ovs }) => ovs.ofctl("add-flow", "br0", "table=11,priority=3,actions=ALL"),
    heal: ({ ovs }) => ovs.ofctl("mod-flows", "br0", "table=11,actions=NORMAL"),
    restore: ({ ovs }) => ovs.ofctl("del-flows", "br0", "table=11"),
  },
  {
    name: "a bridge whose flows use ALL from then on",
    controls: [redirect("z", "tap0", "tap1")],
    reason: "UnsupportedBridge",
    cure: /sends to ALL ports .*table=11.* let it send to FLOOD or NORMAL/,
    late: true,
    cause: ({ ovs }) => ovs.ofctl("add-flow", "br0", "table=11,priority=3,actions=ALL"),
    heal: ({ ovs }) => ovs.ofctl("del-flows", "br0", "table=11"),
  },
  {
    name: "a bridge with ALL in a group's bucket",
    controls: [redirect("z", "tap0", "tap1")],
    reason: "UnsupportedBridge",
    cure: /sends to ALL ports \(group 5\).* let it send to FLOOD or NORMAL/,
    late: true,
    cause: ({ ovs }) => ovs.ofctl("add-group", "br0", "group_id=5,type=all,bucket=actions=ALL"),
    heal: ({ ovs }) => ovs.ofctl("del-groups", "br0", "group_id=5"),
  },
  {
    name: "a foreign flow with the match and priority of a port's own row",
    controls: [mirror("z", internal("ids9"))],
    reason: "TableRangeTaken",
    cure: /in the place of port "ids9" \(.*in_port.*\): remove it, or name another port/,
    late: true,
    cause: async ({ ovs }) => {
      const match = `in_port=${await ofport(ovs, "ids9")}`;
      await ovs.ofctl("add-flow", "br0", `cookie=0x9,priority=65533,${match},actions=drop`);
    },
    heal: ({ agent }) => agent.write("z.yaml", mirror("z", internal("ids8"))),
    restore: ({ ovs }) => ovs.ofctl("del-flows", "br0", "cookie=0x9/-1"),
  },
];

/** As ovn-controller writes it for a Pod's port; `load` is its word for `set_field`. */
const OVN_FLOW = "table=0,priority=100,in_port=999,actions=load:0x2->NXM_NX_REG13[]," +
  "load:0x1->OXM_OF_METADATA[],load:0x3->NXM_NX_REG14[],resubmit(,8)";

const OF_BRIDGES: readonly Refusal[] = [
  {
    name: "OVN's bridge, by its name",
    reason: "UnsupportedBridge",
    cure: /ovn-controller's.*name another bridge with --bridge/,
    cause: ({ ovs }) => ovs.vsctl("set", "open", ".", "external_ids:ovn-bridge=br0"),
    heal: ({ ovs }) => ovs.vsctl("remove", "open", ".", "external_ids", "ovn-bridge"),
  },
  {
    name: "OVN's bridge, by its mappings",
    reason: "UnsupportedBridge",
    cure: /ovn-controller's.*name another bridge with --bridge/,
    cause: ({ ovs }) => ovs.vsctl("set", "open", ".", "external_ids:ovn-bridge-mappings=net:br0"),
    heal: ({ ovs }) => ovs.vsctl("remove", "open", ".", "external_ids", "ovn-bridge-mappings"),
  },
  {
    name: "OVN's bridge, by its flows",
    reason: "UnsupportedBridge",
    cure: /has flows of ovn-controller.*name another bridge with --bridge/,
    cause: ({ ovs }) => ovs.ofctl("add-flow", "br0", OVN_FLOW),
    heal: ({ ovs }) => ovs.ofctl("del-flows", "br0", "in_port=999"),
  },
  {
    name: "OVN's bridge, of an agent that is told to work on another then",
    reason: "UnsupportedBridge",
    cure: /"br1" is ovn-controller's.*name another bridge with --bridge/,
    cause: async (lab) => {
      await lab.ovs.addBridge("br1");
      await lab.ovs.vsctl("set", "open", ".", "external_ids:ovn-bridge=br1");
      await restart(lab, "--bridge", "br1");
    },
    heal: (lab) => restart(lab, "--bridge", "br0"),
    restore: ({ ovs }) =>
      ovs.vsctl("del-br", "br1", "--", "remove", "open", ".", "external_ids", "ovn-bridge"),
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

/** As the bridge's owner has it. */
const forwardNormally = ({ ovs }: Lab) => ovs.ofctl("add-flow", "br0", "priority=0,actions=NORMAL");

async function start() {
  const lab = await Lab.start(4);
  const [p1, p2, p3, p4] = lab.pods as [TestPod, TestPod, TestPod, TestPod];
  await lab.agent.write("pods.yaml", podObject(p1, { app: "web" }), podObject(p3, { app: "seen" }));
  await lab.agent.write("p2.yaml", podObject(p2, { app: "db" }));
  await lab.agent.write("witness.yaml", mirror("witness", internal("ids0"), "seen"));
  await lab.agent.realized("witness");
  const goesOn = () =>
    expectFlow({ from: p3, to: p4 }, [[lab.at(p4), 1], [lab.atDevice("ids0"), 1]]);
  return { lab, goesOn };
}

Deno.test("a TrafficControl that is refused: said in status and plan with its cure, the rest goes on, it heals by itself", async (t) => {
  const { lab, goesOn } = await start();
  await using _ = lab;
  const { agent } = lab;
  for (const { name, controls, ...refusal } of OF_PORTS) {
    await t.step(`${refusal.reason}: ${name}`, async () => {
      const names = controls!.map((object) =>
        (object as { metadata: { name: string } }).metadata.name
      );
      try {
        if (!refusal.late) await refusal.cause?.(lab);
        for (const [index, control] of controls!.entries()) {
          await agent.write(`${names[index]}.yaml`, control);
        }
        if (refusal.late) {
          await agent.realized("witness", ...names);
          await refusal.cause!(lab);
        }
        const { cure = "" } = await refusalOfControl(lab, refusal);
        await goesOn();
        await refusal.heal(lab, cure);
        await agent.settled(
          "healed",
          ({ trafficControls }) =>
            trafficControls.some(({ name, realized, conditions }) =>
              name === "z" && realized && conditions.length === 0
            ),
        );
        await goesOn();
      } finally {
        for (const name of names) await agent.delete(`${name}.yaml`).catch(() => {});
        await refusal.restore?.(lab);
        await agent.realized("witness");
      }
    });
  }
});

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
