/** `sluice sensor` between devices that leave work to the kernel: checksums, the cutting of large packets, VLAN tags. */
import assert from "node:assert/strict";
import { PrivateOvs } from "../lab/ovs.ts";
import { ipIn, run } from "../lab/run.ts";
import { Counter, expectFlow } from "../lab/traffic.ts";
import { SensorProcess } from "./sensor_process.ts";
import { tcp } from "./tcp.ts";

const VLAN = 5;

/** A host on one side of the sensors: its device's other end is in the switch's namespace. */
async function host(ovs: PrivateOvs, number: number) {
  const netns = `${ovs.netns}-h${number}`;
  await ovs.addNamespace(netns);
  const device = `h${number}`;
  const ends = ["name", device, "type", "veth", "peer", "name", "eth0", "netns", netns];
  await ipIn(ovs.netns, "link", "add", ...ends);
  await ipIn(ovs.netns, "link", "set", device, "up");
  await ipIn(netns, "link", "set", "eth0", "up");
  const ip = `10.8.0.${number}`;
  await ipIn(netns, "addr", "add", `${ip}/24`, "dev", "eth0");
  const address = await run("ip", ["-n", netns, "-br", "link", "show", "eth0"]);
  return { netns, device: "eth0", ip, mac: address.split(/\s+/)[2]!, ips: [`${ip}/24`] };
}

Deno.test("two sensors between two hosts forward TCP with checksums and segments left to the kernel, and VLAN tags", async (t) => {
  await using ovs = await PrivateOvs.start();
  const [one, other] = [await host(ovs, 1), await host(ovs, 2)];
  await using there = await SensorProcess.start(ovs.netns, "h1", "h2", "-o", "json");
  await using back = await SensorProcess.start(ovs.netns, "h2", "h1", "-o", "json");
  const both = [there, back];
  await t.step("TCP", async () => {
    await tcp(one.netns, other);
    // More bytes than a packet of the device has: large packets were not cut into frames before they passed.
    await there.tells("large packets", ({ packets, bytes }) => bytes > 2000 * packets);
  });
  await t.step("a frame keeps its tag", async () => {
    using atOther = new Counter("other", other);
    await expectFlow({ from: one, to: other, frame: { vlan: VLAN } }, [[atOther, 1]]);
    assert.deepEqual(
      new Set(atOther.frames.map((bytes) => bytes.slice(12, 16).toHex())),
      new Set(["81000005"]),
    );
  });
  await t.step("a device that is made anew is used again", async () => {
    await ipIn(ovs.netns, "link", "del", "h1");
    for (const { errors } of both) {
      await there.tells("the device is gone", () => errors.length === 1);
      assert.match(errors[0]!, /^Cannot use device "h1": it is not there/);
    }
    const ends = ["name", "h1", "type", "veth", "peer", "name", "eth0", "netns", one.netns];
    await ipIn(ovs.netns, "link", "add", ...ends);
    await ipIn(one.netns, "link", "set", "eth0", "up");
    await ipIn(one.netns, "addr", "add", `${one.ip}/24`, "dev", "eth0");
    await ipIn(ovs.netns, "link", "set", "h1", "up");
    for (const { errors } of both) {
      await there.tells("it is there", () => errors.at(-1) === "Both devices can be used again");
    }
    await tcp(one.netns, other);
  });
  for (const sensor of both) assert.equal(await sensor.end(), 0);
  assert.ok(there.told.atReturn > 0); // what the other sensor forwards
});
