import assert from "node:assert/strict";
import { app, podObject, trafficControl } from "./lab/agent.ts";
import { Lab, macTable, ofport } from "./lab/lab.ts";
import { expectFlow } from "./lab/traffic.ts";
import { ipIn } from "./lab/run.ts";
import { collector, kernelVxlan } from "./lab/tunnel.ts";
import { tshark } from "./lab/tshark.ts";

type Spec = Readonly<Record<string, unknown>>;
const mirror = (name: string, targetPort: Spec, more: Spec = {}) =>
  trafficControl(name, {
    appliedTo: app("web"),
    direction: "Both",
    action: "Mirror",
    targetPort,
    ...more,
  });

Deno.test("a local mirror gets one copy of each packet, by direction; the Pods' own traffic is untouched", async (t) => {
  await using lab = await Lab.start(3);
  const [p1, p2, p3] = lab.pods as [typeof lab.pods[0], typeof lab.pods[0], typeof lab.pods[0]];
  await lab.agent.write(
    "pods.yaml",
    podObject(p1!, { app: "web" }),
    podObject(p2!, {}),
    podObject(p3!, {}),
  );
  const [at1, at2, at3] = [lab.at(p1!), lab.at(p2!), lab.at(p3!)];
  for (
    const [direction, out, into] of [["Ingress", 0, 1], ["Egress", 1, 0], ["Both", 1, 1]] as const
  ) {
    await t.step(direction, async () => {
      await lab.agent.write(
        "tc.yaml",
        mirror("m", { ovsInternal: { name: "tap0" } }, { direction }),
      );
      await lab.agent.settled(
        direction,
        ({ trafficControls: [tc] }) => tc?.direction === direction && tc.realized,
      );
      const tap = lab.atDevice("tap0");
      for (const version of [4, 6] as const) {
        await expectFlow({ from: p1!, to: p2!, version }, [[at2, 1], [tap, out], [at1, 0], [
          at3,
          0,
        ]]);
        await expectFlow({ from: p2!, to: p1!, version }, [[at1, 1], [tap, into], [at2, 0], [
          at3,
          0,
        ]]);
      }
      await expectFlow({ from: p2!, to: p3! }, [[at3, 1], [tap, 0], [at1, 0]]);
    });
  }
  await t.step("pings are answered, every MAC stays on its own port", async () => {
    assert.deepEqual(await p1!.ping(p2!.ip(4)), { sent: 5, received: 5 });
    assert.deepEqual(await p1!.ping(p2!.ip(6)), { sent: 5, received: 5 });
    const table = await macTable(lab.ovs);
    for (const pod of [p1!, p2!]) assert.equal(table.get(pod.mac), await ofport(lab.ovs, pod.name));
  });
});

Deno.test("two selected Pods with one mirror: one copy of each packet, not two", async () => {
  await using lab = await Lab.start(2);
  const [p1, p2] = lab.pods;
  await lab.agent.write(
    "pods.yaml",
    podObject(p1!, { app: "web" }),
    podObject(p2!, { app: "web" }),
  );
  await lab.agent.write(
    "tc.yaml",
    mirror("a", { ovsInternal: { name: "tap0" } }),
    mirror("b", { ovsInternal: { name: "tap1" } }, { direction: "Ingress" }),
    mirror("c", { ovsInternal: { name: "tap0" } }, { direction: "Egress" }),
  );
  await lab.agent.realized("a", "b", "c");
  const [at1, at2, tap0, tap1] = [
    lab.at(p1!),
    lab.at(p2!),
    lab.atDevice("tap0"),
    lab.atDevice("tap1"),
  ];
  await expectFlow({ from: p1!, to: p2! }, [[at2, 1], [tap0, 1], [tap1, 1], [at1, 0]]);
  await expectFlow({ from: p2!, to: p1!, version: 6 }, [[at1, 1], [tap0, 1], [tap1, 1], [at2, 0]]);
});

Deno.test("nothing is flooded into a target port, and nothing that enters through it gets into the network", async () => {
  await using lab = await Lab.start(2);
  const [p1, p2] = lab.pods;
  await lab.agent.write("pods.yaml", podObject(p1!, { app: "web" }), podObject(p2!, {}));
  await lab.agent.write("tc.yaml", mirror("m", { ovsInternal: { name: "tap0" } }));
  await lab.agent.realized("m");
  const [at1, at2, tap] = [lab.at(p1!), lab.at(p2!), lab.atDevice("tap0")];
  const stranger = { mac: "02:ff:00:00:00:99", ips: ["10.9.0.99/24"] };
  await expectFlow({ from: p2!, to: stranger }, [[at1, 1], [tap, 0]]); // an unknown unicast, flooded
  const broadcast = { mac: "ff:ff:ff:ff:ff:ff", ips: ["10.9.0.255/24"] };
  await expectFlow({ from: p2!, to: broadcast }, [[at1, 1], [tap, 1]]); // one copy, as p1 gets it
  await expectFlow({ from: p1!, to: broadcast }, [[at2, 1], [tap, 1]]);
  const sensor = { netns: lab.ovs.netns, device: "tap0", mac: p1!.mac, ips: p1!.ips };
  await expectFlow({ from: sensor, to: p2! }, [[at2, 0], [at1, 0]]);
  await expectFlow({ from: sensor, to: broadcast }, [[at2, 0], [at1, 0]]);
});

Deno.test("a device that is on the node is used, and left on the node afterwards", async () => {
  await using lab = await Lab.start(2);
  const [p1, p2] = lab.pods;
  await ipIn(
    lab.ovs.netns,
    "link",
    "add",
    "name",
    "eno2",
    "type",
    "veth",
    "peer",
    "name",
    "eno2-x",
  );
  for (const name of ["eno2", "eno2-x"]) {
    await ipIn(lab.ovs.netns, "link", "set", "dev", name, "up");
  }
  await lab.agent.write("pods.yaml", podObject(p1!, { app: "web" }), podObject(p2!, {}));
  for (
    const [direction, out, into] of [["Ingress", 0, 1], ["Egress", 1, 0], ["Both", 1, 1]] as const
  ) {
    await lab.agent.write("tc.yaml", mirror("m", { device: { name: "eno2" } }, { direction }));
    await lab.agent.settled(
      direction,
      ({ trafficControls: [tc] }) => tc?.direction === direction && tc.realized,
    );
    const [at1, at2, far] = [lab.at(p1!), lab.at(p2!), lab.atDevice("eno2-x")];
    await expectFlow({ from: p1!, to: p2! }, [[at2, 1], [far, out]]);
    await expectFlow({ from: p2!, to: p1!, version: 6 }, [[at1, 1], [far, into]]);
  }
  await lab.agent.delete("tc.yaml");
  await lab.agent.realized();
  assert.doesNotMatch(await lab.ovs.vsctl("list-ports", "br0"), /eno2/);
  await ipIn(lab.ovs.netns, "link", "show", "eno2");
});

const V4 = "10.0.10.2";
const V6 = "fd10::2";
const OTHER_PORTS = ["udp.port==8472,vxlan", "udp.port==6082,geneve"];

/** Target, what tshark must see in every outer header, and the encapsulation's own fields. */
const TUNNELS: readonly [string, Spec, Record<string, string>][] = [
  ["vxlan", { vxlan: { remoteIP: V4 } }, { "ip.dst": V4, "udp.dstport": "4789", "vxlan.vni": "0" }],
  [
    "vxlan with everything",
    { vxlan: { remoteIP: V4, vni: 4096, destinationPort: 8472 } },
    { "ip.dst": V4, "udp.dstport": "8472", "vxlan.vni": "4096" },
  ],
  ["vxlan over IPv6", { vxlan: { remoteIP: V6, vni: 77 } }, { "ipv6.dst": V6, "vxlan.vni": "77" }],
  ["geneve", { geneve: { remoteIP: V4 } }, {
    "ip.dst": V4,
    "udp.dstport": "6081",
    "geneve.vni": "0x000000",
  }],
  [
    "geneve with everything",
    { geneve: { remoteIP: V4, vni: 0xfffffe, destinationPort: 6082 } },
    { "udp.dstport": "6082", "geneve.vni": "0xfffffe" },
  ],
  ["geneve over IPv6", { geneve: { remoteIP: V6, vni: 5 } }, {
    "ipv6.dst": V6,
    "geneve.vni": "0x000005",
  }],
  ["gre without a key", { gre: { remoteIP: V4 } }, {
    "ip.dst": V4,
    "gre.proto": "0x6558",
    "gre.key": "",
  }],
  ["gre with the largest key", { gre: { remoteIP: V4, key: 4294967295 } }, {
    "gre.key": "0xffffffff",
  }],
  ["gre over IPv6", { gre: { remoteIP: V6, key: 9 } }, { "ipv6.dst": V6, "gre.key": "0x00000009" }],
  [
    "erspan version 1",
    { erspan: { remoteIP: V4, version: 1, sessionID: 1023, index: 10 } },
    { "ip.dst": V4, "erspan.version": "1", "erspan.spanid": "1023", "erspan.index": "10" },
  ],
  [
    "erspan version 2",
    { erspan: { remoteIP: V4, version: 2, sessionID: 7, dir: 1, hardwareID: 63 } },
    { "erspan.version": "2", "erspan.spanid": "7", "erspan.direction": "1", "erspan.hw": "63" },
  ],
  [
    "erspan over IPv6",
    { erspan: { remoteIP: V6, version: 2, sessionID: 8, dir: 0, hardwareID: 10 } },
    { "ipv6.dst": V6, "erspan.spanid": "8", "erspan.direction": "0", "erspan.hw": "10" },
  ],
];

Deno.test("every tunnel carries exactly what was asked for, in every direction", async (t) => {
  await using lab = await Lab.start(2);
  const [p1, p2] = lab.pods;
  const far = await collector(lab.ovs, [V4, V6]);
  await lab.agent.write("pods.yaml", podObject(p1!, { app: "web" }), podObject(p2!, {}));
  const [at1, at2, at] = [lab.at(p1!), lab.at(p2!), lab.atPlace("collector", far)];
  for (const [name, target, fields] of TUNNELS) {
    for (
      const [direction, out, into] of [["Ingress", 0, 1], ["Egress", 1, 0], ["Both", 1, 1]] as const
    ) {
      await t.step(`${name}, ${direction}`, async () => {
        const tc = mirror("m", target, { direction });
        await lab.agent.write("tc.yaml", tc);
        await lab.agent.settled(
          name,
          ({ trafficControls: [tc], ports }) =>
            tc?.direction === direction && tc.realized &&
            ports[0]?.name.startsWith(Object.keys(target)[0]!) === true &&
            ports[0].name === tc.target,
        );
        at.reset();
        await expectFlow({ from: p1!, to: p2!, count: 10 }, [[at2, 1], [at, out], [at1, 0]]);
        await expectFlow({ from: p2!, to: p1!, count: 10, version: 6 }, [[at1, 1], [at, into], [
          at2,
          0,
        ]]);
        const rows = await tshark(at.frames, Object.keys(fields), {
          decode: OTHER_PORTS,
        });
        assert.equal(rows.length, 10 * (out + into));
        const values = Object.values(fields).map((value) => value.toLowerCase());
        for (const row of rows) assert.deepEqual(row.map((value) => value.toLowerCase()), values);
      });
    }
  }
});

Deno.test("a VXLAN device of the kernel receives the copies", async () => {
  await using lab = await Lab.start(2);
  const [p1, p2] = lab.pods;
  const far = await collector(lab.ovs, [V4]);
  const device = await kernelVxlan(far, { vni: 77, port: 4789, local: V4 });
  await lab.agent.write("pods.yaml", podObject(p1!, { app: "web" }), podObject(p2!, {}));
  await lab.agent.write("tc.yaml", mirror("m", { vxlan: { remoteIP: V4, vni: 77 } }));
  await lab.agent.realized("m");
  const [at2, inside] = [lab.at(p2!), lab.atPlace(device, { netns: far.netns, device })];
  await expectFlow({ from: p1!, to: p2! }, [[at2, 1], [inside, 1]]);
});
