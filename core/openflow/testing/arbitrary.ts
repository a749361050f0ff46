/** Random matches, actions, flows and groups for tests, made from the tables of fields and actions. @module */
import fc from "fast-check";
import { ones } from "../fields/binary.ts";
import type { FieldSpec, FieldValue, Match } from "../fields/field_types.ts";
import { FIELDS } from "../fields/fields.ts";
import { canonicalMatch, meets } from "../fields/match.ts";
import { PORT } from "../fields/ports.ts";
import { PREREQUISITES } from "../fields/protocols.ts";
import type { Subfield } from "../fields/subfields.ts";
import type { Action, ActionOf, ActionType, LearnSpec } from "../messages/action_types.ts";
import { type Flow, FLOW_FLAGS, type FlowFlag } from "../messages/flow.ts";
import { type Bucket, type Group, GROUP_TYPES } from "../messages/groups.ts";
import { BUNDLE_ALGORITHMS, HASH_FIELDS, MULTIPATH_ALGORITHMS } from "../messages/hash_actions.ts";

const u8 = fc.integer({ min: 0, max: 0xff });
const u16 = fc.integer({ min: 0, max: 0xffff });
const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
const table = fc.integer({ min: 0, max: 0xfe });
const bits = (width: number) => fc.bigInt({ min: 0n, max: ones(width) });
const port = fc.oneof(
  fc.integer({ min: 1, max: 0xfeff }),
  fc.constantFrom(PORT.LOCAL, PORT.NORMAL, PORT.FLOOD, PORT.ALL),
);
const realPort = fc.integer({ min: 1, max: 0xfeff });
const bytes = fc.uint8Array({ maxLength: 20 });

/** The fields that a canonical match can have. */
const MATCH_FIELDS = FIELDS.filter(({ name }) =>
  !/^(vlan_tci|in_port_oxm|nw_tos|packet_type|xx?reg\d)$/.test(name)
);

function value(spec: FieldSpec): fc.Arbitrary<FieldValue> {
  const exact = bits(spec.width).map((value): FieldValue => ({ value }));
  if (!spec.maskable || spec.width === 1) return exact;
  const masked = fc.tuple(bits(spec.width), bits(spec.width))
    .filter(([, mask]) => mask !== 0n && mask !== ones(spec.width))
    .map(([value, mask]): FieldValue => ({ value: value & mask, mask }));
  return fc.oneof(exact, masked);
}

function withPrerequisite(prerequisite: Readonly<Record<string, bigint>>): fc.Arbitrary<Match> {
  const base: Match = Object.fromEntries(
    Object.entries(prerequisite).map(([name, value]) => [name, { value }]),
  );
  const possible = MATCH_FIELDS.filter(({ name, needs }) =>
    !Object.hasOwn(base, name) && name !== "eth_type" && name !== "ip_proto" &&
    (needs.length === 0 || needs.some((need) => meets(base, PREREQUISITES[need])))
  );
  return fc.subarray([...possible], { maxLength: 6 }).chain((specs) =>
    fc.tuple(...specs.map((spec) => value(spec).map((given) => [spec.name, given] as const)))
  ).map((entries) => canonicalMatch({ ...base, ...Object.fromEntries(entries) }));
}

/** Matches in canonical form that meet their prerequisites. */
export const arbitraryMatch: fc.Arbitrary<Match> = fc.oneof(
  withPrerequisite({}),
  ...Object.values(PREREQUISITES).map(withPrerequisite),
);

/** The fields whose header has four bytes, which is all that some actions have room for. */
const ACTION_FIELDS = FIELDS.filter(({ shortHeader }) => shortHeader.experimenter === undefined);

function subfieldOf(width: number): fc.Arbitrary<Subfield> {
  return fc.constantFrom(...ACTION_FIELDS.filter((spec) => spec.subfieldWidth >= width))
    .chain(({ name, subfieldWidth }) =>
      fc.integer({ min: 0, max: subfieldWidth - width })
        .map((start) => ({ field: name, start, end: start + width - 1 }))
    );
}

const subfield = fc.integer({ min: 1, max: 32 }).chain(subfieldOf);
const pair = fc.integer({ min: 1, max: 48 })
  .chain((width) => fc.record({ from: subfieldOf(width), to: subfieldOf(width) }));
const immediate = fc.integer({ min: 1, max: 48 })
  .chain((width) => fc.record({ value: bits(width), to: subfieldOf(width) }));

const learnSpec: fc.Arbitrary<LearnSpec> = fc.oneof(
  pair.map((each) => ({ type: "match_field", ...each }) as const),
  pair.map((each) => ({ type: "load_field", ...each }) as const),
  immediate.map((each) => ({ type: "match_value", ...each }) as const),
  immediate.map((each) => ({ type: "load_value", ...each }) as const),
  subfield.map((from) => ({ type: "output", from }) as const),
);

const optionals = <T extends object>(all: { [Key in keyof T]: fc.Arbitrary<T[Key]> }) =>
  fc.record(all, { requiredKeys: [] }) as fc.Arbitrary<Partial<T>>;
const type = <Type extends ActionType>(name: Type) => fc.constant({ type: name });

type Properties<Type extends ActionType> = Omit<ActionOf<Type>, "type">;

/** Actions of one type. @param required The properties that each has; all if absent. */
function action<Type extends ActionType>(
  name: Type,
  record: { readonly [Key in keyof Properties<Type>]?: fc.Arbitrary<Properties<Type>[Key]> },
  required: readonly string[] = Object.keys(record),
): fc.Arbitrary<ActionOf<Type>> {
  const properties = fc.record(record as Record<string, fc.Arbitrary<unknown>>, {
    requiredKeys: [...required],
  });
  return properties.map((each) => ({ type: name, ...each }) as unknown as ActionOf<Type>);
}

const setField = fc.constantFrom(...FIELDS.filter(({ name }) => name !== "packet_type"))
  .chain((spec) =>
    value(spec).map((given) => ({ type: "set_field" as const, field: spec.name, ...given }))
  );

const nat: fc.Arbitrary<ActionOf<"nat">> = fc.oneof(
  type("nat"),
  fc.tuple(
    fc.constantFrom("src" as const, "dst" as const),
    fc.constantFrom(["ipv4", 32] as const, ["ipv6", 128] as const)
      .chain(([family, width]) => fc.tuple(fc.constant(family), bits(width), bits(width))),
    fc.option(fc.tuple(fc.integer({ min: 1, max: 65535 }), fc.integer({ min: 1, max: 65535 }))),
    fc.subarray(["persistent", "hash"] as const),
  ).map(([direction, [family, firstAddress, lastAddress], ports, options]) => ({
    type: "nat" as const,
    direction,
    family,
    firstAddress,
    lastAddress,
    ...(ports && { firstPort: ports[0], lastPort: ports[1] }),
    ...(options.length > 0 && { options }),
  })),
);

const ethertype = u16;
const flat: { readonly [Type in ActionType]?: fc.Arbitrary<ActionOf<Type>> } = {
  output: action("output", { port, maxLength: u32 }, ["port"]),
  output_field: action("output_field", { from: subfield }),
  controller: action("controller", {
    maxLength: u16,
    id: fc.integer({ min: 1, max: 0xffff }),
    reason: fc.constantFrom(0, 2, 3),
    userdata: fc.uint8Array({ minLength: 1, maxLength: 20 }),
    pause: fc.constant(true),
    meter: u16,
  }, ["maxLength"]),
  group: action("group", { group: u32 }),
  set_field: setField,
  move: pair.map((each) => ({ type: "move", ...each })),
  load: immediate.map((each) => ({ type: "load", ...each })),
  push: action("push", { subfield }),
  pop: action("pop", { subfield }),
  learn: fc.tuple(
    fc.record({
      table,
      priority: u16,
      cookie: bits(64),
      specs: fc.array(learnSpec, { maxLength: 5 }),
    }),
    optionals({
      idleTimeout: u16,
      hardTimeout: u16,
      finIdleTimeout: u16,
      finHardTimeout: u16,
      limit: u32,
      result: subfieldOf(1),
      sendFlowRemoved: fc.constant(true),
      deleteLearned: fc.constant(true),
    }),
  ).map(([each, options]) => ({ type: "learn", ...each, ...options }) as ActionOf<"learn">),
  resubmit: action("resubmit", { table, port: realPort, ct: fc.constant(true) }, ["table"]),
  push_vlan: action("push_vlan", { ethertype }),
  push_mpls: action("push_mpls", { ethertype }),
  pop_mpls: action("pop_mpls", { ethertype }),
  pop_vlan: type("pop_vlan"),
  dec_mpls_ttl: type("dec_mpls_ttl"),
  pop_queue: type("pop_queue"),
  ct_clear: type("ct_clear"),
  exit: type("exit"),
  dec_nsh_ttl: type("dec_nsh_ttl"),
  dec_ttl: action("dec_ttl", { ids: fc.array(u16, { minLength: 1, maxLength: 4 }) }, []),
  set_mpls_ttl: action("set_mpls_ttl", { ttl: u8 }),
  set_nw_ttl: action("set_nw_ttl", { ttl: u8 }),
  set_queue: action("set_queue", { queue: u32 }),
  conjunction: action("conjunction", { id: u32, clause: fc.nat(63), clauses: fc.nat(64) }),
  note: action("note", { bytes }),
  fin_timeout: action("fin_timeout", { idleTimeout: u16, hardTimeout: u16 }),
  check_pkt_larger: action("check_pkt_larger", { length: u16, to: subfieldOf(1) }),
  delete_field: action("delete_field", {
    field: fc.constantFrom(...FIELDS.map(({ name }) => name)),
  }),
  nat,
  multipath: action("multipath", {
    fields: fc.constantFrom(...HASH_FIELDS),
    basis: u16,
    algorithm: fc.constantFrom(...MULTIPATH_ALGORITHMS),
    links: fc.integer({ min: 1, max: 0x10000 }),
    argument: u32,
    to: subfield,
  }),
  bundle: action("bundle", {
    fields: fc.constantFrom(...HASH_FIELDS),
    basis: u16,
    algorithm: fc.constantFrom(...BUNDLE_ALGORITHMS),
    members: fc.array(realPort, { minLength: 1, maxLength: 5 }),
    to: subfield,
  }, ["fields", "basis", "algorithm", "members"]),
  sample: action("sample", {
    probability: u16,
    collectorSet: u32,
    domain: u32,
    point: u32,
    port: realPort,
    direction: fc.constantFrom("ingress" as const, "egress" as const),
  }, ["probability", "collectorSet", "domain", "point"]),
  meter: action("meter", { meter: u32 }),
};

const flatAction: fc.Arbitrary<Action> = fc.oneof(...Object.values(flat) as fc.Arbitrary<Action>[]);
const flatList = fc.array(flatAction, { maxLength: 3 });

const nested: fc.Arbitrary<Action> = fc.oneof(
  action("clone", { actions: flatList }),
  action("ct", {
    commit: fc.constant(true),
    force: fc.constant(true),
    table,
    zone: fc.oneof(fc.integer({ min: 1, max: 0xffff }), subfieldOf(16)),
    algorithmPort: fc.constantFrom(21, 69),
    actions: fc.array(flatAction, { minLength: 1, maxLength: 3 }),
  }, []).map((action) => {
    // In text there is at most one nat, and it comes first.
    const isNat = ({ type }: Action) => type === "nat";
    const actions = action.actions?.toSorted((a, b) => Number(isNat(b)) - Number(isNat(a)))
      .filter((each, i) => i === 0 || !isNat(each));
    return actions ? { ...action, actions } : action;
  }),
);

/** Lists of actions without instructions. */
export const arbitraryActions: fc.Arbitrary<Action[]> = fc.array(
  fc.oneof({ weight: 5, arbitrary: flatAction }, { weight: 1, arbitrary: nested }),
  { maxLength: 6 },
);

const instructions: fc.Arbitrary<Action[]> = fc.tuple(
  fc.subarray(
    [
      { type: "clear_actions" },
      { type: "goto_table", table: 7 },
      { type: "write_metadata", value: 5n, mask: 0xffn },
    ] as const,
  ),
  fc.option(flatList.map((actions) => ({ type: "write_actions", actions }) as const)),
).map(([some, write]) => [...some, ...(write ? [write] : [])]);

/** Flows with actions and instructions. */
export const arbitraryFlow: fc.Arbitrary<Flow> = fc.tuple(
  fc.record({ table, priority: u16, cookie: bits(64), match: arbitraryMatch }),
  fc.tuple(arbitraryActions, instructions).map((lists) => lists.flat()),
  optionals({
    idleTimeout: u16,
    hardTimeout: u16,
    importance: u16,
    flags: fc.subarray(Object.keys(FLOW_FLAGS) as FlowFlag[]),
  }),
).map(([flow, actions, options]) => ({ ...flow, actions, ...options }) as Flow);

const bucket: fc.Arbitrary<Bucket> = fc.tuple(
  fc.record({ id: u32, actions: flatList }),
  optionals({ weight: fc.integer({ min: 2, max: 0xffff }), watchPort: realPort, watchGroup: u16 }),
).map(([each, options]) => ({ ...each, ...options }) as Bucket);

/** Groups of all types. */
export const arbitraryGroup: fc.Arbitrary<Group> = fc.record({
  id: u32,
  type: fc.constantFrom(...GROUP_TYPES),
  buckets: fc.array(bucket, { maxLength: 4 }),
});
