import assert from "node:assert/strict";
import { DatapathPorts } from "./datapath_ports.ts";
import { outputOf } from "./openflow_actions.ts";
import { parseTrace, type TracePart } from "./trace_text.ts";

/** What Open vSwitch of these versions really said: `test/trace/record.ts` has recorded it. */
const VERSIONS = ["3.1", "3.5", "4.0"] as const;

/** A line for each flow and action; those of an action say whose it is. */
function lines({ events }: TracePart): string[] {
  return events.map((event) => {
    if (event.type === "flow") {
      const { bridge, table, priority, cookie } = event.flow;
      return `${bridge} ${table}: ${priority ?? event.flow.match} 0x${cookie.toString(16)}`;
    }
    const { flow, text, warnings } = event;
    const output = outputOf(text, event.details);
    return [
      `  ${flow ? `${flow.bridge} ${flow.table}` : "-"} ${text.replace(/\(.*/, "(")}`,
      ...(output === undefined ? [] : [`to ${output}`]),
      ...warnings.map((warning) => `not: ${warning}`),
    ].join(" ");
  });
}

const RESULTS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  // Tables within tables, a clone, a learn, NORMAL that floods into a patch port
  port_80: [[
    "br0 0: 10 0x51ce000000000000",
    "  br0 0 resubmit(",
    "br0 200: 20 0x51ce000000000000",
    "  br0 200 set_field:0x1->reg7",
    "  br0 200 resubmit(",
    "br0 213: 12 0x51ce0000000000ab",
    "  br0 213 drop",
    "  br0 200 output:4 to 4",
    "  br0 200 resubmit(",
    "br0 201: 0 0x51ce000000000000",
    "  br0 201 clone(",
    "  br0 201 output( to 5",
    "  br0 201 set_field:0x9->reg3",
    "  br0 201 clone(",
    "  br0 201 resubmit(",
    "br0 202: 15 0x51ce000000000000",
    "  br0 202 learn( not: suppressing side effects, so learn action ignored",
    "  br0 201 resubmit(",
    "br0 7: 1 0x7",
    "  br0 7 NORMAL to many",
    "br1 0: 1 0x0",
    "  br1 0 push_vlan:0x8100",
    "  br1 0 set_field:4106->vlan_vid",
    "  br1 0 output:2 to 2",
  ]],
  // A patch port to another bridge
  port_81: [[
    "br0 0: 10 0x0",
    "  br0 0 output:10 to 10",
    "br1 0: 1 0x0",
    "  br1 0 push_vlan:0x8100",
    "  br1 0 set_field:4106->vlan_vid",
    "  br1 0 output:2 to 2",
  ]],
  // Connection tracking
  port_82: [
    ["br0 0: 10 0x0", "  br0 0 ct(", "  br0 0 nat"],
    [
      "  - thaw",
      "  - Resuming from table 8",
      "br0 8: 1 0x0",
      "  br0 8 ct(",
      "  br0 8 nat(",
      "  br0 8 set_field:02:00:00:00:00:09->eth_dst",
      "  br0 8 output:2 to 2",
    ],
  ],
  // A group with dp_hash is not traced on
  port_83: [["br0 0: 10 0x0", "  br0 0 group:1"]],
  // A group that sends to all, the port that it came from, a port that is not there, the bridge's own
  port_84: [[
    "br0 0: 10 0x0",
    "  br0 0 group:2",
    "  br0 0 bucket 0",
    "  br0 0 output:2 to 2",
    "  br0 0 bucket 1",
    "  br0 0 output:3 to 3",
    "  br0 0 IN_PORT to many",
    "  br0 0 output:1 to 1 not: skipping output to input port",
    "  br0 0 output:77 to 77 not: Nonexistent output port",
    "  br0 0 LOCAL to 65534",
  ]],
  // A controller, and the number of a port in a register
  port_85: [[
    "br0 0: 10 0x0",
    "  br0 0 CONTROLLER:128 to controller",
    "  br0 0 set_field:0x3->reg1",
    "  br0 0 output:NXM_NX_REG1[0..15] to 3",
  ]],
  port_86: [[
    "br0 0: 10 0x0",
    "  br0 0 resubmit(",
    "br0 9: No match. 0x0",
    "  br0 9 drop",
  ]],
  port_87: [[
    "br0 0: 10 0x0",
    "  br0 0 bundle_load(",
    "  br0 0 output:NXM_NX_REG8[0..15] to 3",
  ]],
  port_88: [["br0 0: 10 0x0", "  br0 0 drop"]],
  port_89: [[
    "br0 0: 10 0x0",
    "  br0 0 FLOOD to many",
    "br1 0: 1 0x0",
    "  br1 0 push_vlan:0x8100",
    "  br1 0 set_field:4106->vlan_vid",
    "  br1 0 output:2 to 2",
  ]],
  other: [["br0 0: No match. 0x0", "  br0 0 drop"]],
};

for (const version of VERSIONS) {
  const file = new URL(`testing/answers_${version}.json`, import.meta.url);
  const answers: Readonly<Record<string, string>> = JSON.parse(Deno.readTextFileSync(file));

  Deno.test(`all answers of Open vSwitch ${version} are tested`, () => {
    const { dpif_show: _, ...traces } = answers;
    assert.deepEqual(Object.keys(traces).sort(), Object.keys(RESULTS).sort());
  });

  Deno.test.each(Object.keys(RESULTS))(
    `an answer of Open vSwitch ${version} is read: %s`,
    (name) => {
      const parts = parseTrace(answers[name]!);
      assert.deepEqual(parts.map(lines), RESULTS[name]);
      assert.deepEqual(parts.flatMap(({ remarks }) => remarks), []);
    },
  );

  Deno.test(`parts of an answer of Open vSwitch ${version} are known by their recirculation`, () => {
    const parts = parseTrace(answers.port_82!);
    assert.deepEqual(parts.map(({ recirculation }) => recirculation), [0, 1]);
    assert.equal(parts[0]!.datapathActions, "ct(zone=1,nat),recirc(0x1)");
    assert.match(parts[1]!.flow, /^recirc_id=0x1,ct_state=new\|trk,/);
  });

  Deno.test(`the ports that Open vSwitch ${version} shows have both numbers`, () => {
    const ports = new DatapathPorts(answers.dpif_show!);
    assert.deepEqual(ports.named("q2"), {
      bridge: "br1",
      name: "q2",
      ofport: 2,
      number: 7,
      type: "dummy",
    });
    assert.equal(ports.at("br0", 10)?.number, undefined);
    assert.equal(ports.at("br0", 65534)?.name, "br0");
  });
}

Deno.test("what is no trace is read as nothing, whatever it is", () => {
  for (const text of ["", "\n\n", 'bridge("x")\n 0. priority 1', "=".repeat(79), "Flow:"]) {
    assert.deepEqual(parseTrace(text), []);
  }
  const [odd] = parseTrace("Flow: x\n 0. priority 99999999999999999999\n\u001b[31m\n -> said\nfoo");
  assert.equal(odd!.events.length, 3);
});
