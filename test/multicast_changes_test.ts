/** Broadcast to redirected Pods while ports and the owner's flows change, and to Pods of an action that drops. */
import { join } from "node:path";
import { app, internal, podObject, trafficControl } from "./lab/agent.ts";
import { Lab } from "./lab/lab.ts";
import { eventually } from "./lab/ovs.ts";
import type { TestPod } from "./lab/pod.ts";
import { expectFlow } from "./lab/traffic.ts";
import { bridgeWire } from "./lab/wire.ts";

const redirect = trafficControl("r", {
  appliedTo: app("web"),
  direction: "Both",
  action: "Redirect",
  targetPort: internal("tap0"),
  returnPort: internal("tap1"),
});
const everybody = { to: { mac: "ff:ff:ff:ff:ff:ff", ips: ["255.255.255.255"] }, count: 5 };
const MULTICAST = "dl_dst=01:00:00:00:00:00/01:00:00:00:00:00";

Deno.test("a port that comes gets the broadcasts, and a rule of the owner for them holds", async () => {
  await using lab = await Lab.start(3);
  const [p1, p2, p3] = lab.pods as [TestPod, TestPod, TestPod];
  await lab.agent.write("pods.yaml", podObject(p1, { app: "web" }), podObject(p2, {}));
  await lab.agent.write("tc.yaml", redirect);
  await lab.agent.realized("r");
  await bridgeWire(lab.ovs, ["tap0", "tap1"]);
  const p4 = await lab.addPod("p4");
  const sent = (number: string) => new RegExp(`output:${number}\\b`);
  const number = (await lab.ovs.vsctl("get", "interface", p4.name, "ofport")).trim();
  const flows = () => lab.ovs.ofctl("dump-flows", "br0", "table=205");
  await eventually("the new port", async () => sent(number).test(await flows()));
  const [at1, at2, at3, at4] = [p1, p2, p3, p4].map((pod) => lab.at(pod)) as [
    ReturnType<typeof lab.at>,
    ReturnType<typeof lab.at>,
    ReturnType<typeof lab.at>,
    ReturnType<typeof lab.at>,
  ];
  const sensor = lab.atDevice("tap0");
  const all = (...counts: number[]) =>
    [at1, at2, at3, at4, sensor].map((counter, i) => [counter, counts[i]!] as const);
  await expectFlow({ from: p2, ...everybody }, all(1, 0, 1, 1, 1));
  await expectFlow({ from: p4, ...everybody }, all(1, 1, 1, 0, 1));
  // What the owner drops, Sluice must not deliver. It does not redirect these packets any more, either.
  await lab.ovs.ofctl("add-flow", "br0", `cookie=0x9,priority=9,${MULTICAST},actions=drop`);
  await eventually("no split", async () => !sent(number).test(await flows()), 1000);
  await lab.ovs.emptyCache();
  await expectFlow({ from: p2, ...everybody }, all(0, 0, 0, 0, 0));
  await lab.ovs.ofctl("del-flows", "br0", "cookie=0x9/-1");
  await eventually("the split", async () => sent(number).test(await flows()));
  await lab.ovs.emptyCache();
  await expectFlow({ from: p2, ...everybody }, all(1, 0, 1, 1, 1));
});

const DROP = `export default (api) =>
  api.defineAction({
    name: "Quarantine",
    docs: "Drops the Pod's IP traffic.",
    targetPort: "forbidden",
    returnPort: "forbidden",
    treat: () => ({ drop: true }),
  });
`;

Deno.test("an action that drops: the Pod gets no broadcast, and all others do", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(join(folder, "quarantine.ts"), DROP);
  try {
    await using lab = await Lab.start(3, { args: ["--plugins", folder] });
    const [p1, p2, p3] = lab.pods as [TestPod, TestPod, TestPod];
    await lab.agent.write("pods.yaml", podObject(p1, { app: "web" }), podObject(p2, {}));
    await lab.agent.write(
      "tc.yaml",
      trafficControl("q", { appliedTo: app("web"), direction: "Both", action: "Quarantine" }),
    );
    await lab.agent.realized("q");
    const [at1, at2, at3] = [lab.at(p1), lab.at(p2), lab.at(p3)];
    await expectFlow({ from: p2, ...everybody }, [[at1, 0], [at2, 0], [at3, 1]]);
    await expectFlow({ from: p1, ...everybody }, [[at1, 0], [at2, 0], [at3, 0]]);
    await expectFlow({ from: p3, to: p2 }, [[at1, 0], [at2, 1], [at3, 0]]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
