/** Broadcast in several VLANs: whether a Pod alone wants a copy of it depends on the VLAN. */
import { internal, podObject, trafficControl } from "../lab/agent.ts";
import { Lab } from "../lab/lab.ts";
import { expectFlow } from "../lab/traffic.ts";

const [SHARED, OF_P2, OF_P3, NOBODYS] = [53, 54, 55, 56] as const;
const EVERYONE = { mac: "ff:ff:ff:ff:ff:ff", ips: ["255.255.255.255"] };

const mirror = (name: string, label: string, port: number, direction = "Ingress") =>
  trafficControl(name, {
    appliedTo: { podSelector: { matchLabels: { [label]: "selected" } } },
    direction,
    action: "Mirror",
    targetPort: internal("ids0"),
    rules: [{ action: "Include", protocol: "UDP", podPorts: [{ port }] }],
  });

const MIRRORS = [
  mirror("shared", "shared", SHARED), // of the trunk and of p3
  mirror("own2", "p2", OF_P2),
  mirror("own3", "p3", OF_P3),
];
/** Takes nothing, but makes the sender's copies ones that must be compared with those of the receivers. */
const COMPARED = mirror("compared", "all", 1, "Egress");

/** By the sender, its tag, and the port to which it sends: whether there is a copy. */
const COPIES: readonly (readonly [from: string, vlan: number, port: number, copies: 0 | 1])[] = [
  ["p1", 10, SHARED, 0], // p3 is in another VLAN
  ["p1", 20, SHARED, 1],
  ["p1", 30, SHARED, 0],
  ["p1", 0, SHARED, 0],
  ["p1", 10, OF_P2, 1],
  ["p1", 20, OF_P2, 0],
  ["p1", 20, OF_P3, 1],
  ["p2", 0, SHARED, 1], // p1 receives it
  ["p2", 0, OF_P2, 0],
  ["p2", 0, NOBODYS, 0],
  ["p3", 0, SHARED, 1],
  ["p3", 0, OF_P3, 0],
  ["p4", 0, OF_P2, 1],
  ["p4", 0, OF_P3, 0],
  ["p4", 0, SHARED, 1],
  ["p5", 30, SHARED, 1],
  ["p5", 20, SHARED, 1],
  ["p5", 20, OF_P3, 1],
  ["p5", 0, SHARED, 1],
];

Deno.test.each([["sent", []], ["compared with the sender's", [COMPARED]]] as const)(
  "VLANs: copies that a Pod wants alone in one VLAN, and with others in another one, are %s",
  async (_, more) => {
    await using lab = await Lab.start(0);
    const vlans = { p2: 10, p3: 20, p4: 10 };
    const pods = [
      await lab.addPod("p1"), // a trunk
      ...await Promise.all(Object.entries(vlans).map(([name, vlan]) => lab.addPod(name, { vlan }))),
      await lab.addPod("p5"), // another trunk, which no mirror but the one that compares selects
    ];
    const labels = (name: string) => ({
      [name]: "selected",
      all: "selected",
      ...(["p1", "p3"].includes(name) && { shared: "selected" }),
    });
    await lab.agent.write("pods.yaml", ...pods.map((pod) => podObject(pod, labels(pod.name))));
    await lab.agent.write("tc.yaml", ...MIRRORS, ...more);
    await lab.agent.realized("shared", "own2", "own3", ...more.map(() => "compared"));
    await lab.ovs.emptyCache();
    const ids = lab.atDevice("ids0");
    for (const [name, vlan, port, copies] of COPIES) {
      const from = pods.find((pod) => pod.name === name)!;
      const transport = { protocol: "udp", from: 9, to: port } as const;
      const frame = { transport, ...(vlan > 0 && { vlan }) };
      await expectFlow({ from, to: EVERYONE, count: 3, frame }, [[ids, copies]]);
    }
  },
);
