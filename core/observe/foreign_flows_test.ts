/** What the owner's flows mean for Sluice, told by flows in ovs-ofctl's words. */
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
  ["table=209,priority=1,actions=drop", undefined],
  // Sluice's tables, wherever in them.
  ["table=200,priority=77,actions=drop", "TableRangeTaken"],
  ["table=208,priority=0,actions=drop", "TableRangeTaken"],
  // The very match and priority of a flow of Sluice's in table 0; another priority or match is the owner's own.
  ["table=0,priority=65000,ip,reg15=0/0x80000000,actions=drop", "TableRangeTaken"],
  ["table=0,priority=64999,ip,reg15=0/0x80000000,actions=drop", undefined],
  ["table=0,priority=65000,ip,actions=drop", undefined],
  // The first table of ovn-controller (OpenFlow 1.5 gives its loads back as set_field), and what only looks like it.
  [
    "table=0,priority=100,in_port=3,actions=set_field:0x1->metadata,set_field:0x2->reg14,resubmit(,8)",
    "UnsupportedBridge",
  ],
  ["table=0,priority=100,in_port=3,actions=set_field:0x1->metadata,resubmit(,8)", undefined],
])("a foreign flow %s makes the bridge unusable by: %s", (flow, reason) => {
  assert.equal(whyUnusable([parseFlow(flow)], pipeline)?.reason, reason);
});

Deno.test("the flow in the way is named, and where a cure by --table-base is of no use it is not named", () => {
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
])("actions=%s send to port %o: %s", (actions, port, sends) => {
  assert.equal(sendsTo(parseFlow(`actions=${actions}`).actions, port), sends);
});

Deno.test("FLOOD and ALL stand for many ports, others do not", () => {
  const many = ["ALL", "FLOOD", "NORMAL", "1", "drop"].map((actions) =>
    sendsToMany(parseFlow(`actions=${actions}`).actions)
  );
  assert.deepEqual(many, [true, true, false, false, false]);
});

Deno.test("what sends to all ports is why no redirect can be, and is named", () => {
  assert.equal(whyNoRedirects([]), undefined);
  assert.equal(whyNotWhileFlooding([]), undefined);
  const group = parseGroup("group_id=7,type=all,bucket=actions=ALL");
  assert.match(whyNoRedirects([group])!.message, /group 7/);
  assert.equal(whyNoRedirects([group])!.reason, "UnsupportedBridge");
  const flow = parseFlow("table=0,priority=5,actions=FLOOD");
  assert.match(whyNotWhileFlooding([flow])!.message, /priority=5/);
  assert.equal(whyNotWhileFlooding([flow])!.reason, "ProtocolMissing");
});
