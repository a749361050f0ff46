/** What is said of a Pod or a TrafficControl that the agent does not know. */
import assert from "node:assert/strict";
import { mirror } from "../model/testing/fixtures.ts";
import type { Question } from "../report/http.ts";
import type { Unknown } from "./explanation.ts";
import type { ExplainInputs } from "./inputs.ts";
import { AskedNode, MAC } from "./testing/asked_node.ts";

/** A question, what else is known, and what is said. */
const UNKNOWN: readonly [string, Question, Partial<ExplainInputs>, Partial<Unknown>][] = [
  ["a Pod that is misspelled", { pod: "default/abd" }, {}, { similar: ["default/abc"] }],
  ["a Pod of another Namespace", { pod: "prod/abc" }, {}, { similar: ["default/abc"] }],
  ["a Pod unlike any", { pod: "default/zzzzzz" }, {}, {
    similar: [],
    message: 'The agent knows no Pod "default/zzzzzz" on node "node1"',
  }],
  ["a Pod that a source lists", { pod: "default/far" }, { listing: () => ["files"] }, {
    message: 'Source files lists Pod "default/far", which has no port of its own on node "node1"',
  }],
  [
    "a Pod that is refused",
    { pod: "default/bad" },
    { issues: ['Pod "default/bad": /spec: no'] },
    { message: 'Pod "default/bad": /spec: no' },
  ],
  ["a TrafficControl", { control: "mirrow" }, {}, {
    similar: ["mirror"],
    message: 'The agent of node "node1" knows no TrafficControl "mirrow"',
  }],
];
for (const [what, question, known, expected] of UNKNOWN) {
  Deno.test(`unknown: ${what}`, () => {
    const it = new AskedNode();
    it.pod("abc", MAC);
    it.model.setControl(mirror("mirror", "1", "tap0"));
    const answer = it.ask(question, known) as Unknown;
    for (const [field, value] of Object.entries(expected)) {
      assert.deepEqual(answer[field as keyof Unknown], value, field);
    }
    assert.ok(answer.cure.length > 0);
  });
}
