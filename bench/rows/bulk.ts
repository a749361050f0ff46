/** Many flows in one bundle, and many ports in one transaction, beside the tools of Open vSwitch. @module */
import { join } from "node:path";
import { addPort } from "../../core/apply/port_operations.ts";
import { OpenFlowClient, parseFlow } from "../../core/openflow/mod.ts";
import { OvsdbSession } from "../../core/ovsdb/mod.ts";
import { eventually, PrivateOvs } from "../../test/lab/ovs.ts";
import { type Measured, median, type Row } from "../row.ts";

const FLOWS = 10_000;
const PORTS = 100;

/** The flows as `ovs-ofctl` takes them. Each matches another address. */
const TEXTS = Array.from(
  { length: FLOWS },
  (_, index) =>
    `table=10,ip,nw_src=10.${index >> 8 & 255}.${index & 255}.1,` +
    `cookie=0x${index.toString(16)},actions=set_field:${index}->reg1,resubmit(,20)`,
);

async function timed(what: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await what();
  return performance.now() - begin;
}

/** Each side adds flows that are not there yet, and both begin with an empty table. */
async function bundle(runs: number): Promise<Measured> {
  await using ovs = await PrivateOvs.start({ datapath: "dummy" });
  const file = join(ovs.dir, "flows");
  await Deno.writeTextFile(file, TEXTS.join("\n"));
  await using client = await OpenFlowClient.connect(ovs.mgmt());
  const messages = TEXTS.map((text) =>
    ({ type: "flow_mod", command: "add", flow: parseFlow(text) }) as const
  );
  const clear = () => ovs.ofctl("del-flows", "br0", "table=10");
  const [ours, peer]: [number[], number[]] = [[], []];
  for (let run = 0; run < runs; run++) {
    ours.push(await timed(() => client.bundle(messages)));
    await clear();
    peer.push(await timed(() => ovs.ofctl("--bundle", "add-flows", "br0", file)));
    await clear();
  }
  return { ours, peer, goal: 0.9 * median(peer) };
}

const tunnel = (index: number) => ({
  name: `t${index}`,
  identity: `t${index}`,
  type: "vxlan",
  options: { remote_ip: `10.88.0.${index + 1}`, key: "1" },
});

async function ports(runs: number): Promise<Measured> {
  await using ovs = await PrivateOvs.start({ datapath: "dummy" });
  const end = new AbortController();
  const session = new OvsdbSession({ address: ovs.db, onChange: () => {}, onState: () => {} });
  const running = session.run(end.signal);
  await eventually("the session", () => session.connected);
  const all = Array.from({ length: PORTS }, (_, index) => index);
  const operations = all.flatMap((index) => addPort("br0", { spec: tunnel(index) }, index));
  const commands = all.map(tunnel).flatMap(({ name, type, options }) => [
    ...["--", "add-port", "br0", name, "--", "set", "interface", name, `type=${type}`],
    ...Object.entries(options).map(([key, value]) => `options:${key}=${value}`),
  ]);
  const clear = () => ovs.vsctl(...all.flatMap((index) => ["--", "del-port", "br0", `t${index}`]));
  const [ours, peer]: [number[], number[]] = [[], []];
  for (let run = 0; run < runs; run++) {
    ours.push(await timed(() => session.commit(operations)));
    await clear();
    peer.push(await timed(() => ovs.vsctl(...commands)));
    await clear();
  }
  end.abort();
  await running;
  return { ours, peer, goal: median(peer) };
}

export const BULK: readonly Row[] = [
  {
    name: `${FLOWS} flows in one bundle`,
    unit: "ms",
    peer: "ovs-ofctl --bundle add-flows",
    goal: "0.9 x",
    measure: bundle,
  },
  {
    name: `${PORTS} tunnel ports in one transaction`,
    unit: "ms",
    peer: "one ovs-vsctl",
    goal: "1.0 x",
    measure: ports,
  },
];
