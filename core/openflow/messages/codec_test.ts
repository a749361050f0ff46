import fc from "fast-check";
import assert from "node:assert/strict";
import { ProtocolError } from "../../base/errors.ts";
import { Reader } from "../fields/binary.ts";
import { arbitraryActions, arbitraryFlow, arbitraryGroup } from "../testing/arbitrary.ts";
import { DECODERS } from "../testing/decoders.ts";
import { written } from "../testing/written.ts";
import { readActions, writeActions } from "./actions.ts";
import { actionsKey, type Flow, flowKey, flowsEqual } from "./flow.ts";
import { readFlowMod, writeFlowMod } from "./flow_messages.ts";
import { readGroups, writeGroupMod } from "./groups.ts";

function flowBytes(flow: Flow): Uint8Array {
  return written((writer) => writeFlowMod(writer, "add", flow));
}

function assertSame(actual: Flow, expected: Flow): void {
  assert.equal(flowKey(actual), flowKey(expected));
  assert.equal(actionsKey(actual), actionsKey(expected));
  assert.ok(flowsEqual(actual, expected));
}

/** The body of a group_mod as that of a description: only their first 16 bytes differ. */
function asDescription(mod: Uint8Array): Uint8Array {
  const reader = new Reader(mod);
  const [type, id] = [reader.skip(2).u8(), reader.skip(1).u32()];
  const bucketBytes = reader.u16();
  const rest = reader.skip(6).rest();
  return written((writer) =>
    writer.u16(16 + rest.length).u8(type).u8(0).u32(id).u16(bucketBytes).zeros(6).bytes(rest)
  );
}

Deno.test("a flow that is written is read back, and its bytes are the same when written again", () => {
  fc.assert(fc.property(arbitraryFlow, (flow) => {
    const bytes = flowBytes(flow);
    const { flow: read } = readFlowMod(new Reader(bytes));
    assertSame(read, flow);
    assert.equal(flowBytes(read).toHex(), bytes.toHex());
  }));
});

Deno.test("a group that is written is read back", () => {
  fc.assert(fc.property(arbitraryGroup, (group) => {
    const description = (each: typeof group) =>
      asDescription(written((writer) => writeGroupMod(writer, "add", each)));
    const [read] = readGroups(new Reader(description(group)));
    assert.equal(description(read!).toHex(), description(group).toHex());
  }));
});

Deno.test("an action that is not known is kept as it is", () => {
  const bytes = Uint8Array.fromHex(
    "ffff00100000232000ff000000000000" + "ffff0010000012340001000000000000",
  );
  const actions = readActions(new Reader(bytes));
  assert.deepEqual(actions.map(({ type }) => type), ["raw", "raw"]);
  assert.equal(written((writer) => writeActions(writer, actions)).toHex(), bytes.toHex());
});

/** Decodes or says that it cannot. */
function isTotal(decode: (bytes: Uint8Array) => unknown, bytes: Uint8Array): void {
  try {
    decode(bytes);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
  }
}

Deno.test.each(Object.keys(DECODERS))(
  "random bytes for %s give a value or a ProtocolError",
  (name) => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => isTotal(DECODERS[name]!, bytes)),
      {
        numRuns: 500,
      },
    );
  },
);

const damage = fc.record({
  cut: fc.nat(),
  changes: fc.array(fc.record({ at: fc.nat(), byte: fc.nat(255) }), { maxLength: 4 }),
});

Deno.test("a flow with damaged bytes gives a flow or a ProtocolError", () => {
  fc.assert(
    fc.property(arbitraryFlow, damage, (flow, { cut, changes }) => {
      const bytes = flowBytes(flow);
      for (const { at, byte } of changes) bytes[at % bytes.length] = byte;
      isTotal(DECODERS.flow_mod!, bytes);
      isTotal(DECODERS.flow_mod!, bytes.subarray(0, cut % bytes.length));
    }),
    { numRuns: 500 },
  );
});

Deno.test("bytes that are missing or left over in a list of actions are refused", () => {
  fc.assert(fc.property(arbitraryActions.filter((list) => list.length > 0), (actions) => {
    const bytes = written((writer) => writeActions(writer, actions));
    assert.throws(() => readActions(new Reader(bytes.subarray(0, -1))), ProtocolError);
    const longer = written((writer) => writer.bytes(bytes).u8(0));
    assert.throws(() => readActions(new Reader(longer)), ProtocolError);
  }));
});
