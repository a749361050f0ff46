import assert from "node:assert/strict";
import { FLOW_TEXTS } from "./_flow_texts.ts";
import { recordOfctl } from "./_recorder.ts";
import { Reader, Writer } from "./binary.ts";
import { actionsKey, flowKey } from "./flow.ts";
import { readFlowMod, writeFlowMod } from "./flow_messages.ts";
import { parseFlow } from "./flow_text.ts";
import { parseGroup } from "./group_text.ts";
import { writeGroupMod } from "./groups.ts";
import { MESSAGE } from "./header.ts";

/** Flows that we write in another way, and the switch takes for the same. */
const OTHERWISE = [/CONTROLLER|controller|reset_counts/];

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
