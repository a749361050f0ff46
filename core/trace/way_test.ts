import assert from "node:assert/strict";
import { LIMITS } from "../base/limits.ts";
import { usedPipeline } from "../model/flows/used_pipeline.ts";
import { DatapathPorts } from "./datapath_ports.ts";
import { KnownRows } from "./known_rows.ts";
import type { TracedPacket } from "./packet.ts";
import { follow } from "./way.ts";
import { type ControlPorts, World } from "./world.ts";

const PORTS = new DatapathPorts(`netdev@ovs-netdev: hit:0 missed:0
  br0:
    br0 65534/1: (tap)
    p1 1/2: (system)
    p2 2/3: (system)
    ids0 4/5: (internal)
    tap0 5/6: (internal)
    tap1 6/7: (internal)
    vx 7/8: (vxlan: key=5, remote_ip=172.31.0.2)
`);

/** A pipeline whose rows count nothing: TrafficControls are known by the names of their ports. */
const ROWS = new KnownRows(usedPipeline({
  name: "none",
  docs: "",
  tables: [{ name: "Bridge", rows: [] }],
  create: () => ({
    tables: { first: 200, count: 0 },
    cannot: () => [],
    bridge: () => [],
    copyPort: () => [],
    pair: () => [],
    treatment: () => [],
    podPort: () => [],
  }),
}, 200));

const world = (controls: readonly ControlPorts[]) =>
  new World({
    pods: [{ pod: "default/two", port: "p2", macs: ["02:00:00:00:00:02"], ips: ["10.0.0.2"] }],
    controls,
    ports: PORTS,
    rows: ROWS,
  });

const PACKET: TracedPacket = {
  sourceMAC: "02:00:00:00:00:01",
  destinationMAC: "02:00:00:00:00:02",
  sourceIP: "10.0.0.1",
  destinationIP: "10.0.0.2",
  protocol: "udp",
  sourcePort: 40_000,
  destinationPort: 53,
  ttl: 64,
  vlans: [],
};
const START = { port: "p1", packet: PACKET };

/** What Open vSwitch answers if one flow of Sluice does all of it. */
const answer = (actions: readonly string[], datapath: string) =>
  [
    "Flow: udp,in_port=1,vlan_tci=0x0000,dl_src=02:00:00:00:00:01,dl_dst=02:00:00:00:00:02",
    "",
    'bridge("br0")',
    "-------------",
    " 0. priority 65000, cookie 0x51ce000000000000",
    ...actions.map((action) => `    ${action}`),
    "",
    "Final flow: unchanged",
    "Megaflow: recirc_id=0,eth,ip,in_port=1,nw_frag=no",
    `Datapath actions: ${datapath}`,
    "",
  ].join("\n");

const REDIRECT = { name: "inspect", target: "tap0", return: "tap1" };

Deno.test("a packet that comes back without end is followed for a while", async () => {
  const { steps, unknown } = await follow(
    START,
    world([REDIRECT]),
    () => Promise.resolve(answer(["output:5"], "6")),
  );
  assert.equal(steps.length, LIMITS.traceSteps);
  assert.match(unknown[0]!, /the rest is not followed/);
});

Deno.test("behind a sensor the packet goes on from the return port, as it was when it went in", async () => {
  const asked: string[] = [];
  const { steps, unknown } = await follow(START, world([REDIRECT]), (bridge, flow) => {
    asked.push(`${bridge} ${flow}`);
    const isBack = /in_port=6/.test(flow);
    const into = answer(
      [
        "learn(table=207,NXM_OF_ETH_SRC[],load:NXM_OF_IN_PORT[]->NXM_NX_REG12[0..15])",
        " >> suppressing side effects, so learn action ignored",
        "push_vlan:0x8100",
        "output:5",
      ],
      "push_vlan(vid=10,pcp=0),6",
    );
    return Promise.resolve(isBack ? answer(["output:2"], "3") : into);
  });
  assert.deepEqual(unknown, []);
  assert.match(asked[1]!, /^br0 udp,in_port=6,vlan_tci=0x100a,.*,reg12=1$/);
  assert.deepEqual(steps.map(({ backFrom }) => backFrom), [undefined, "tap0"]);
  const [into] = steps[0]!.events;
  assert.equal(into?.what === "redirected" && into.trafficControl, "inspect");
  const [out] = steps[1]!.events;
  assert.equal(out?.what === "delivered" && out.to.pod, "default/two");
});

Deno.test("a port that no TrafficControl is known to have is a port like others", async () => {
  const { steps } = await follow(
    START,
    world([]),
    () => Promise.resolve(answer(["output:5"], "6")),
  );
  assert.equal(steps.length, 1);
  assert.equal(steps[0]!.events[0]!.what, "delivered");
});

Deno.test("an output that Open vSwitch leaves out is not told, and what is dropped has its flow", async () => {
  const { steps } = await follow(
    START,
    world([]),
    () => Promise.resolve(answer(["output:1", " >> skipping output to input port"], "drop")),
  );
  const [dropped] = steps[0]!.events;
  assert.equal(dropped?.what, "dropped");
  assert.equal(dropped?.what === "dropped" && dropped.by?.priority, 65_000);
  assert.equal(dropped?.what === "dropped" && dropped.why, "skipping output to input port");
});

Deno.test("a copy into a tunnel has the address of its far end", async () => {
  const { steps } = await follow(
    START,
    world([{ name: "copy", target: "vx" }]),
    () =>
      Promise.resolve(
        answer(
          ["output:7", "output:2"],
          "clone(tnl_push(tnl_port(8),header(ipv4(src=172.31.0.1,dst=172.31.0.2)),out_port(1)),1),3",
        ),
      ),
  );
  const [copied, outer, delivered] = steps[0]!.events;
  assert.equal(copied?.what === "copied" && copied.to.tunnelTo, "172.31.0.2");
  assert.equal(outer?.what === "delivered" && outer.isOuter, true);
  assert.equal(delivered?.what === "delivered" && delivered.to.port, "p2");
});

Deno.test("a port that is on no bridge is told", async () => {
  const { steps } = await follow({ ...START, port: "gone" }, world([]), () => Promise.reject());
  assert.match(steps[0]!.remarks[0]!, /port gone is on no bridge/);
});
