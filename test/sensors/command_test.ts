/** `sluice sensor` in a redirect: what it forwards and counts, and what happens when it is gone. */
import assert from "node:assert/strict";
import { PROGRAM, sluice } from "../lab/agent.ts";
import { Lab } from "../lab/lab.ts";
import { run, tryRun } from "../lab/run.ts";
import { type Counter, expectFlow } from "../lab/traffic.ts";
import { SensorScene } from "./scene.ts";
import { SensorProcess } from "./sensor_process.ts";
import { tcp } from "./tcp.ts";

const COUNT = 20;

/** Two Pods, of which the first is redirected through internal ports that the TrafficControl makes. */
const redirected = () =>
  SensorScene.between(["tap0", "tap1"], { failureMode: "Open", healthProbe: {} });

/** The MACs of the frames that have come, each once: the receiver's, then the sender's. */
const macsOf = ({ frames }: Counter) => [
  ...new Set(frames.map((bytes) => bytes.slice(0, 12).toHex())),
];

Deno.test("a redirect through sluice sensor: what it forwards, and what happens when it is killed", async (t) => {
  await using scene = await redirected();
  const { lab, web, peer } = scene;
  const { netns } = lab.ovs;
  const [atWeb, atPeer, atSensor] = [lab.at(web), lab.at(peer), lab.atDevice("tap0")];
  const passes = async (times: number) => {
    for (const version of [4, 6] as const) {
      await expectFlow({ from: web, to: peer, version, count: COUNT }, [[atPeer, 1], [
        atSensor,
        times,
      ]]);
      await expectFlow({ from: peer, to: web, version, count: COUNT }, [[atWeb, 1], [
        atSensor,
        times,
      ]]);
    }
  };
  await scene.conditions("Bypassed", "SensorDown");
  await t.step("it forwards packets of both directions and families, and counts them", async () => {
    await using sensor = await SensorProcess.start(netns, "tap0", "tap1", "-o", "json");
    await scene.sensorsUp("tap0");
    for (const counter of [atWeb, atPeer, atSensor]) counter.reset();
    const before = sensor.told;
    await passes(1);
    const [one, other] = [web, peer].map(({ mac }) => mac.replaceAll(":", ""));
    assert.deepEqual([macsOf(atPeer), macsOf(atWeb)], [[`${other}${one}`], [`${one}${other}`]]);
    assert.equal(await sensor.end(), 0);
    const { end, ipv4, ipv6, packets, bytes, probes, dropped, atReturn, other: rest } = sensor.told;
    assert.equal(end, true);
    assert.equal(ipv4 - before.ipv4, 2 * COUNT);
    assert.equal(ipv6 - before.ipv6, 2 * COUNT);
    assert.equal(packets, ipv4 + ipv6 + rest);
    assert.ok(bytes > 4 * COUNT * 50 && probes >= 15);
    assert.deepEqual([rest, dropped, atReturn], [0, 0, 0]);
  });
  await t.step("TCP passes it; killed, it leaves nothing behind and is passed by", async () => {
    await using sensor = await SensorProcess.start(netns, "tap0", "tap1", "-o", "json");
    await scene.sensorsUp("tap0");
    for (const version of [4, 6] as const) {
      await tcp(web.netns, { netns: peer.netns, ip: peer.ip(version) });
    }
    assert.equal((await peer.ping(web.ip())).received, 5);
    await sensor.end("SIGKILL");
    await scene.conditions("Bypassed", "SensorDown");
    await passes(0);
  });
  await t.step("one that hangs is passed by; one that is started again is used again", async () => {
    await using hung = await SensorProcess.start(netns, "--hang", "tap0", "tap1", "-o", "json");
    await hung.tells("probes that it does not forward", ({ dropped }) => dropped >= 3);
    await scene.conditions("Bypassed", "SensorDown");
    assert.equal(hung.told.packets + hung.told.probes, 0);
    await hung.end();
    await using sensor = await SensorProcess.start(netns, "tap0", "tap1");
    await scene.sensorsUp("tap0");
    await passes(1);
    assert.equal(await sensor.end("SIGINT"), 0);
    assert.match(
      sensor.lines[0]!,
      /^Forwards from "tap0" to "tap1"\. What comes in at "tap1" is not/,
    );
    assert.match(sensor.lines[1]!, /^ +UTC +PACKETS +PACKETS\/S /);
    assert.match(
      sensor.lines.at(-1)!,
      /^Forwarded \d+ packets, \d+ bytes, in \d+ s \(\d+ IPv4, \d+ IPv6, 0 other\), and \d+ health probes; did not forward 0$/,
    );
  });
});

Deno.test("what is wrong with the devices or the rights of sluice sensor is said, with a cure", async () => {
  await using lab = await Lab.start(1);
  const { ovs, ovs: { netns } } = lab;
  await run("ip", [
    "-n",
    netns,
    "link",
    "add",
    "name",
    "one",
    "type",
    "veth",
    "peer",
    "name",
    "other",
  ]);
  const said = async (...args: string[]) => {
    const { code, stderr, stdout } = await sluice(ovs, "sensor", ...args);
    assert.deepEqual([code, stdout], [1, ""]);
    return stderr.trim();
  };
  assert.match(
    await said("lo", "none"),
    /^sluice: Cannot use device "none": it is not there: name a network device of this network namespace/,
  );
  assert.equal(
    await said("one", "lo"),
    'sluice: Cannot use device "one": it is down: run "ip link set one up"',
  );
  assert.equal(
    await said("lo", "lo"),
    'sluice: Cannot forward from device "lo" to device "lo": they are one device: ' +
      "name the target port and the return port of the redirect",
  );
  const drop = ["setpriv", "--bounding-set=-net_raw", "--inh-caps=-net_raw"];
  const { code, stderr } = await tryRun("ip", [
    ...["netns", "exec", netns, ...drop, ...PROGRAM, "sensor", "lo", lab.pods[0]!.name],
  ]);
  assert.equal(code, 1);
  assert.equal(
    stderr.trim(),
    'sluice: Cannot use device "lo": this process may open no packet socket: ' +
      "run it as root, or give it the capability CAP_NET_RAW",
  );
});
