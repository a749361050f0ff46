/** As many copies of a broadcast as Sluice allows: Open vSwitch bears the rows, forwards the packet, and copies it. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { ALL_VLANS, type FloodReceiver, LIMITS, type Row, type Rule } from "../../core/api.ts";
import { toFlow } from "../../core/model/flows/mark_rows.ts";
import { flowKey, OpenFlowClient } from "../../core/openflow/mod.ts";
import option from "../../plugins/options/rules.ts";
import interpose from "../../plugins/pipelines/interpose.ts";
import { frame } from "../lab/frames.ts";
import { BRIDGE } from "../lab/agent.ts";
import { eventually, PrivateOvs } from "../lab/ovs.ts";
import { include } from "./world.ts";

const pipeline = interpose.create({ tableBase: 200 });
/** The ports of the switch, by their numbers. All further receivers and mirrors have no port. */
const PORTS = { p1: 1, p2: 2, t0: 3 } as const;
const FIRST_WITHOUT = 10;
/** Of a TrafficControl's leg, by its place. */
const FIRST_LEG = 1_000_000;
/** UDP ports: what the mirror of each receiver is about. */
const portOf = (place: number) => 1000 + place;
const COUNT = 3;

const mirrorTo = (name: string, ofport: number) => ({ to: [{ name, ofport }], counter: 1 });

interface World {
  readonly receivers: readonly FloodReceiver[];
  readonly rows: () => readonly Row[];
}

/** Each receiver has a mirror with rules of its own; all have one collector. */
function withRules(count: number): World {
  const places = Array.from({ length: count }, (_, place) => place);
  const copyOf = (place: number) => {
    const leg = FIRST_LEG + place;
    return { ...mirrorTo("t0", PORTS.t0), scope: { rules: [] }, leg, filter: leg };
  };
  return {
    receivers: places.map((place) => receiver(place, [copyOf(place)])),
    rows: () =>
      places.flatMap((place) => {
        const id = FIRST_LEG + place;
        const written = [include({ protocol: "UDP", podPorts: [{ port: portOf(place) }] })];
        assert.deepEqual(option.check!(written as never), []);
        const rules = option.effect(written as never).copy!.rules as readonly Rule[];
        return [
          ...pipeline.leg!({ id, direction: "ingress", control: 1, copy: copyOf(place) }),
          ...pipeline.filter!({ id, direction: "ingress", rules }),
        ];
      }),
  };
}

/** One receiver has so many mirrors. */
function withMirrors(count: number): World {
  const others = Array.from(
    { length: count - 1 },
    (_, index) => mirrorTo(`m${index}`, FIRST_WITHOUT + index),
  );
  const copies = [...others, mirrorTo("t0", PORTS.t0)];
  return {
    receivers: [receiver(1, copies)],
    rows: () => copies.flatMap(({ to: [port] }) => pipeline.copyPort(port!)),
  };
}

const receiver = (place: number, copies: FloodReceiver["ingress"]["copies"]): FloodReceiver => ({
  ofport: place === 0 ? PORTS.p1 : FIRST_WITHOUT + place,
  vlans: ALL_VLANS,
  ingress: { id: 1 + place, copies, hops: [] },
});

/** The most that is allowed. */
function most(make: (count: number) => World): number {
  let [allowed, refused] = [1, LIMITS.floodedLookups];
  while (refused - allowed > 1) {
    const middle = Math.floor((allowed + refused) / 2);
    try {
      pipeline.flood!(make(middle).receivers, { withVLANs: [] });
      allowed = middle;
    } catch (error) {
      assert.match((error as Error).message, /^Cannot copy broadcast /);
      refused = middle;
    }
  }
  return allowed;
}

async function load(ovs: PrivateOvs, { receivers, rows }: World): Promise<void> {
  const all = [
    ...pipeline.bridge(),
    ...pipeline.copyPort({ name: "t0", ofport: PORTS.t0 }),
    ...pipeline.flood!(receivers, { withVLANs: [] }),
    ...rows(),
  ];
  const flows = [...new Map(all.map(toFlow).map((flow) => [flowKey(flow), flow])).values()];
  await using client = await OpenFlowClient.connect(`unix:${join(ovs.dir, `${BRIDGE}.mgmt`)}`);
  await client.bundle(flows.map((flow) => ({ type: "flow_mod", command: "add", flow })));
  await ovs.ofctl("-O", "OpenFlow10", "mod-port", BRIDGE, "t0", "no-flood"); // as Sluice does
}

async function sentTo(ovs: PrivateOvs, port: string): Promise<number> {
  return Number(/tx pkts=(\d+)/.exec(await ovs.ofctl("dump-ports", BRIDGE, port))![1]);
}

/** The frames that come to a Pod and to the collector of some that a Pod broadcasts to a UDP port. */
async function arrived(ovs: PrivateOvs, port: number): Promise<Record<"p2" | "t0", number>> {
  const before = { p2: await sentTo(ovs, "p2"), t0: await sentTo(ovs, "t0") };
  for (let id = 0; id < COUNT; id++) {
    const sent = frame({
      ...{ from: "02:00:00:00:00:01", to: "ff:ff:ff:ff:ff:ff", id },
      ...{ source: "10.0.0.1", destination: "255.255.255.255" },
      transport: { protocol: "udp", from: 9, to: port },
    });
    await ovs.appctl("netdev-dummy/receive", "p1", sent.toHex());
  }
  await eventually("the packets", async () => await sentTo(ovs, "p2") >= before.p2 + COUNT);
  return { p2: await sentTo(ovs, "p2") - before.p2, t0: await sentTo(ovs, "t0") - before.t0 };
}

Deno.test.each([["TrafficControls with rules", withRules], ["mirrors", withMirrors]] as const)(
  "the most %s that a broadcast may be for: the switch forwards it, and copies it",
  async (what, make) => {
    await using ovs = await PrivateOvs.start({ datapath: "dummy" });
    for (const [name, number] of Object.entries(PORTS)) {
      const port = ["set", "Interface", name, "type=dummy", `ofport_request=${number}`];
      await ovs.vsctl("add-port", BRIDGE, name, "--", ...port);
    }
    const count = most(make);
    console.log(`  ${count} ${what}`);
    await load(ovs, make(count));
    const last = make === withRules ? count - 1 : 0;
    assert.deepEqual(await arrived(ovs, portOf(last)), { p2: COUNT, t0: COUNT });
    if (make === withMirrors) return;
    assert.deepEqual(await arrived(ovs, portOf(0)), { p2: COUNT, t0: 0 }, "the sender's own");
    assert.deepEqual(await arrived(ovs, portOf(1)), { p2: COUNT, t0: COUNT });
    assert.deepEqual(await arrived(ovs, portOf(count)), { p2: COUNT, t0: 0 }, "nobody's");
  },
);
