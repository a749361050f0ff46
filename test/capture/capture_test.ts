/** `sluice capture` on real packets: what is in the file is what the Pods and the target got. */
import assert from "node:assert/strict";
import { trafficControl } from "../lab/agent.ts";
import { type Capture as File, readPcapng } from "../lab/pcapng.ts";
import { expectCounts, send } from "../lab/traffic.ts";
import { eventually } from "../lab/ovs.ts";
import { run } from "../lab/run.ts";
import { type Capture, MIRROR, Scene } from "./scene.ts";

/** Packets of each direction, and how many are on the way at once: fewer than wait in the switch for a connection. */
const [PACKETS, AT_ONCE] = [5000, 50];

const read = async ({ file }: Capture) => readPcapng(await Deno.readFile(file));
const hex = (frames: readonly Uint8Array[]) => frames.map((bytes) => bytes.toHex());
const on = ({ packets }: File, name: string) =>
  packets.filter((packet) => packet.on.name === name).map(({ data }) => data);

Deno.test("a capture of 10,000 packets of a Pod is what the Pod and its peer got, byte for byte", async () => {
  await using scene = await Scene.start();
  const { web, peer, lab } = scene;
  const [atPeer, atWeb] = [lab.at(peer), lab.at(web)];
  const capture = await scene.capture("pod/default/p1");
  const begin = BigInt(Date.now()) * 1000n;
  const [out, home]: [number[], number[]] = [[], []];
  while (out.length < PACKETS) {
    out.push(...await send({ from: web, to: peer, count: AT_ONCE }));
    home.push(...await send({ from: peer, to: web, count: AT_ONCE, version: 6 }));
    await capture.hasPackets(out.length + home.length);
  }
  await expectCounts(out, [[atPeer, 1]]);
  await expectCounts(home, [[atWeb, 1]]);
  const end = BigInt(Date.now()) * 1000n;
  const { code, said } = await capture.stop();
  assert.equal(said, "Kept 10000 packets, left out 0: the client has ended it\n");
  assert.equal(code, 0);
  const file = await read(capture);
  assert.deepEqual(hex(on(file, "default/p1 egress")), hex(atPeer.frames));
  assert.deepEqual(hex(on(file, "default/p1 ingress")), hex(atWeb.frames));
  assert.ok(file.packets.every(({ data, length }) => data.length === length));
  const times = file.packets.map(({ time }) => time);
  assert.ok(times.every((time, at) => at === 0 || time >= times[at - 1]!), "in their order");
  assert.ok(times[0]! >= begin - 1000n && times.at(-1)! <= end + 1000n, "at their time");
  assert.deepEqual(
    file.interfaces.map((
      { name, statistics },
    ) => [name, statistics?.received, statistics?.dropped]),
    [["default/p1 egress", 5000n, 0n], ["default/p1 ingress", 5000n, 0n]],
  );
  await scene.clean();
});

Deno.test("a capture of a mirror has what its target gets, with rules and truncation, and Wireshark's tools read it", async () => {
  const { spec } = MIRROR as { spec: object };
  const some = { protocol: "UDP", peerPorts: [{ port: 9 }] };
  const rules = [{ action: "Include", ...some }];
  await using scene = await Scene.start(
    trafficControl("mirror-web", { ...spec, rules, truncateBytes: 64 }),
  );
  const { web, peer, lab } = scene;
  const [atTap, atWeb] = [lab.atDevice("tap0"), lab.at(web)];
  const capture = await scene.capture("tc/mirror-web");
  await send({ from: web, to: peer, count: 30 });
  const transport = { protocol: "tcp", from: 9, to: 9 } as const;
  const others = await send({ from: peer, to: web, count: 20, frame: { transport } });
  await expectCounts(others, [[atWeb, 1]]);
  await capture.hasPackets(30);
  await eventually("30 copies at the target", () => {
    atTap.look();
    return atTap.strays.length === 30; // what is cut has no number
  });
  const { said } = await capture.stop();
  const file = await read(capture);
  assert.equal(said, "Kept 30 packets, left out 0: the client has ended it\n");
  assert.deepEqual(hex(file.packets.map(({ data }) => data)), hex(atTap.strays));
  assert.deepEqual(
    new Set(file.packets.map((each) => [each.data.length, each.length].join())),
    new Set(["64,66"]),
  );
  assert.deepEqual([...new Set(file.interfaces.map(({ comment }) => comment))], [
    "TrafficControl mirror-web",
  ]);
  const said1 = await run("capinfos", ["-M", "-I", capture.file]);
  assert.match(said1, /Interface #0 info:\s+Name = default\/p1 egress/);
  const shown = await run("tshark", [
    "-r",
    capture.file,
    "-T",
    "fields",
    "-e",
    "frame.interface_name",
  ]);
  assert.deepEqual(
    new Set(shown.trim().split("\n")),
    new Set(file.packets.map(({ on }) => on.name)),
  );
});
