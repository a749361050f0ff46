/** Wrong manifests: every field of every target, each wrong in each way. @module */
import { BRIDGE, inAgent, mirror, redirect, type WrongFile } from "./wrong.ts";

const TARGET = / {4}vxlan[^]*/;
const KINDS = "must be one of device, erspan, geneve, gre, ovsInternal, vxlan";
const IP = "must be an IPv4 or IPv6 address";
const NAME =
  "does not fit: Interface name: 1 to 15 printable ASCII characters, none of them / : or %";

/** A mirror to it; the first of the fields is at line 13. @param problems Their paths begin at the target. */
function target(kind: string, what: string, fields: string, ...problems: string[]): WrongFile {
  const lines = fields.split("; ").map((field) => `      ${field}\n`).join("");
  const at = (problem: string) => problem.replace(": ", `: /spec/targetPort/${kind}/`);
  return mirror(
    `${kind.toLowerCase()}-${what}`,
    [TARGET, `    ${kind}:\n${lines}`],
    ...problems.map(at),
  );
}
const REMOTE = "remoteIP: 192.0.2.1";

/** Wrong in the same way for all that have it. */
const remotes = ["geneve", "vxlan", "gre", "erspan"].flatMap((kind) => {
  const rest = kind === "erspan" ? "; version: 1" : "";
  const remote = (what: string, value: string, problem: string) =>
    target(kind, `remote-${what}`, `remoteIP: ${value}${rest}`, `13: remoteIP: ${problem}`);
  return [
    target(
      kind,
      "remote-missing",
      kind === "erspan" ? "version: 1" : "{}",
      "12: remoteIP: is required",
    ),
    remote("name", "host.example", `${IP}: is "host.example"`),
    remote("prefix", "192.0.2.1/24", `${IP}: is "192.0.2.1/24"`),
    remote("nothing", "", "is required"),
    remote("multicast", "224.0.0.1", "must be a unicast address"),
    target(
      kind,
      "unknown",
      `${REMOTE}${rest}; colour: red`,
      `${rest ? 15 : 14}: colour: is an unknown field`,
    ),
  ];
});
const addresses = ["0.0.0.0", "255.255.255.255", '"::"', '"ff02::1"', '"::ffff:192.0.2.1"']
  .map((ip, index) =>
    target(
      "gre",
      `remote-no-unicast-${index}`,
      `remoteIP: ${ip}`,
      "13: remoteIP: must be a unicast address",
    )
  );

/** Every whole number: one too small, one too large, and what is none. */
const NUMBERS:
  readonly (readonly [kind: string, rest: string, field: string, least: number, most: number])[] = [
    ["geneve", "", "vni", 0, 16777215],
    ["geneve", "", "destinationPort", 1, 65535],
    ["vxlan", "", "vni", 0, 16777215],
    ["vxlan", "", "destinationPort", 1, 65535],
    ["gre", "", "key", 0, 4294967295],
    ["erspan", "", "version", 1, 2],
    ["erspan", "; version: 1", "sessionID", 0, 1023],
    ["erspan", "; version: 1", "index", 0, 1048575],
    ["erspan", "; version: 2", "dir", 0, 1],
    ["erspan", "; version: 2", "hardwareID", 0, 63],
  ];
const numbers = NUMBERS.flatMap(([kind, rest, field, least, most]) => {
  const line = rest ? 15 : 14;
  const wrong = (what: string, value: string, problem: string) =>
    target(
      kind,
      `${field.toLowerCase()}-${what}`,
      `${REMOTE}${rest}; ${field}: ${value}`,
      `${line}: ${field}: ${problem}`,
    );
  return [
    wrong("below", String(least - 1), `must be >= ${least}: is ${least - 1}`),
    wrong("above", String(most + 1), `must be <= ${most}: is ${most + 1}`),
    wrong("quoted", '"1"', 'must be integer: is "1"'),
    wrong("fraction", "1.5", "must be integer: is 1.5"),
  ];
});

const erspan = [
  target("erspan", "version-missing", REMOTE, "12: version: is required"),
  target("erspan", "index-in-2", `${REMOTE}; version: 2; index: 5`, "15: index: needs version 1"),
  target("erspan", "dir-in-1", `${REMOTE}; version: 1; dir: 1`, "15: dir: needs version 2"),
  target(
    "erspan",
    "hardwareid-in-1",
    `${REMOTE}; version: 1; hardwareID: 1`,
    "15: hardwareID: needs version 2",
  ),
];

const names = ["device", "ovsInternal"].flatMap((kind) => {
  const wrong = (what: string, value: string, problem: string) =>
    target(kind, `name-${what}`, `name: ${value}`, `13: name: ${problem}`);
  return [
    target(kind, "name-missing", "{}", "12: name: is required"),
    target(kind, "unknown", "name: eth0; mtu: 9000", "14: mtu: is an unknown field"),
    wrong("nothing", "", "is required"),
    wrong("number", "5", "must be string: is 5"),
    wrong("empty", '""', `${NAME}: is ""`),
    wrong("too-long", "abcdefghijklmnop", `${NAME}: is "abcdefghijklmnop"`),
    wrong("slash", "a/b", `${NAME}: is "a/b"`),
    wrong("percent", "tap%d", `${NAME}: is "tap%d"`),
    wrong("loopback", "lo", 'cannot be "lo": the name is the kernel\'s own'),
    wrong("ovs", "ovs-system", 'cannot be "ovs-system": the name is Open vSwitch\'s own'),
  ];
});

const AT = "/spec/targetPort";
const unions = [
  mirror(
    "target-missing",
    [/ {2}targetPort[^]*/, ""],
    "5: /spec/targetPort: is required by action Mirror",
  ),
  mirror("target-nothing", [TARGET, ""], `11: ${AT}: is required by action Mirror`),
  mirror("target-list", [TARGET, "  - vxlan\n"], `11: ${AT}: must be object: is a list`),
  mirror(
    "target-empty",
    [TARGET, "    {}\n"],
    `11: ${AT}: must have exactly one kind of target: has none`,
  ),
  mirror(
    "target-two",
    [/$/, "    gre: {remoteIP: 192.0.2.1}\n"],
    `11: ${AT}: must have exactly one kind of target: has vxlan, gre`,
  ),
  mirror("target-kind-unknown", ["vxlan", "VXLAN"], `12: ${AT}/VXLAN: ${KINDS}: is "VXLAN"`),
  mirror(
    "target-text",
    [TARGET, "    device: eth0\n"],
    `12: ${AT}/device: must be object: is "eth0"`,
  ),
  mirror(
    "mirror-returned",
    [/$/, "  returnPort:\n    device: {name: out0}\n"],
    "15: /spec/returnPort: must be absent for action Mirror",
  ),
  redirect(
    "redirect-alone",
    [/ {2}returnPort[^]*/, ""],
    "5: /spec/returnPort: is required by action Redirect",
  ),
  redirect(
    "redirect-from-nowhere",
    [/ {2}targetPort[^]*(?= {2}returnPort)/, ""],
    "5: /spec/targetPort: is required by action Redirect",
  ),
  redirect("redirect-to-erspan", [
    "device: {name: in0}",
    "erspan: {remoteIP: 192.0.2.1, version: 1}",
  ], `12: ${AT}/erspan: cannot be used by action Redirect`),
  redirect("redirect-from-erspan", [
    "device: {name: out0}",
    "erspan: {remoteIP: 192.0.2.1, version: 1}",
  ], "14: /spec/returnPort/erspan: cannot be used by action Redirect"),
  redirect(
    "redirect-back-wrong",
    ["name: out0", "name: a:b"],
    `14: /spec/returnPort/device/name: ${NAME}: is "a:b"`,
  ),
  redirect(
    "redirect-two-returns",
    [/$/, "    gre: {remoteIP: 192.0.2.1}\n"],
    "13: /spec/returnPort: must have exactly one kind of target: has device, gre",
  ),
];

const BRIDGES_OWN = "the name is the bridge's own";
const podsOwn = (port: string) => `it is the port of Pod "prod/right-${port}"`;
const inUse = (name: string, whose: string) =>
  `DeviceInUse Port "${name}" is ${whose}: name another`;
/** By what the folder says; the agent says it by what is on the bridge. */
const taken = [
  inAgent(
    target(
      "device",
      "name-bridge",
      `name: ${BRIDGE}`,
      `13: name: cannot be "${BRIDGE}": ${BRIDGES_OWN}`,
    ),
    inUse(BRIDGE, "the bridge itself"),
  ),
  inAgent(
    target(
      "ovsInternal",
      "name-pod-port",
      "name: p2",
      `13: name: cannot be "p2": ${podsOwn("p2")}`,
    ),
    inUse("p2", "a Pod's"),
  ),
  inAgent(
    redirect(
      "redirect-back-to-pod",
      ["name: out0", "name: p1"],
      `14: /spec/returnPort/device/name: cannot be "p1": ${podsOwn("p1")}`,
    ),
    'DeviceMissing Device "in0" does not exist on the node: create it',
    inUse("p1", "a Pod's"),
  ),
];

export const WRONG_TARGETS: readonly WrongFile[] = [
  ...taken,
  ...unions,
  ...remotes,
  ...addresses,
  ...numbers,
  ...erspan,
  ...names,
];
