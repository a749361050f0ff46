/** TrafficControls that are refused: said in status and plan, healed by the cure, and nothing else is disturbed. */
import { internal, podObject } from "../lab/agent.ts";
import { ofport } from "../lab/lab.ts";
import { ipIn } from "../lab/run.ts";
import {
  device,
  mirror,
  redirect,
  type Refusal,
  refusalOfControl,
  runsWhatIsSaid,
  start,
  vxlan,
} from "./refusal.ts";

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
    name: "an internal port with the name of a device",
    controls: [mirror("z", internal("veth0"))],
    reason: "DeviceInUse",
    cure: /"veth0" is on the node, and is no internal port: name another, or make it a target/,
    cause: (lab) => device(lab, "veth0"),
    heal: (lab) => lab.agent.write("z.yaml", mirror("z", { device: { name: "veth0" } })),
  },
  {
    name: "a member of a bond",
    controls: [mirror("z", { device: { name: "member0" } })],
    reason: "DeviceInUse",
    cure: /"member0" is a member of a bond: name another/,
    cause: async (lab) => {
      for (const name of ["member0", "member1"]) await device(lab, name);
      await lab.ovs.vsctl("add-bond", "br0", "bond0", "member0", "member1");
    },
    heal: ({ ovs }) => ovs.vsctl("del-port", "bond0"),
  },
  {
    name: "a port that Sluice has left on another bridge",
    controls: [mirror("z", internal("left0"))],
    reason: "DeviceInUse",
    cure: /on bridge "br9", where Sluice has made its port: run "sluice cleanup --bridge br9" if/,
    cause: async ({ ovs }) => {
      await ovs.vsctl("add-br", "br9", "--", "set", "bridge", "br9", "datapath_type=netdev");
      await ovs.vsctl(
        ...["add-port", "br9", "left0", "--", "set", "interface", "left0", "type=internal"],
        ...["--", "set", "port", "left0", "external_ids:sluice=1"],
      );
    },
    heal: ({ ovs }) => ovs.vsctl("del-br", "br9"),
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
    name: "an attached device that another program has stopped",
    controls: [mirror("z", { device: { name: "stopped0" } })],
    reason: "LinkDown",
    warning: true,
    cure: /"stopped0" is set to no-forward or no-receive: run "ovs-ofctl mod-port"/,
    cause: async (lab) => {
      await device(lab, "stopped0");
      await lab.ovs.vsctl("add-port", "br0", "stopped0");
      await lab.ovs.ofctl("mod-port", "br0", "stopped0", "no-forward");
    },
    heal: ({ ovs }) => ovs.ofctl("mod-port", "br0", "stopped0", "forward"),
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
      /have MAC 02:aa:00:00:00:01, so nothing to or from them is redirected, and nothing to them is dropped: give them distinct MACs/,
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
