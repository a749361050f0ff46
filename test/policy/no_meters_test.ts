/** A switch that refuses meters, as a datapath without them does: only the TrafficControl with a cap is concerned. */
import assert from "node:assert/strict";
import { HEADER_BYTES, MESSAGE } from "../../core/openflow/messages/header.ts";
import { app, internal, podObject, TestAgent, trafficControl } from "../lab/agent.ts";
import { type Message, MessageRelay } from "../lab/message_relay.ts";
import { PrivateOvs } from "../lab/ovs.ts";
import { introduce, TestPod } from "../lab/pod.ts";
import { Counter, expectFlow } from "../lab/traffic.ts";

/** Where the number of the meter stands in a meter_mod, and a number that no meter can have: OpenFlow 1.5.1 section 7.3.4.5. */
const [METER_AT, NO_METER] = [HEADER_BYTES + 4, 0] as const;

/** The userspace datapath always has meters: so the switch is asked for one that it must refuse. */
function spoilMeter({ sender, name, bytes }: Message): void {
  if (sender !== "client" || name !== String(MESSAGE.meter_mod)) return;
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(METER_AT, NO_METER);
}

const mirror = (name: string, target: string, more: object = {}) =>
  trafficControl(name, {
    appliedTo: app("web"),
    direction: "Both",
    action: "Mirror",
    targetPort: internal(target),
    ...more,
  });

Deno.test("without meters a mirror with a cap is refused, all others work, and so does it when there are meters", async () => {
  await using ovs = await PrivateOvs.start();
  const attach = (number: number) =>
    TestPod.attach(ovs, `p${number}`, { ips: [`10.9.0.${number}/24`, `fd09::${number}/64`] });
  const [web, peer] = [await attach(1), await attach(2)];
  await introduce(web, peer);
  await web.ping(peer.ip(), 1); // so that NORMAL knows both ports
  await using relay = new MessageRelay("openflow", ovs.mgmt().slice("unix:".length));
  let hasMeters = false;
  relay.fate = (message) => {
    if (!hasMeters) spoilMeter(message);
    return "pass";
  };
  await using agent = await TestAgent.start(ovs, ["--openflow", relay.address]);
  await agent.write("pods.yaml", podObject(web, { app: "web" }), podObject(peer, {}));
  const cap = { rateLimit: { packetsPerSecond: 10_000, burst: 1000 } };
  await agent.write("tc.yaml", mirror("capped", "tap0", cap), mirror("plain", "tap1"));
  const { trafficControls } = await agent.settled(
    "one of two",
    ({ trafficControls: [capped, plain] }) =>
      plain?.realized === true && capped?.conditions[0]?.reason === "FlowsRefused",
  );
  assert.match(
    trafficControls[0]!.conditions[0]!.cure!,
    /^take rateLimit out .*, or use a datapath/,
  );
  using atPeer = Counter.at(peer);
  const at = (device: string) => new Counter(device, { netns: ovs.netns, device });
  using plain = at("tap1");
  using capped = at("tap0");
  await ovs.emptyCache();
  await expectFlow({ from: web, to: peer }, [[atPeer, 1], [plain, 1], [capped, 0]]);
  hasMeters = true;
  await agent.realized("capped", "plain");
  await ovs.emptyCache();
  await expectFlow({ from: web, to: peer }, [[atPeer, 1], [plain, 1], [capped, 1]]);
});
