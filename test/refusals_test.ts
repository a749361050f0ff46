import assert from "node:assert/strict";
import { app, internal, podObject, sluice, trafficControl } from "./agent.ts";
import { flowAges, Lab } from "./lab.ts";
import { eventually } from "./ovs.ts";
import { introduce, type TestPod } from "./pod.ts";
import { ipIn } from "./run.ts";
import { expectFlow } from "./traffic.ts";

type Spec = Readonly<Record<string, unknown>>;
const mirror = (name: string, targetPort: Spec, selected = "web") =>
  trafficControl(name, {
    appliedTo: app(selected),
    direction: "Both",
    action: "Mirror",
    targetPort,
  });
const redirect = (name: string, target: string, returned: string, selected = "web") =>
  trafficControl(name, {
    appliedTo: app(selected),
    direction: "Both",
    action: "Redirect",
    targetPort: internal(target),
    returnPort: internal(returned),
  });
const vxlan = (key: number) => ({ vxlan: { remoteIP: "192.0.2.1", vni: key } });

/** One row of design section 3: what is asked for, what is in its way, what is said, and how it ends. */
interface Refusal {
  readonly name: string;
  /** Beside the witness, a mirror that must go on. The one that is refused is `z`. */
  readonly controls?: readonly object[];
  readonly reason: string;
  /** In the message: the cure. */
  readonly cure: RegExp;
  cause?(lab: Lab): Promise<unknown>;
  heal(lab: Lab): Promise<unknown>;
  /** It is a warning: done all the same. */
  readonly warning?: true;
  /** It is about the whole bridge. */
  readonly bridge?: true;
}

async function device(lab: Lab, name: string, ...more: string[]): Promise<void> {
  await ipIn(
    lab.ovs.netns,
    "link",
    "add",
    "name",
    name,
    ...more,
    "type",
    "veth",
    "peer",
    "name",
    `${name}-x`,
  );
  for (const end of [name, `${name}-x`]) await ipIn(lab.ovs.netns, "link", "set", "dev", end, "up");
}

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
    heal: ({ ovs }) => ipIn(ovs.netns, "link", "set", "down0", "up"),
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
    heal: ({ ovs }) => ipIn(ovs.netns, "link", "set", "small0", "mtu", "1500"),
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
    heal: ({ ovs }) => ovs.ofctl("del-flows", "br0", "table=11"),
  },
];

/** As ovn-controller writes it for a Pod's port; `load` is its word for `set_field`. */
const OVN_FLOW = "table=0,priority=100,in_port=999,actions=load:0x2->NXM_NX_REG13[]," +
  "load:0x1->OXM_OF_METADATA[],load:0x3->NXM_NX_REG14[],resubmit(,8)";

const OF_BRIDGES: readonly Refusal[] = [
  {
    name: "OVN's bridge, by its name",
    reason: "UnsupportedBridge",
    cure: /ovn-controller's/,
    cause: ({ ovs }) => ovs.vsctl("set", "open", ".", "external_ids:ovn-bridge=br0"),
    heal: ({ ovs }) => ovs.vsctl("remove", "open", ".", "external_ids", "ovn-bridge"),
  },
  {
    name: "OVN's bridge, by its mappings",
    reason: "UnsupportedBridge",
    cure: /ovn-controller's/,
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
    name: "foreign flows in our tables",
    reason: "TableRangeTaken",
    cure: /priority=1.*choose other tables with --table-base, or remove it/,
    cause: ({ ovs }) => ovs.ofctl("add-flow", "br0", "table=203,priority=1,actions=drop"),
    heal: ({ ovs }) => ovs.ofctl("--strict", "del-flows", "br0", "table=203,priority=1"),
  },
  {
    name: "a foreign flow with our match and priority in table 0",
    reason: "TableRangeTaken",
    cure: /priority=65000,ip.*choose other tables with --table-base, or remove it/,
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
        "set-fail-mode",
        "br0",
        "standalone",
        "--",
        "set-controller",
        "br0",
        "tcp:127.0.0.1:1",
      ),
    heal: async ({ ovs }) => {
      await ovs.vsctl("set-fail-mode", "br0", "secure", "--", "del-controller", "br0");
      await ovs.ofctl("add-flow", "br0", "priority=0,actions=NORMAL"); // Open vSwitch has emptied the tables
    },
  },
  {
    name: "a bridge without OpenFlow 1.5",
    reason: "ProtocolMissing",
    cure: /run "ovs-vsctl add bridge br0 protocols OpenFlow15".*--allow-protocol-change/,
    cause: ({ ovs }) => ovs.vsctl("set", "bridge", "br0", "protocols=[OpenFlow10,OpenFlow13]"),
    heal: ({ ovs }) => ovs.vsctl("add", "bridge", "br0", "protocols", "OpenFlow15"),
  },
];

/** `sluice plan` with the agent's manifests. */
async function planned(lab: Lab): Promise<string> {
  const { agent, ovs } = lab;
  return (await sluice(
    ovs,
    "plan",
    "-f",
    agent.manifests,
    "--node",
    "node1",
    "--bridge",
    "br0",
    "--ovsdb",
    ovs.db,
  )).stdout;
}

async function start() {
  const lab = await Lab.start(4);
  const [p1, p2, p3, p4] = lab.pods as [TestPod, TestPod, TestPod, TestPod];
  await lab.agent.write("pods.yaml", podObject(p1, { app: "web" }), podObject(p3, { app: "seen" }));
  await lab.agent.write("p2.yaml", podObject(p2, { app: "db" }));
  await lab.agent.write("witness.yaml", mirror("witness", internal("ids0"), "seen"));
  await lab.agent.realized("witness");
  const goesOn = () =>
    expectFlow({ from: p3, to: p4 }, [[lab.at(p4), 1], [lab.atDevice("ids0"), 1]]);
  return { lab, p3, p4, goesOn };
}

Deno.test("a TrafficControl that is refused: said in status and plan with its cure, the rest goes on, it heals by itself", async (t) => {
  const { lab, goesOn } = await start();
  await using _ = lab;
  const { agent } = lab;
  for (const refusal of OF_PORTS) {
    await t.step(`${refusal.reason}: ${refusal.name}`, async () => {
      const names = refusal.controls!.map((object) =>
        (object as { metadata: { name: string } }).metadata.name
      );
      try {
        await refusal.cause?.(lab);
        for (const [index, control] of refusal.controls!.entries()) {
          await agent.write(`${names[index]}.yaml`, control);
        }
        await isSaid(lab, refusal);
        await goesOn();
        await refusal.heal(lab);
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
        await agent.realized("witness");
      }
    });
  }
});

/** Of `z`, in state, status and plan; all others are realized. */
async function isSaid(lab: Lab, { reason, cure, warning }: Refusal): Promise<void> {
  const { trafficControls } = await lab.agent.settled(
    "a condition",
    ({ trafficControls }) =>
      trafficControls.some(({ name, conditions }) =>
        name === "z" && conditions.some((condition) => condition.reason === reason)
      ),
  );
  const z = trafficControls.find(({ name }) => name === "z")!;
  assert.equal(z.realized, warning === true);
  assert.deepEqual(trafficControls.filter(({ name, realized }) => name !== "z" && !realized), []);
  const { message } = z.conditions.find((condition) => condition.reason === reason)!;
  assert.match(message, cure);
  const said = `${reason}: ${message}`;
  const status = await sluice(lab.ovs, "status");
  assert.ok(status.stdout.includes(said), status.stdout);
  const plan = await planned(lab);
  assert.ok(plan.includes(`! z: ${said}`), plan);
}

Deno.test("a bridge that is refused: said in status and plan with its cure, nothing is written, it heals by itself", async (t) => {
  const { lab, p3, p4, goesOn } = await start();
  await using _ = lab;
  const { agent, ovs } = lab;
  const flows = (await flowAges(ovs)).size;
  for (const refusal of OF_BRIDGES) {
    await t.step(`${refusal.reason}: ${refusal.name}`, async () => {
      await refusal.cause!(lab);
      const isThere = (conditions: readonly { reason: string }[]) =>
        conditions.some(({ reason }) => reason === refusal.reason);
      const { conditions } = await eventually("a condition", async () => {
        const state = await agent.state();
        return isThere(state.conditions) && state;
      });
      // One that would be made, were it not for the refusal.
      await agent.write("new.yaml", mirror("new", internal("ids1")));
      await eventually("it", async () => (await agent.state()).trafficControls.length === 2);
      const { message } = conditions.find(({ reason }) => reason === refusal.reason)!;
      assert.match(message, refusal.cure);
      const said = `${refusal.reason}: ${message}`;
      assert.equal((await agent.get("/readyz")).status, 503);
      const status = await sluice(ovs, "status");
      assert.ok(status.stdout.includes(said), status.stdout);
      assert.match(await planned(lab), new RegExp(`^! br0: ${refusal.reason}: `, "m"));
      assert.doesNotMatch(await ovs.vsctl("list-ports", "br0"), /ids1/);
      await agent.delete("new.yaml");
      await refusal.heal(lab);
      await agent.realized("witness");
      await eventually("our flows", async () => (await flowAges(ovs)).size === flows);
      await goesOn();
    });
  }
  await t.step("BridgeMissing: the bridge is deleted", async () => {
    await ovs.vsctl("del-br", "br0");
    const { conditions } = await eventually("a condition", async () => {
      const state = await agent.state();
      return state.conditions.some(({ reason }) => reason === "BridgeMissing") && state;
    });
    assert.match(
      conditions[0]!.message,
      /"br0" does not exist: create it, or name another with --bridge/,
    );
    assert.match(await planned(lab), /^! br0: BridgeMissing: /m);
    await ovs.addBridge("br0");
    for (const { name } of lab.pods) await ovs.vsctl("add-port", "br0", name);
    await agent.realized("witness");
    await introduce(p3, p4);
    await p3.ping(p4.ip(), 1);
    await goesOn();
  });
});

Deno.test("a bridge without OpenFlow 1.0, by which alone flooding is stopped: no redirect where one would loop", async (t) => {
  const { lab, goesOn } = await start();
  await using _ = lab;
  const { agent, ovs } = lab;
  await ovs.vsctl("set", "bridge", "br0", "protocols=[OpenFlow13,OpenFlow15]");
  const isSaidOfZ = async (cure: RegExp) => {
    const { trafficControls } = await agent.settled(
      "a condition",
      ({ trafficControls }) =>
        trafficControls.some(({ name, conditions }) =>
          name === "z" && conditions[0]?.reason === "ProtocolMissing"
        ),
    );
    const { realized, conditions } = trafficControls.find(({ name }) => name === "z")!;
    assert.equal(realized, false);
    assert.match(conditions[0]!.message, cure);
    assert.match(await planned(lab), /^! z: ProtocolMissing: /m);
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
