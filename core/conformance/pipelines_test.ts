/**
 * Pipelines with one fault each, and the line that the conformance suite prints for their author. Those that redirect or
 * drop are in pipelines_hops_test.ts.
 */
import assert from "node:assert/strict";
import { match } from "../api.ts";
import { pipelineProblems } from "./mod.ts";
import {
  type Change,
  changed,
  isHandBack,
  mapped,
  mirrorOnly,
  none,
  withoutOutputs,
} from "./testing/wrong_pipelines.ts";

/** Each case is the pipeline `mirror-only` with one fault. */
const MIRRORS: readonly (readonly [string, Change, RegExp])[] = [
  [
    "writes nothing",
    () => ({ bridge: none, copyPort: none, treatment: none, podPort: none, counter: none }),
    /^rows: writes nothing at all$/,
  ],
  [
    "can do nothing",
    () => ({ cannot: () => ["anything"] }),
    /^cannot: must leave something to do: refuses a copy, a hop, a drop$/,
  ],
  [
    "says that it can do what it ignores",
    ({ cannot }) => ({ cannot: (treatment) => treatment.hops?.length ? [] : cannot(treatment) }),
    /^cannot: must refuse a hop with a scope that it does not know$/m,
  ],
  [
    "refuses two copies",
    ({ cannot }) => ({
      cannot: (treatment) => treatment.copies?.length === 2 ? ["two copies"] : cannot(treatment),
    }),
    /^cannot: refuses two copies, although it can do a copy$/,
  ],
  [
    "takes options that it does not know",
    ({ cannot }) => ({
      cannot: ({ copies = [], ...others }) =>
        cannot({ ...others, copies: copies.map(({ to }) => ({ to })) }),
    }),
    /^cannot: must refuse a copy with a scope that it does not know$/,
  ],
  [
    "answers no list",
    () => ({ cannot: () => "nothing" as never }),
    /^cannot: must return a list of what it cannot do, in words: returns "nothing"$/,
  ],
  [
    "ignores copies",
    ({ treatment }) => ({ treatment: (...args) => withoutOutputs(treatment(...args), 0) }),
    /^packets: a copy, egress: an IPv4 packet from pod to uplink comes 0 times to the copy's port "copyA", must once$/m,
  ],
  [
    "ignores the second copy",
    ({ treatment }) => ({ treatment: (...args) => withoutOutputs(treatment(...args), 1) }),
    /^packets: two copies, egress: an IPv4 packet from pod to uplink comes 0 times to the copy's port "copyB", must once\npackets: two copies, ingress: /,
  ],
  [
    "ignores ingress",
    ({ podPort }) => ({ podPort: ({ ingress: _, ...pod }) => podPort(pod) }),
    /^packets: a copy, ingress: an IPv4 packet from uplink to pod comes 0 times to the copy's port "copyA", must once\npackets: two copies, ingress: .*$/,
  ],
  [
    "knows Pods by their MACs alone",
    ({ podPort }) => ({ podPort: (pod) => podPort({ ...pod, match: "mac" }) }),
    /^packets: a copy, ingress: an IPv4 packet from uplink to routed comes 0 times/,
  ],
  [
    "copies twice between two Pods",
    ({ treatment }) => ({
      treatment: (...args) => treatment(...args).filter(({ priority }) => priority !== 20),
    }),
    /^packets: a copy, both: an IPv4 packet from pod to routed comes 2 times to the copy's port "copyA", must once$/m,
  ],
  [
    "copies what no Pod has to do with",
    ({ bridge }) => ({
      bridge: () =>
        mapped(bridge(), ({ actions }) => ({ actions: [{ type: "output", port: 5 }, ...actions] })),
    }),
    /^packets: a copy, egress: an IPv4 packet from pod to uplink comes 2 times to the copy's port "copyA", must once$/m,
  ],
  [
    "hands back twice",
    ({ bridge }) => ({
      bridge: () =>
        mapped(
          bridge(),
          ({ actions }) => ({ actions: [...actions, { type: "resubmit", table: 0 }] }),
        ),
    }),
    /^packets: a copy, egress: an IPv4 packet from pod to uplink is handed back to table 0 2 times, must be once$/m,
  ],
  [
    "never hands back",
    ({ bridge }) => ({
      bridge: () =>
        mapped(
          bridge(),
          ({ actions }) => ({ actions: actions.filter((each) => !isHandBack(each)) }),
        ),
    }),
    /^packets: a copy, egress: an IPv4 packet from pod to uplink is handed back to table 0 0 times, must be once$/m,
  ],
  [
    "forwards by itself",
    ({ bridge }) => ({
      bridge: () =>
        mapped(bridge(), ({ actions }) => ({
          actions: actions.map((each) =>
            isHandBack(each) ? { type: "output", port: 0xfffffffa } : each
          ),
        })),
    }),
    /^packets: .* goes out by port 4294967290, which the treatment does not name$/m,
  ],
  [
    "hands back another packet",
    ({ bridge }) => ({
      bridge: () =>
        mapped(bridge(), ({ actions }) => ({
          actions: [{ type: "push_vlan", ethertype: 0x8100 }, ...actions],
        })),
    }),
    /^packets: a copy, egress: an IPv4 packet from pod to uplink is changed before it goes out by port 5$/m,
  ],
  [
    "goes round in circles",
    ({ bridge }) => ({ bridge: () => mapped(bridge(), () => ({ match: {} })) }),
    /^packets: a copy, egress: a packet goes round in circles, the last time in table \d+$/m,
  ],
  [
    "does what nothing can follow",
    ({ bridge }) => ({
      bridge: () =>
        mapped(bridge(), ({ actions }) => ({ actions: [{ type: "group", group: 1 }, ...actions] })),
    }),
    /^packets: a copy, egress: a packet meets action "group", which the suite cannot follow$/m,
  ],
  [
    "lets in what a copy's port sends",
    () => ({ copyPort: none }),
    /^packets: a copy, egress: lets packets in by port "copyA", to which it only sends$/m,
  ],
  [
    "knows one port only",
    ({ podPort }) => ({ podPort: (pod) => podPort({ ...pod, ofport: 1 }) }),
    /^packets: a copy, egress: an IPv4 packet from routed to uplink comes 0 times/,
  ],
  [
    "writes to another table",
    ({ bridge }) => ({ bridge: () => mapped(bridge(), () => ({ table: 7 })) }),
    /^rows: writes to table 7, which is not declared$/,
  ],
  [
    "writes at another priority",
    ({ bridge }) => ({ bridge: () => mapped(bridge(), () => ({ priority: 64999 })) }),
    /^rows: writes to table "Bridge" at priority 64999, which is not declared$/,
  ],
  [
    "matches another field",
    ({ bridge }) => ({ bridge: () => mapped(bridge(), () => ({ match: match({ reg9: 0 }) })) }),
    /^rows: matches field "reg9" in row "Bridge.any", which is not declared$/,
  ],
  [
    "leads elsewhere",
    ({ copyPort }) => ({
      copyPort: (port) =>
        mapped(
          copyPort(port),
          () => ({ actions: [{ type: "clone", actions: [{ type: "resubmit", table: 9 }] }] }),
        ),
    }),
    /^rows: leads from row "Bridge.closed" to table 9, which is not declared$/,
  ],
  [
    "carries a cookie",
    ({ bridge }) => ({ bridge: () => mapped(bridge(), () => ({ cookie: 1n })) }),
    /^rows: must write no cookie: Sluice puts its own mark on each flow$/,
  ],
  [
    "counts nothing",
    ({ counter }) => ({
      counter: (...args) => counter!(...args).map(({ counts: _, ...row }) => row),
    }),
    /^rows: says that row "Count.copied" counts nothing, and declares copied$/m,
  ],
  [
    "counts for nobody",
    ({ counter }) => ({
      counter: (...args) => counter!(...args).map(({ counter: _, ...row }) => row),
    }),
    /^rows: has row "Count.copied" that counts copied with counter undefined$/m,
  ],
  [
    "returns no rows",
    () => ({ pair: () => undefined as never, bridge: () => [7 as never] }),
    /^rows: returns 7, which is no row$/,
  ],
  [
    "counts calls",
    ({ bridge }) => {
      let calls = 0;
      return { bridge: () => mapped(bridge(), () => ({ idleTimeout: ++calls })) };
    },
    /^pure: must be pure: it gives /,
  ],
  [
    "is quadratic in addresses",
    ({ podPort, tables }) => ({
      podPort: (pod) => [
        ...podPort(pod),
        ...pod.macs.flatMap((mac) =>
          pod.ips.filter((ip) => !ip.includes(":")).map((ip) => ({
            table: tables.first + 1,
            priority: 10,
            match: match({ eth_dst: mac, eth_type: 0x0800, ip_dst: ip }),
            actions: [
              { type: "set_field", field: "reg13", value: BigInt(pod.ingress?.id ?? 0) },
            ] as const,
          }))
        ),
      ],
    }),
    /^number: must grow in proportion: 4, 8, 16 MACs and as many IPs of a Pod have 21, 73, 273$/m,
  ],
  [
    "knows all Pods from all Pods",
    ({ podPort }) => {
      const known: number[] = [];
      return {
        podPort: (pod) => {
          known.push(pod.ofport);
          return known.flatMap((ofport) => podPort({ ...pod, ofport }));
        },
      };
    },
    /^pure: must be pure: it gives /,
  ],
];

Deno.test.each(MIRRORS)("a pipeline that %s", (_, change, said) => {
  const problems = pipelineProblems(changed(mirrorOnly, change));
  assert.match(problems.join("\n"), said);
});

Deno.test("the pipeline without the faults conforms", () => {
  assert.deepEqual(pipelineProblems(mirrorOnly), []);
});
