/** How foreign flows are judged. The flows are in the syntax of ovs-ofctl. */
import assert from "node:assert/strict";
import interpose from "../../plugins/pipelines/interpose.ts";
import { parseFlow, parseGroup, PORT } from "../openflow/mod.ts";
import {
  sendsTo,
  sendsToMany,
  whyNoRedirects,
  whyNotWhileFlooding,
  whyUnusable,
} from "./foreign_flows.ts";

const pipeline = interpose.create({ tableBase: 200 });

Deno.test.each<[string, string | undefined]>([
  ["table=0,priority=0,actions=NORMAL", undefined],
  ["table=0,priority=65535,in_port=7,actions=drop", undefined],
  ["table=199,priority=1,actions=drop", undefined],
  ["table=216,priority=1,actions=drop", undefined],
  // A foreign flow in any of Sluice's tables.
  ["table=200,priority=77,actions=drop", "TableRangeTaken"],
  ["table=209,priority=0,actions=drop", "TableRangeTaken"],
  // In table 0 only a flow with both the match and the priority of one of Sluice's flows is in the way.
  ["table=0,priority=65000,ip,reg15=0/0x80000000,actions=drop", "TableRangeTaken"],
  ["table=0,priority=64999,ip,reg15=0/0x80000000,actions=drop", undefined],
  ["table=0,priority=65000,ip,actions=drop", undefined],
  // A flow of ovn-controller's table 0 (over OpenFlow 1.5 its `load` actions read as `set_field`), and a flow that
  // lacks one of the two fields.
  [
    "table=0,priority=100,in_port=3,actions=set_field:0x1->metadata,set_field:0x2->reg14,resubmit(,8)",
    "UnsupportedBridge",
  ],
  ["table=0,priority=100,in_port=3,actions=set_field:0x1->metadata,resubmit(,8)", undefined],
])("the foreign flow %s makes the bridge unusable for the reason %s", (flow, reason) => {
  assert.equal(whyUnusable([parseFlow(flow)], pipeline)?.reason, reason);
});

Deno.test("the condition names the flow in the way, and names --table-base only where that helps", () => {
  const [inTables, inTable0] = [
    "table=200,priority=77,actions=drop",
    "table=0,priority=65000,ip,reg15=0/0x80000000,actions=drop",
  ].map((flow) => whyUnusable([parseFlow(flow)], pipeline)!);
  const said = ({ message, cure = "" }: { message: string; cure?: string }) => `${message} ${cure}`;
  assert.match(said(inTables!), /table=200.*priority=77.*--table-base/s);
  assert.doesNotMatch(said(inTable0!), /--table-base/);
});

Deno.test.each([
  ["ALL", PORT.ALL, true],
  ["1,ALL", PORT.ALL, true],
  ["clone(ALL)", PORT.ALL, true],
  ["FLOOD", PORT.ALL, false],
  ["NORMAL", PORT.ALL, false],
  ["clone(2,FLOOD)", PORT.FLOOD, true],
  ["1,2", PORT.FLOOD, false],
])("whether actions=%s send to port %o: %s", (actions, port, sends) => {
  assert.equal(sendsTo(parseFlow(`actions=${actions}`).actions, port), sends);
});

Deno.test("FLOOD and ALL stand for many ports, no other port does", () => {
  const many = ["ALL", "FLOOD", "NORMAL", "1", "drop"].map((actions) =>
    sendsToMany(parseFlow(`actions=${actions}`).actions)
  );
  assert.deepEqual(many, [true, true, false, false, false]);
});

Deno.test("the condition that forbids redirects names the flow or group that sends to many ports", () => {
  assert.equal(whyNoRedirects([]), undefined);
  assert.equal(whyNotWhileFlooding([]), undefined);
  const group = parseGroup("group_id=7,type=all,bucket=actions=ALL");
  assert.match(whyNoRedirects([group])!.message, /group 7/);
  assert.equal(whyNoRedirects([group])!.reason, "UnsupportedBridge");
  const flow = parseFlow("table=0,priority=5,actions=FLOOD");
  assert.match(whyNotWhileFlooding([flow])!.message, /priority=5/);
  assert.equal(whyNotWhileFlooding([flow])!.reason, "ProtocolMissing");
});
