/** Rules and fragments, of which only the first has ports, and a later one of IPv6 not even its protocol. */
import { agrees, expectTrap, into, type Said, type Trap, WEB } from "./cases.ts";
import { PROTOCOLS } from "./oracle.ts";
import { fragments, type Sent } from "./packets.ts";
import { PolicyScene } from "./scene.ts";
import { include, mirrorOf, newIDs, peer, shapeOf, skip } from "./world.ts";

const LENGTH = 120;

/** A UDP datagram of the Pod in three fragments. */
function datagram(version: 4 | 6, peerIs: "near" | "far"): Sent[] {
  const destination = version === 4
    ? { near: "10.20.4.9", far: "10.20.8.0" }[peerIs]
    : { near: "fd20:4::9", far: "fd20:5::" }[peerIs];
  const more = { version, destination, protocol: PROTOCOLS.UDP, length: LENGTH };
  return fragments(shapeOf(WEB, "p4", more), newIDs(3));
}
const [near4, far4, near6, far6] = [
  datagram(4, "near"),
  datagram(4, "far"),
  datagram(6, "near"),
  datagram(6, "far"),
] as [Sent[], Sent[], Sent[], Sent[]];
const NEAR = [peer("10.20.4.0/22"), peer("fd20:4::/32")];
const OTHER_PORTS = [{ port: 1000, endPort: 1007 }];
const ITS_PORTS = [{ port: 53 }];

const TRAPS: Readonly<Record<string, Trap>> = {
  "Include with other ports takes whole datagrams": {
    rules: [include({ protocol: "UDP", ports: OTHER_PORTS, peers: NEAR })],
    taken: [...near4, ...near6],
    left: [...far4, ...far6],
  },
  "Skip with their ports takes no fragment": {
    rules: [
      skip({ protocol: "UDP", peerPorts: ITS_PORTS }),
      include({ protocol: "UDP", peers: NEAR }),
    ],
    taken: [...near4, ...near6],
    left: [...far4, ...far6],
  },
  "Include with another protocol takes later fragments of IPv6 only": {
    rules: [include({ protocol: "TCP", peers: NEAR })],
    taken: near6.slice(1),
    left: [...near4, near6[0]!, ...far4, ...far6],
  },
  "Include with another protocol and ports takes later fragments of IPv6 only": {
    rules: [include({ protocol: "SCTP", podPorts: OTHER_PORTS })],
    taken: [...near6.slice(1), ...far6.slice(1)],
    left: [...near4, near6[0]!, ...far4, far6[0]!],
  },
  "Skip with their protocol takes no fragment of IPv6": {
    rules: [skip({ protocol: "UDP", peers: NEAR })],
    taken: [...far4, ...near6, ...far6],
    left: [...near4],
  },
  "Skip without a protocol sees all fragments": {
    rules: [skip({ peers: NEAR })],
    taken: [...far4, ...far6],
    left: [...near4, ...near6],
  },
  "Skip with another protocol by its number, then Include by number": {
    rules: [skip({ protocol: PROTOCOLS.TCP }), include({ protocol: PROTOCOLS.UDP, peers: NEAR })],
    taken: [...near4, ...near6],
    left: [...far4, ...far6],
  },
};

Deno.test("fragments are taken as the oracle's comment says", async (t) => {
  await using scene = await PolicyScene.start();
  for (const [name, trap] of Object.entries(TRAPS)) {
    await t.step(name, () => expectTrap(scene, trap));
  }
  await t.step("fragments are cut, too", async () => {
    const said: Said = [...near4, ...near6, into()].map((sent) => [
      sent,
      { t0: Math.min(sent.frame.length, 64) },
    ]);
    await agrees(scene, [mirrorOf("m", { app: WEB }, { truncateBytes: 64 })], said);
  });
});
