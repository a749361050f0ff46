/** Several TrafficControls with one target: one copy, the longest of those that pass, whoever's they are. */
import { agrees, DB, into, out, type Said, WEB } from "./cases.ts";
import { EVERYONE, type Mirror, PROTOCOLS } from "./oracle.ts";
import { build } from "./packets.ts";
import { PolicyScene } from "./scene.ts";
import { include, mirrorOf, peer, shapeOf, skip } from "./world.ts";

const UDP = { protocol: PROTOCOLS.UDP } as const;
const web = { app: WEB };
const db = { app: DB };
const cut = (truncateBytes: number) => ({ truncateBytes });
const tcp = { rules: [include({ protocol: "TCP" })] };
const fromWeb = (more = {}) => build(shapeOf(WEB, DB, more));
const toWeb = (more = {}) => build(shapeOf(DB, WEB, more));

const CASES: Readonly<Record<string, readonly [readonly Mirror[], Said]>> = {
  "the sender's is shorter than the receiver's": [
    [mirrorOf("a", web, cut(64)), mirrorOf("b", db, cut(128))],
    [[fromWeb(), { t0: 128 }], [toWeb(), { t0: 128 }], [out(), { t0: 64 }]],
  ],
  "the receiver's is shorter than the sender's": [
    [
      mirrorOf("a", web, { ...cut(128), direction: "Egress" }),
      mirrorOf("b", db, { ...cut(64), direction: "Ingress" }),
    ],
    [[fromWeb(), { t0: 128 }], [toWeb(), {}], [fromWeb({ length: 100 }), { t0: 100 }]],
  ],
  "the sender's is cut, the receiver's is whole": [
    [
      mirrorOf("a", web, { ...cut(64), direction: "Egress" }),
      mirrorOf("b", db, { direction: "Ingress" }),
    ],
    [[fromWeb({ length: 1000 }), { t0: 1000 }], [out({ length: 1000 }), { t0: 64 }], [toWeb(), {}]],
  ],
  "the longest does not take the packet": [
    [
      mirrorOf("whole", web, tcp),
      mirrorOf("long", web, { ...cut(128), rules: [skip({ peers: [peer("10.20.4.0/22")] })] }),
      mirrorOf("short", web, cut(64)),
    ],
    [
      [out(), { t0: 200 }],
      [out({ ...UDP }), { t0: 128 }],
      [out({ ...UDP, destination: "10.20.4.9" }), { t0: 64 }],
      [into({ ...UDP, source: "10.20.4.9" }), { t0: 64 }],
    ],
  ],
  "the sender's takes nothing of it, the receiver's does": [
    [mirrorOf("a", web, tcp), mirrorOf("b", db, cut(100))],
    [[fromWeb(UDP), { t0: 100 }], [fromWeb(), { t0: 200 }], [out(UDP), {}]],
  ],
  "neither takes it": [
    [mirrorOf("a", web, tcp), mirrorOf("b", db, { ...cut(100), ...tcp })],
    [[fromWeb(UDP), {}], [fromWeb(), { t0: 200 }], [toWeb(), { t0: 200 }]],
  ],
  "the same rules and other targets": [
    [
      mirrorOf("a", web, tcp),
      mirrorOf("b", web, { ...tcp, ...cut(65), target: "t1" }),
      mirrorOf("c", db, { target: "t2" }),
    ],
    [
      [out(), { t0: 200, t1: 65 }],
      [fromWeb(), { t0: 200, t1: 65, t2: 200 }],
      [fromWeb(UDP), { t2: 200 }],
    ],
  ],
  "one mirror of both, by the view of each": [
    [mirrorOf("a", { team: "all" }, {
      rules: [include({ protocol: "TCP", podPorts: [{ port: 443 }] })],
      ...cut(64),
    })],
    [
      [fromWeb({ ports: { from: 443, to: 9 } }), { t0: 64 }],
      [fromWeb({ ports: { from: 9, to: 443 } }), { t0: 64 }],
      [fromWeb({ ports: { from: 9, to: 9 } }), {}],
      [out({ ports: { from: 9, to: 443 } }), {}],
      [into({ ports: { from: 9, to: 443 } }), { t0: 64 }],
    ],
  ],
  "broadcast, of the sender and of several receivers": [
    [
      mirrorOf("a", web, { ...cut(64), ...tcp }),
      mirrorOf("b", db, { ...cut(128), direction: "Ingress" }),
    ],
    [
      [build(shapeOf("p4", EVERYONE)), { t0: 128 }],
      [build(shapeOf(DB, EVERYONE)), { t0: 64 }],
      [build(shapeOf(DB, EVERYONE, UDP)), {}],
      [build(shapeOf(WEB, EVERYONE, { version: 6 })), { t0: 128 }],
    ],
  ],
};

Deno.test("several TrafficControls with one target make one copy, the longest that passes", async (t) => {
  await using scene = await PolicyScene.start();
  for (const [name, [mirrors, said]] of Object.entries(CASES)) {
    await t.step(name, () => agrees(scene, mirrors, said));
  }
});
