import fc from "fast-check";
import assert from "node:assert/strict";
import { actionsKey, flowKey, flowsEqual } from "../messages/flow.ts";
import { writeGroupMod } from "../messages/groups.ts";
import { arbitraryFlow, arbitraryGroup } from "../testing/arbitrary.ts";
import { written } from "../testing/written.ts";
import { formatFlow, parseFlow } from "./flow_text.ts";
import { formatGroup, parseGroup } from "./group_text.ts";

Deno.test("a flow's text is read back as the flow, and printed the same again", () => {
  fc.assert(fc.property(arbitraryFlow, (flow) => {
    const text = formatFlow(flow);
    const read = parseFlow(text);
    assert.equal(flowKey(read), flowKey(flow));
    assert.equal(actionsKey(read), actionsKey(flow));
    assert.ok(flowsEqual(read, flow));
    assert.equal(formatFlow(read), text);
  }));
});

Deno.test("a group's text is read back as the group", () => {
  const bytes = (group: Parameters<typeof formatGroup>[0]) =>
    written((writer) => writeGroupMod(writer, "add", group)).toHex();
  fc.assert(fc.property(arbitraryGroup, (group) => {
    assert.equal(bytes(parseGroup(formatGroup(group))), bytes(group));
  }));
});
