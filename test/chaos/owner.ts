/** Operations of the bridge's owner: flows, groups, ports and notes of its own. Both switches get them. @module */
import { randomFlow } from "../ownership/flows.ts";
import type { Random } from "../ownership/random.ts";
import { type Expected, PODS } from "./expected.ts";
import { defineKind, type Kind, type Need } from "./operations.ts";
import { podAddress } from "./furniture.ts";

const SWITCH: readonly Need[] = ["database", "switch"];
const FLOWS: readonly Need[] = ["switch", "flows"];
const MOST = { ports: 8, groups: 6 } as const;
/** The owner forwards directly, or through this table. */
const PIPELINE_TABLE = 30;
export const FORWARDING = "table=0,priority=0,actions=NORMAL";
const DETOUR = [
  `table=${PIPELINE_TABLE},priority=0,actions=NORMAL`,
  `table=0,priority=10,ip,actions=resubmit(,${PIPELINE_TABLE})`,
];
const BLOCK_PRIORITY = 200;

/** Flows of table 0 that no packet between Pods matches, so that the owner forwards the same with and without them. */
const HARMLESS = /^flow \w+ table=(?!0,)|in_port=|dl_src=|nw_dst=|,arp|,tcp,|icmp6/;
/** A Pod's packet never has them, but one that Sluice hands back has a bit of this register. */
const REGISTER = /reg15=/;

function harmlessFlow(random: Random, { foreign, groups }: Expected): string {
  for (;;) {
    const line = randomFlow(random, { ofports: [...foreign.values()], groups });
    if (HARMLESS.test(line) && !REGISTER.test(line.split(",actions=")[0]!)) return line;
  }
}

/** Seconds until a port forwards; the standard's 15 would be twice as long as a burst takes. */
const FORWARD_DELAY = [
  ...["stp-hello-time=1", "stp-max-age=6", "stp-forward-delay=4"],
  ...["rstp-max-age=6", "rstp-forward-delay=4"],
].map((setting) => `other_config:${setting}`);

const key = (random: Random) => random.pick(["owner", "sluicebox", "a", "sluice-x"]);

export const OWNER: readonly Kind[] = [
  defineKind<readonly string[]>({
    name: "the owner writes flows",
    weight: 12,
    needs: FLOWS,
    draw: (random, expected) =>
      Array.from({ length: 1 + random.below(5) }, () => harmlessFlow(random, expected)),
    expect: () => {},
    run: (lines, world) => world.flowsOnBoth(lines),
  }),
  defineKind<{ readonly from: string; readonly to: string; readonly drop: boolean }>({
    name: "the owner blocks or allows",
    weight: 4,
    needs: FLOWS,
    draw: (random) => ({ from: random.pick(PODS), to: random.pick(PODS), drop: random.chance(40) }),
    expect: ({ from, to, drop }, { blocked }) =>
      void blocked[drop ? "add" : "delete"](`${from}>${to}`),
    run: ({ from, to, drop }, world) => {
      const match = `table=0,priority=${BLOCK_PRIORITY},ip,nw_src=${podAddress(from)},nw_dst=${
        podAddress(to)
      }`;
      return world.flowsOnBoth([
        drop ? `flow add ${match},actions=drop` : `flow delete_strict ${match}`,
      ]);
    },
  }),
  defineKind<boolean>({
    name: "the owner forwards through another table",
    weight: 3,
    needs: FLOWS,
    draw: (random) => random.chance(50),
    expect: () => {},
    run: (detour, world) =>
      world.flowsOnBoth(
        detour
          ? DETOUR.map((flow) => `flow add ${flow}`)
          : DETOUR.toReversed().map((flow) => `flow delete_strict ${flow.split(",actions=")[0]}`),
      ),
  }),
  defineKind<{ readonly id: number; readonly buckets: number }>({
    name: "the owner writes or deletes a group",
    weight: 3,
    needs: FLOWS,
    draw: (random) => ({ id: 1 + random.below(MOST.groups), buckets: random.below(4) }),
    expect: ({ id, buckets }, { groups }) => void groups[buckets > 0 ? "add" : "delete"](id),
    run: ({ id, buckets }, world) => {
      const all = Array.from(
        { length: buckets },
        (_, at) => `,bucket=bucket_id:${at},actions=drop`,
      );
      return world.flowsOnBoth([
        `group delete group_id=${id}`,
        ...(buckets > 0 ? [`group add group_id=${id},type=all${all.join("")}`] : []),
      ]);
    },
  }),
  defineKind<{ readonly name: string; readonly ofport: number; readonly settings: string[] }>({
    name: "the owner adds a port",
    weight: 5,
    needs: SWITCH,
    draw: (random, expected) => {
      if (expected.foreign.size >= MOST.ports) return undefined;
      const ofport = expected.nextOfport();
      const internal = random.chance(60);
      const settings = internal
        ? ["type=internal"]
        : ["type=gre", `options:remote_ip=10.77.0.${ofport % 250}`, `options:key=${ofport}`];
      return { name: internal ? `fi${ofport}` : `gre-${ofport}`, ofport, settings };
    },
    expect: ({ name, ofport }, { foreign }) => void foreign.set(name, ofport),
    run: ({ name, ofport, settings }, world) =>
      world.onBoth(
        ["--may-exist", "add-port", "br0", name],
        ["set", "interface", name, `ofport_request=${ofport}`, ...settings],
      ),
  }),
  defineKind<{ readonly name: string; readonly change: readonly string[] }>({
    name: "the owner changes a port",
    weight: 4,
    needs: SWITCH,
    draw: (random, { foreign }) => {
      if (foreign.size === 0) return undefined;
      const name = random.pick([...foreign.keys()]);
      const value = random.below(4000) + 1;
      const change = random.pick([
        ["set", "port", name, `tag=${value}`],
        ["set", "port", name, `external_ids:sluices=${value}`],
        ["set", "interface", name, `external_ids:sluice-x=${value}`],
        ["set", "interface", name, `ingress_policing_rate=${value}`],
        ["set", "port", name, `protected=${random.chance(50)}`],
      ]);
      return { name, change };
    },
    expect: () => {},
    run: ({ change }, world) => world.onBoth(["--if-exists", ...change]),
  }),
  defineKind<string>({
    name: "the owner deletes a port",
    weight: 4,
    needs: SWITCH,
    draw: (random, { foreign }) => foreign.size > 0 ? random.pick([...foreign.keys()]) : undefined,
    expect: (name, { foreign }) => void foreign.delete(name),
    run: (name, world) => world.onBoth(["--if-exists", "del-port", name]),
  }),
  defineKind<readonly string[]>({
    name: "the owner writes a note",
    weight: 4,
    needs: SWITCH,
    draw: (random) => {
      const record = random.pick([["bridge", "br0"], ["open_vswitch", "."]]);
      const column = random.pick(["external_ids", "other_config"]);
      return random.chance(65)
        ? ["set", ...record, `${column}:${key(random)}=${random.below(1000)}`]
        : ["remove", ...record, column, key(random)];
    },
    expect: () => {},
    run: (command, world) => world.onBoth(command),
  }),
  // None is taken off: Open vSwitch 3.1 then floods into no port that took part, with or without Sluice.
  defineKind<"stp" | "rstp">({
    name: "the owner sets a spanning tree protocol",
    weight: 2,
    needs: SWITCH,
    draw: (random) => random.pick(["stp", "rstp"]),
    expect: () => {},
    run: (protocol, world) =>
      // A bridge cannot have both. FORWARD_DELAY is as short as is allowed.
      world.onBoth(
        ["set", "bridge", "br0", "stp_enable=false", "rstp_enable=false", ...FORWARD_DELAY],
        ["set", "bridge", "br0", `${protocol}_enable=true`],
      ),
  }),
  defineKind<null>({
    name: "the owner deletes all flows, and writes its own again",
    weight: 3,
    needs: FLOWS,
    draw: () => null,
    expect: () => {},
    run: (_, world) => world.wipe(),
  }),
];
