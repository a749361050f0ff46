/**
 * The rows of table Filter in a real Open vSwitch: for random rules and packets it says of each packet what the rules say.
 * The switch gets frames, so it finds out itself what is in their headers. The name of the test has the seed with
 * which `SLUICE_TEST_SEED` finds a failure again.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { formatFlow } from "../../core/openflow/mod.ts";
import { join } from "node:path";
import type { PacketDirection, Row, Rule } from "../../core/api.ts";
import option from "../../plugins/options/rules.ts";
import { filterRows } from "../../plugins/pipelines/_filter.ts";
import { rowsFrom } from "../../plugins/pipelines/_rows.ts";
import { eventually, PrivateOvs } from "../lab/ovs.ts";
import { packet, rules } from "./generated.ts";
import { frameOf, type GivenRule, isTaken, type Packet } from "./packets.ts";

const ROWS = rowsFrom(200);
const FILTER = ROWS.number("Filter");
const ANSWER = FILTER + 1;
const DIRECTIONS: readonly PacketDirection[] = ["egress", "ingress"];
/** So many lists of rules are in the switch at once, each in both directions. */
const FILTERS = 12;
const PACKETS = 100;
const ROUNDS = 3;
/** Frames that are given to the switch at once. It drops what is more than 100. */
const BATCH = 90;
/** A frame that always leaves by port 2: what came before it was treated before it. */
const LAST_MAC = 0xff;
const LAST: Packet = {
  family: "ipv4",
  source: "192.0.2.1",
  destination: "192.0.2.2",
  protocol: 17,
  from: 0,
  to: 9,
  flags: 0,
  fragment: "no",
};

interface Given {
  readonly id: number;
  readonly rules: readonly GivenRule[];
  readonly direction: PacketDirection;
}

const text = (row: Row) => formatFlow({ ...row, cookie: 0n } as Parameters<typeof formatFlow>[0]);

function rowsOf({ id, rules, direction }: Given): Row[] {
  assert.deepEqual(option.check!(rules as never), []);
  const { copy } = option.effect(rules as never);
  return filterRows(ROWS, { id, direction, rules: copy!.rules as readonly Rule[] });
}

/** Loads the filters; the last byte of a frame's source MAC says which one it is for. The bit is set before it is asked. */
async function load(ovs: PrivateOvs, filters: readonly Given[]): Promise<void> {
  const begin = filters.map(({ id }) =>
    `table=0,dl_src=02:00:00:00:00:${id.toString(16).padStart(2, "0")},actions=` +
    `set_field:${id}->reg6,set_field:0/0x1000000->reg15,resubmit(,${FILTER}),resubmit(,${ANSWER})`
  );
  const answer = `table=${ANSWER},reg15=0x1000000/0x1000000,actions=output:2`;
  const file = join(ovs.dir, "flows");
  const always = "table=0,dl_src=02:00:00:00:00:ff,actions=output:2";
  const flows = [...begin, always, answer, ...filters.flatMap(rowsOf).map(text)];
  await Deno.writeTextFile(file, flows.join("\n"));
  await ovs.ofctl("--bundle", "replace-flows", "br0", file);
}

async function start(): Promise<PrivateOvs> {
  const ovs = await PrivateOvs.start({ datapath: "dummy", forwarding: "none" });
  for (const port of [1, 2]) {
    await ovs.vsctl(
      ...["add-port", "br0", `p${port}`, "--", "set", "Interface", `p${port}`, "type=dummy"],
      ...[`ofport_request=${port}`, `options:tx_pcap=${capture(ovs, port)}`],
    );
  }
  return ovs;
}

const capture = ({ dir }: PrivateOvs, port: number) => join(dir, `p${port}.pcap`);
/** Bytes of the header of a pcap file and of each packet in it, and where the packet's length stands in the latter. */
const PCAP = { header: 24, packet: 16, length: 8 } as const;

/** The frames that have left by port 2, each as often as it has. */
async function sent(ovs: PrivateOvs): Promise<string[]> {
  const bytes = await Deno.readFile(capture(ovs, 2));
  const view = new DataView(bytes.buffer);
  const frames: string[] = [];
  for (let at = PCAP.header; at + PCAP.packet <= bytes.length;) {
    const length = view.getUint32(at + PCAP.length, true);
    at += PCAP.packet;
    frames.push(bytes.subarray(at, at + length).toHex());
    at += length;
  }
  return frames;
}

/**
 * Sends the frames into port 1. They go through the switch's cache, as a real Pod's do.
 *
 * @returns How often each of them has left by port 2.
 */
async function passed(ovs: PrivateOvs, frames: readonly string[]): Promise<Map<string, number>> {
  const before = (await sent(ovs)).length;
  for (let at = 0; at < frames.length; at += BATCH) {
    const last = frameOf({ ...LAST, from: at }, LAST_MAC);
    await ovs.appctl("netdev-dummy/receive", "p1", ...frames.slice(at, at + BATCH), last);
    const left = async () => (await sent(ovs)).lastIndexOf(last) >= before;
    await eventually("the last frame", left);
  }
  const counts = new Map<string, number>();
  for (const frame of (await sent(ovs)).slice(before)) {
    counts.set(frame, (counts.get(frame) ?? 0) + 1);
  }
  return counts;
}

const said = ({ rules, direction }: Given, packet: Packet) =>
  JSON.stringify({ rules, direction, packet });

const SEED = Number(Deno.env.get("SLUICE_TEST_SEED") ?? Date.now() % 2 ** 31);

Deno.test(`of random packets the switch says what the rules say (seed ${SEED})`, async () => {
  await using ovs = await start();
  let taken = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const seed = SEED + round;
    const filters = fc.sample(rules, { seed, numRuns: FILTERS }).flatMap((rules, i): Given[] =>
      DIRECTIONS.map((direction, j) => ({ id: 2 * i + j + 1, rules, direction }))
    );
    await load(ovs, filters);
    await ovs.emptyCache();
    const packets = fc.sample(packet, { seed, numRuns: PACKETS });
    const asked = packets.flatMap((packet) => filters.map((filter) => ({ filter, packet })));
    const frames = asked.map(({ filter, packet }) => frameOf(packet, filter.id));
    const times = await passed(ovs, frames);
    for (const [i, { filter, packet }] of asked.entries()) {
      const isExpected = isTaken(filter.rules, filter.direction, packet);
      taken += Number(isExpected);
      const found = times.get(frames[i]!) ?? 0;
      const same = frames.filter((frame) => frame === frames[i]).length;
      assert.equal(found, isExpected ? same : 0, said(filter, packet));
    }
  }
  const all = ROUNDS * FILTERS * DIRECTIONS.length * PACKETS;
  assert.ok(taken > all / 10 && taken < all * 9 / 10, `${taken} of ${all} are taken`);
});
