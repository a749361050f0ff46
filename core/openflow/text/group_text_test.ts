import assert from "node:assert/strict";
import type { Group } from "../messages/groups.ts";
import { formatGroup, parseGroup } from "./group_text.ts";

/** Groups as `ovs-ofctl dump-groups` prints them: ovs-ofctl(8), "Group Syntax". */
const TEXTS: readonly [text: string, group: Group][] = [
  ["group_id=1,type=all", { id: 1, type: "all", buckets: [] }],
  [
    "group_id=2,type=ff,bucket=bucket_id:0,watch_port:1,watch_group:4,actions=output:1",
    {
      id: 2,
      type: "ff",
      buckets: [{ id: 0, watchPort: 1, watchGroup: 4, actions: [{ type: "output", port: 1 }] }],
    },
  ],
  [
    "group_id=3,type=select,selection_method=hash,selection_method_param=7," +
    "fields(ip_src=255.255.255.0,tcp_dst),bucket=bucket_id:0,weight:5,actions=drop",
    {
      id: 3,
      type: "select",
      selection: {
        name: "hash",
        parameter: 7n,
        fields: { ip_src: 0xffff_ff00n, tcp_dst: 0xffffn },
      },
      buckets: [{ id: 0, weight: 5, actions: [] }],
    },
  ],
];

Deno.test.each(TEXTS)("group %s is read and printed", (text, group) => {
  assert.deepEqual(parseGroup(text), group);
  assert.equal(formatGroup(group), text);
});

Deno.test("a bucket without a number has its place as one, and types have other names", () => {
  const group = parseGroup("group_id=1,type=fast_failover,bucket=output:1,bucket=actions=output:2");
  assert.equal(group.type, "ff");
  assert.deepEqual(group.buckets.map(({ id }) => id), [0, 1]);
});

Deno.test.each(["group_id=1,type=nonsense", "type=all", "group_id=1"])(
  "%s is no group",
  (text) => {
    assert.throws(() => parseGroup(text), TypeError);
  },
);
