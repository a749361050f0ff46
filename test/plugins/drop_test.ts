/** The worked action `Drop` of docs/plugins: quarantine, counted, and over when the TrafficControl goes. */
import assert from "node:assert/strict";
import { app, internal, podObject, sluice, trafficControl } from "../lab/agent.ts";
import { Lab } from "../lab/lab.ts";
import { eventually } from "../lab/ovs.ts";
import { PLUGINS } from "../lab/paths.ts";
import type { TestPod } from "../lab/pod.ts";
import { ipIn } from "../lab/run.ts";
import { Entrances, speak } from "../lab/strays.ts";
import { expectFlow } from "../lab/traffic.ts";

const COUNT = 20;

type Three = [TestPod, TestPod, TestPod];
const tc = (name: string, spec: object) =>
  trafficControl(name, { appliedTo: app("web"), direction: "Both", ...spec });
/** The kernel asks for the MAC of an address that it has forgotten, and is answered. */
async function resolves(from: TestPod, address: string, mac: string): Promise<void> {
  const neighbour = ["neigh", "show", address, "dev", from.device];
  await ipIn(from.netns, "neigh", "del", address, "dev", from.device);
  assert.doesNotMatch(await ipIn(from.netns, ...neighbour), new RegExp(mac));
  await from.ping(address, 1);
  await eventually("the MAC", async () => (await ipIn(from.netns, ...neighbour)).includes(mac));
}
const drop = (direction: string) => tc("q", { action: "Drop", direction });

Deno.test("Drop: no IP from or to the Pod by direction, all of it counted; it comes back", async (t) => {
  await using lab = await Lab.start(3, { args: ["--plugins", PLUGINS] });
  const { agent } = lab;
  const [p1, p2, p3] = lab.pods as Three;
  await agent.write(
    "pods.yaml",
    podObject(p1, { app: "web" }),
    podObject(p2, {}),
    podObject(p3, {}),
  );
  const [at1, at2, at3] = [lab.at(p1), lab.at(p2), lab.at(p3)];
  const entrances = new Entrances(lab);
  for (
    const [direction, out, into] of [["Egress", 0, 1], ["Ingress", 1, 0], ["Both", 0, 0]] as const
  ) { // deno-fmt-ignore
    await t.step(direction, async () => {
      await agent.write("tc.yaml", drop(direction));
      const settled = await agent.settled(direction, ({ trafficControls: [q] }) => q?.direction === direction && q.realized); // deno-fmt-ignore
      const before = settled.trafficControls[0]!.dropped!;
      await speak(p1, p2);
      for (const version of [4, 6] as const) {
        await expectFlow({ from: p1, to: p2, version, count: COUNT }, [[at2, out], [at3, 0]]);
        await expectFlow({ from: p2, to: p1, version, count: COUNT }, [[at1, into], [at3, 0]]);
        await expectFlow({ from: p2, to: p3, version, count: COUNT }, [[at3, 1], [at1, 0]]);
      }
      const expected = 2 * COUNT * ((out ? 0 : 1) + (into ? 0 : 1));
      const { trafficControls: [counted] } = await agent.settled(
        "counted",
        ({ trafficControls: [q] }) => q!.dropped! - before >= expected,
      );
      entrances.expectCounted(counted!.dropped! - before, expected);
      const { stdout } = await sluice(lab.ovs, "status");
      const [, shown] = new RegExp(`^q +Drop +${direction} .* yes +(\\d+)$`, "m").exec(stdout)!;
      entrances.expectCounted(Number(shown) - before, expected);
    });
  }
  await t.step("a spoofed source does not get out of it", async () => {
    await expectFlow({ from: p1, to: p2, frame: { from: p3.mac } }, [[at2, 0]]);
  });
  await t.step("who it is can still be asked: ARP and neighbour discovery pass", async () => {
    for (const version of [4, 6] as const) await resolves(p1, p2.ip(version), p2.mac);
  });
  await t.step("evidence: a mirror has what is dropped; a redirect does not get it", async () => {
    await agent.write("mirror.yaml", tc("m", { action: "Mirror", targetPort: internal("tap0") }));
    await agent.write(
      "redirect.yaml",
      tc("r", { action: "Redirect", targetPort: internal("in0"), returnPort: internal("out0") }),
    ); // deno-fmt-ignore
    await agent.settled("mirrored", ({ trafficControls: [m] }) => m?.name === "m" && m.realized);
    const [tap, pair] = [lab.atDevice("tap0"), lab.atDevice("in0")];
    await expectFlow({ from: p1, to: p2 }, [[at2, 0], [tap, 1], [pair, 0]]);
    await expectFlow({ from: p2, to: p1 }, [[at1, 0], [tap, 1], [pair, 0]]);
    for (const file of ["mirror.yaml", "redirect.yaml"]) await agent.delete(file);
    await agent.realized("q");
  });
  await t.step("it comes back when the TrafficControl goes", async () => {
    await agent.delete("tc.yaml");
    await agent.realized();
    await expectFlow({ from: p1, to: p2 }, [[at2, 1]]);
    await expectFlow({ from: p2, to: p1 }, [[at1, 1]]);
  });
});

Deno.test("Drop: a Pod that only shares a MAC with the one in quarantine gets its packets", async () => {
  await using lab = await Lab.start(3, { args: ["--plugins", PLUGINS] });
  const { agent } = lab;
  const [p1, p2, p3] = lab.pods as Three;
  const both = { "sluice.dev/mac": `${p1.mac},${p2.mac}` };
  await agent.write(
    "pods.yaml",
    podObject(p1, { app: "web" }, { annotations: both }),
    podObject(p2, {}),
    podObject(p3, {}),
  );
  await agent.write("tc.yaml", drop("Both"));
  const state = await agent.settled(
    "ambiguous",
    ({ trafficControls: [q] }) => q?.conditions[0]?.reason === "AmbiguousMAC",
  ); // deno-fmt-ignore
  assert.equal(state.trafficControls[0]!.realized, false);
  const [at2, at3] = [lab.at(p2), lab.at(p3)];
  await expectFlow({ from: p3, to: p2 }, [[at2, 1]]);
  await expectFlow({ from: p2, to: p3 }, [[at3, 1]]);
  await expectFlow({ from: p1, to: p3 }, [[at3, 0]]);
});
