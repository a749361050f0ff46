/** Which messages of the switch are a reason to read all its flows again. */
import assert from "node:assert/strict";
import interpose from "../../plugins/pipelines/interpose.ts";
import { type AsyncMessage, parseFlow, parseGroup } from "../openflow/mod.ts";
import { isReasonToLook, type Standing } from "./switch_news.ts";

const CALM: Standing = {
  pipeline: interpose.create({ tableBase: 200 }),
  hindered: false,
  isOurPlace: () => false,
};
const HINDERED: Standing = { ...CALM, hindered: true };
const OUR_PLACE: Standing = { ...CALM, isOurPlace: () => true };

const OURS = "cookie=0x51ce000000000000,table=200,actions=drop";
const LEARNED = "cookie=0x51ce000100000000,table=207,actions=drop";
const OWNERS = "cookie=0x7,table=0,priority=5,actions=NORMAL";
const FLOODING = "cookie=0x7,table=0,priority=5,actions=FLOOD";
const IN_OUR_TABLES = "cookie=0x7,table=200,priority=5,actions=drop";

type Event = "initial" | "added" | "removed" | "modified";
const flow = (event: Event, text: string): AsyncMessage => ({
  type: "flow_update",
  event,
  flow: parseFlow(text),
});

Deno.test.each<[string, AsyncMessage, Standing, boolean]>([
  ["a flow of Sluice is taken away", flow("removed", OURS), CALM, true],
  ["a flow of Sluice is changed", flow("modified", OURS), CALM, true],
  ["somebody else adds a flow of Sluice", flow("added", OURS), CALM, true],
  ["a flow of Sluice was there at first", flow("initial", OURS), CALM, false],
  ["a learned flow times out", flow("removed", LEARNED), CALM, false],
  ["the switch learns a flow", flow("added", LEARNED), CALM, false],
  ["the owner adds a flow of its own", flow("added", OWNERS), CALM, false],
  ["the owner adds a flow where one of Sluice is", flow("added", OWNERS), OUR_PLACE, true],
  ["the owner begins to flood", flow("added", FLOODING), CALM, true],
  ["the owner adds a flow to Sluice's tables", flow("added", IN_OUR_TABLES), CALM, true],
  ["the owner takes a flow away, and none was in the way", flow("removed", FLOODING), CALM, false],
  ["the owner takes a flow away, and one was in the way", flow("removed", OWNERS), HINDERED, true],
  ["the owner changes a flow, and none was in the way", flow("modified", OWNERS), CALM, false],
  ["the owner changes a flow, and one was in the way", flow("modified", OWNERS), HINDERED, true],
])("%s: whether that is a reason to read all flows again", (_, message, standing, expected) => {
  assert.equal(isReasonToLook(message, standing), expected);
});

Deno.test("a changed group is a reason if it floods, or if foreign flows hinder Sluice", () => {
  const changed = (text: string): AsyncMessage => ({
    type: "group_changed",
    command: "add",
    group: parseGroup(text),
  } as AsyncMessage);
  const [floods, sends] = ["FLOOD", "3"].map((port) =>
    changed(`group_id=1,type=all,bucket=actions=${port}`)
  );
  assert.equal(isReasonToLook(floods!, CALM), true);
  assert.equal(isReasonToLook(sends!, CALM), false);
  assert.equal(isReasonToLook(sends!, HINDERED), true);
});

Deno.test("a message about Sluice's own change is never a reason", () => {
  for (const event of ["abbreviated", "paused", "resumed"] as const) {
    assert.equal(isReasonToLook({ type: "flow_update", event, xid: 7 }, HINDERED), false);
  }
});

Deno.test("a flow that may change how the owner floods is a reason, whatever happened to it", () => {
  const standing = { ...CALM, isOwnersFlooding: ({ table }: { table: number }) => table === 0 };
  for (const event of ["added", "removed", "modified"] as const) {
    const change = (table: number) =>
      ({
        type: "flow_update",
        event,
        flow: { table, priority: 3, cookie: 7n, match: {}, actions: [] },
      }) as unknown as AsyncMessage;
    assert.equal(isReasonToLook(change(0), standing), true);
    assert.equal(isReasonToLook(change(7), standing), false);
  }
});
