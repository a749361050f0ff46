/** The texts of ovs-ofctl: flows and groups. @module */
import assert from "node:assert/strict";
import fc from "fast-check";
import { formatFlow, formatGroup, parseFlow, parseGroup } from "../../../core/openflow/mod.ts";
import { actionsKey, flowKey } from "../../../core/openflow/messages/flow.ts";
import { arbitraryFlow, arbitraryGroup } from "../../../core/openflow/testing/arbitrary.ts";
import { FLOW_TEXTS } from "../../../core/openflow/testing/flow_texts.ts";
import { defineTarget, only, type Target } from "../target.ts";

const SAMPLES = { seed: 1, numRuns: 60 } as const;

export const OPENFLOW_TEXT: readonly Target[] = [
  defineTarget<string>({
    name: "text of a flow",
    samples: [...FLOW_TEXTS, ...fc.sample(arbitraryFlow, SAMPLES).map(formatFlow)],
    check: (text) => {
      const flow = parseFlow(text);
      const again = parseFlow(formatFlow(flow));
      assert.equal(flowKey(again), flowKey(flow));
      assert.equal(actionsKey(again), actionsKey(flow));
    },
    allows: only(TypeError),
    growths: {
      "many actions": (size) => `actions=${"output:1,".repeat(size)}drop`,
      "many fields": (size) => `${"in_port=1,".repeat(size)}actions=drop`,
      "open parentheses": (size) => `actions=${"clone(".repeat(size)}`,
      "spaces": (size) => `actions=${" ".repeat(size)}drop`,
    },
  }),
  defineTarget<string>({
    name: "text of a group",
    samples: fc.sample(arbitraryGroup, SAMPLES).map(formatGroup),
    check: (text) => {
      const formatted = formatGroup(parseGroup(text));
      assert.equal(formatGroup(parseGroup(formatted)), formatted);
    },
    allows: only(TypeError),
    growths: {
      "many buckets": (size) => `group_id=1,type=all${",bucket=actions=drop".repeat(size)}`,
    },
  }),
];
