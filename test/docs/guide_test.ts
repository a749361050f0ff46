import assert from "node:assert/strict";
import { join } from "node:path";
import { podObject } from "../lab/agent.ts";
import { Lab } from "../lab/lab.ts";
import { EXAMPLES } from "../lab/paths.ts";
import type { TestPod } from "../lab/pod.ts";
import { expectFlow } from "../lab/traffic.ts";
import { tshark } from "../lab/tshark.ts";
import { collector } from "../lab/tunnel.ts";
import { bridgeWire } from "../lab/wire.ts";

const REMOTE = "10.0.10.2";

Deno.test("the three examples of the TrafficControl guide, unchanged, all at once", async () => {
  await using lab = await Lab.start(3);
  const [web, db, prod] = lab.pods as [TestPod, TestPod, TestPod];
  const far = await collector(lab.ovs, [REMOTE]);
  const names = ["mirror-web-app", "mirror-all-to-remote", "redirect-prod-to-local"];
  for (const name of names) await lab.agent.copy(join(EXAMPLES, `${name}.yaml`));
  await lab.agent.write(
    "pods.yaml",
    podObject(web, { app: "web" }),
    podObject(db, { app: "db" }),
    podObject(prod, { app: "shop" }, { namespace: "prod" }),
  );
  const state = await lab.agent.realized(...names);
  const pods = Object.fromEntries(state.trafficControls.map(({ name, pods }) => [name, pods]));
  assert.deepEqual(pods, {
    "mirror-all-to-remote": ["default/p1", "default/p2", "prod/p3"],
    "mirror-web-app": ["default/p1"],
    "redirect-prod-to-local": ["prod/p3"],
  });
  await bridgeWire(lab.ovs, ["tap0", "tap1"]);
  const at = { web: lab.at(web), db: lab.at(db), prod: lab.at(prod) };
  const [remote, sensor] = [lab.atPlace("collector", far), lab.atDevice("tap0")];
  // To the collector: GENEVE for every packet, VXLAN for those of web besides.
  await expectFlow({ from: web, to: db }, [[at.db, 1], [remote, 2], [sensor, 0]]);
  await expectFlow({ from: db, to: web, version: 6 }, [[at.web, 1], [remote, 2], [sensor, 0]]);
  await expectFlow({ from: db, to: prod }, [[at.prod, 1], [remote, 1], [sensor, 1]]);
  await expectFlow({ from: prod, to: web, version: 6 }, [[at.web, 1], [remote, 2], [sensor, 1]]);
  const ports = await tshark(remote.frames, ["udp.dstport", "vxlan.vni", "geneve.vni"]);
  const kinds = ports.map((row) => row.join(" ").trim().replace(/\s+/g, " "));
  assert.equal(kinds.filter((kind) => kind === "4789 0").length, 60);
  assert.equal(kinds.filter((kind) => kind === "6081 0x000000").length, 80);
});
