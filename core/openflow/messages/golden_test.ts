import assert from "node:assert/strict";
import { Reader, Writer } from "../fields/binary.ts";
import { match } from "../fields/match.ts";
import { FLOW_TEXTS } from "../testing/flow_texts.ts";
import { recordOfctl } from "../testing/recorder.ts";
import { parseFlow } from "../text/flow_text.ts";
import { formatGroup, parseGroup } from "../text/group_text.ts";
import { actionsKey, flowKey } from "./flow.ts";
import { readFlowMod, writeFlowDelete, writeFlowMod } from "./flow_messages.ts";
import { writeGroupMod } from "./groups.ts";
import { MESSAGE } from "./header.ts";
import { type Meter, type MeterCommand, writeMeterMod } from "./meters.ts";
import { writePacketOut } from "./packets.ts";

/** Flows that we write in another way, and the switch takes for the same. */
const OTHERWISE = [/CONTROLLER|controller|tun_flags/];

async function flowMods(): Promise<Uint8Array[]> {
  const file = Deno.makeTempFileSync();
  try {
    Deno.writeTextFileSync(file, FLOW_TEXTS.join("\n"));
    const frames = await recordOfctl("add-flows", file);
    return frames.filter(({ type }) => type === MESSAGE.flow_mod).map(({ body }) => body);
  } finally {
    Deno.removeSync(file);
  }
}

Deno.test("what ovs-ofctl sends of a flow is read as the flow, and is what we send of it", async () => {
  const bodies = await flowMods();
  assert.equal(bodies.length, FLOW_TEXTS.length, "each text is used");
  for (const [i, text] of FLOW_TEXTS.entries()) {
    const flow = parseFlow(text);
    const reader = new Reader(bodies[i]!);
    const read = readFlowMod(reader);
    reader.end("a flow_mod");
    assert.equal(flowKey(read.flow), flowKey(flow), text);
    assert.equal(actionsKey(read.flow), actionsKey(flow), text);
    if (OTHERWISE.some((pattern) => pattern.test(text))) continue;
    const writer = new Writer();
    writeFlowMod(writer, "add", flow);
    assert.equal(writer.finish().toHex(), bodies[i]!.toHex(), text);
  }
});

const GROUP_TEXTS = [
  "group_id=1,type=all,bucket=bucket_id:0,actions=output:1,bucket=bucket_id:1,actions=set_field:0x1->reg0,output:2",
  "group_id=2,type=ff,bucket=bucket_id:0,watch_port:1,actions=output:1,bucket=bucket_id:1,watch_group:4,actions=output:2",
  "group_id=3,type=select,selection_method=hash,selection_method_param=7,fields(ip_src=255.255.255.0,tcp_dst),bucket=bucket_id:0,weight:5,actions=output:1",
  "group_id=4,type=indirect,bucket=bucket_id:0,actions=resubmit(,30)",
  "group_id=5,type=select,bucket=bucket_id:0,actions=output:1,bucket=bucket_id:1,actions=output:2",
];

Deno.test.each(GROUP_TEXTS)("what ovs-ofctl sends of group %s is what we send", async (text) => {
  const frames = await recordOfctl("add-group", text);
  const golden = frames.find(({ type }) => type === MESSAGE.group_mod)!;
  const writer = new Writer();
  writeGroupMod(writer, "add", parseGroup(text));
  assert.equal(writer.finish().toHex(), golden.body.toHex());
  assert.equal(formatGroup(parseGroup(text)), text);
});

const METERS: readonly (readonly [string, string, Meter])[] = [
  [
    "add-meter",
    "meter=1358954503,pktps,burst,stats,bands=type=drop,rate=200,burst_size=20",
    { id: 1358954503, limit: { unit: "packets", rate: 200, burst: 20 } },
  ],
  [
    "mod-meter",
    "meter=9,kbps,burst,stats,bands=type=drop,rate=8000,burst_size=600",
    { id: 9, limit: { unit: "kilobits", rate: 8000, burst: 600 } },
  ],
  ["del-meter", "meter=7", { id: 7 }],
];
const METER_COMMANDS: Readonly<Record<string, MeterCommand>> = {
  "add-meter": "add",
  "mod-meter": "modify",
  "del-meter": "delete",
};

Deno.test.each(METERS)(
  "what ovs-ofctl sends for %s %s is what we send",
  async (name, text, meter) => {
    const frames = await recordOfctl(name, text);
    const golden = frames.find(({ type }) => type === MESSAGE.meter_mod)!;
    const writer = new Writer();
    writeMeterMod(writer, METER_COMMANDS[name]!, meter);
    assert.equal(writer.finish().toHex(), golden.body.toHex());
  },
);

Deno.test("what ovs-ofctl sends to delete flows is what we send", async () => {
  const frames = await recordOfctl("del-flows", "table=3,cookie=0x50/0xf0,in_port=1");
  const golden = frames.find(({ type }) => type === MESSAGE.flow_mod)!;
  const writer = new Writer();
  const filter = { table: 3, cookie: 0x50n, cookieMask: 0xf0n, match: match({ in_port: 1 }) };
  writeFlowDelete(writer, filter);
  assert.equal(writer.finish().toHex(), golden.body.toHex());
});

Deno.test("what ovs-ofctl sends of a packet is what we send", async () => {
  const data = Uint8Array.fromHex("02aa0000000102aa000000020800" + "00".repeat(46));
  const frames = await recordOfctl(
    "packet-out",
    `in_port=controller,packet=${data.toHex()},actions=output:2,resubmit(,3)`,
  );
  const golden = frames.find(({ type }) => type === MESSAGE.packet_out)!;
  const writer = new Writer();
  writePacketOut(writer, {
    actions: [{ type: "output", port: 2 }, { type: "resubmit", table: 3 }],
    data,
  });
  assert.equal(writer.finish().toHex(), golden.body.toHex());
});
