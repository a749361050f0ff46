/** Inputs that broke something once, each with what it did. @module */

export interface Found {
  readonly target: string;
  /** As a failed run has printed it. */
  readonly input: string;
  readonly did: string;
}

export const CORPUS: readonly Found[] = [
  {
    target: "ovsdb updates",
    input:
      '[{"Bridge":{"00000000-0000-4000-8000-000000000000":{"initial":{}}}},{"Bridge":{"00000000-0000-4000-8000-000000000000":{"modify":{"toString":1}}}}]',
    did: "TypeError: a column was looked up among the properties of every object",
  },
  {
    target: "ovsdb updates",
    input:
      '[{"Interface":{"00000000-0000-4000-8000-000000000000":{"initial":{"name":["set",[]]}}}}]',
    did: "the name of a port was a set",
  },
  {
    target: "text of a flow",
    input: '"vlan_vid=10033,action=drop"',
    did: "a value with more bits than its field lost them when it was written",
  },
  {
    target: "text of a flow",
    input: '"recirc_id=0,sctp,arp,reg2=0"',
    did: "of two protocols the last one won, with fields of the first",
  },
  {
    target: "text of a flow",
    input: '"table=1,priority=1,nw_proto=7,action=constructor"',
    did: "TypeError: an action was looked up among the properties of every object",
  },
  {
    target: "text of a flow",
    input: '"table=1,toString=1,action=drop"',
    did: "a field was looked up among the properties of every object, and ignored",
  },
  {
    target: "text of a flow",
    input: '"priority=9,udp,tcp_src=6"',
    did: "a field of another protocol had another name when it was written",
  },
  {
    target: "object",
    input: '{"status":{"podIPs":[{"ip":{"toString":false}}]}}',
    did: "TypeError: an address was made a text before it was checked",
  },
  {
    target: "settings file",
    input: '"ovsBridge: *f\\nfeatureGates:"',
    did: "ReferenceError of the YAML library: an alias without an anchor",
  },
  {
    target: "manifest",
    input: JSON.stringify("? ".repeat(199)),
    did: "2.8 s for 398 bytes: each level of a key that is a map was written as text again",
  },
];
