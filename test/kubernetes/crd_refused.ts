/** Specs that the CRD refuses, and in which words. @module */
import { expression, ip, mirror, redirect, select, vxlan } from "./crd.ts";

const DEVICE_NAME = "name: .*must be 1 to 15 printable ASCII characters, none of them / : or %";
const ADDRESS = "remoteIP: .*must be an IPv4 or IPv6 address";
const UNICAST = "remoteIP: .*must be a unicast address";
const ONE_KIND = "must have exactly one kind of target: device, erspan, geneve";

/** Specs that the server refuses, with the message that a user reads. */
export const REFUSED: readonly (readonly [string, unknown, string])[] = [
  ["nothing at all", undefined, "spec: Required value"],
  ["no Pods", mirror(vxlan, { appliedTo: undefined }), "spec.appliedTo: Required value"],
  ["no direction", mirror(vxlan, { direction: undefined }), "spec.direction: Required value"],
  [
    "another direction",
    mirror(vxlan, { direction: "both" }),
    'direction: Unsupported value: "both": supported values: "Ingress", "Egress", "Both"',
  ],
  [
    "another action",
    mirror(vxlan, { action: "Copy" }),
    'action: Unsupported value: "Copy": supported values: "Mirror", "Redirect"',
  ],
  ["an unknown field", mirror(vxlan, { targetport: {} }), 'unknown field "spec.targetport"'],
  ["a mirror to nowhere", mirror(undefined), "targetPort is required by action Mirror"],
  ["an empty target", mirror({}), `spec.targetPort: .*${ONE_KIND}`],
  ["two targets", mirror({ vxlan: ip, gre: ip }), `spec.targetPort: .*${ONE_KIND}`],
  ["an unknown target", mirror({ stt: ip }), 'unknown field "spec.targetPort.stt"'],
  [
    "a mirror with a return port",
    mirror(vxlan, { returnPort: { gre: ip } }),
    "returnPort must be absent for action Mirror",
  ],
  [
    "a redirect without a return port",
    redirect(vxlan, undefined),
    "returnPort is required by action Redirect",
  ],
  [
    "a redirect to nowhere",
    redirect(undefined, vxlan),
    "targetPort is required by action Redirect",
  ],
  [
    "two return ports",
    redirect(vxlan, { vxlan: ip, gre: ip }),
    `spec.returnPort: .*${ONE_KIND.replace("erspan, ", "")}`,
  ],
  [
    "a redirect to ERSPAN",
    redirect({ erspan: { ...ip, version: 1 } }, vxlan),
    "targetPort.erspan cannot be used by action Redirect",
  ],
  [
    "a return from ERSPAN",
    redirect(vxlan, { erspan: { ...ip, version: 1 } }),
    'unknown field "spec.returnPort.erspan"',
  ],
  ["a tunnel to nowhere", mirror({ vxlan: {} }), "vxlan.remoteIP: Required value"],
  ["a host name", mirror({ vxlan: { remoteIP: "localhost" } }), ADDRESS],
  ["a network", mirror({ vxlan: { remoteIP: "192.0.2.0/24" } }), ADDRESS],
  ["octal digits", mirror({ vxlan: { remoteIP: "010.0.0.1" } }), ADDRESS],
  ["a zone", mirror({ vxlan: { remoteIP: "fe80::1%eth0" } }), ADDRESS],
  ["two runs of zeros", mirror({ vxlan: { remoteIP: "1::2::3" } }), ADDRESS],
  ["multicast", mirror({ gre: { remoteIP: "224.0.0.1" } }), UNICAST],
  ["IPv6 multicast", mirror({ gre: { remoteIP: "FF02::1" } }), UNICAST],
  ["no address", mirror({ gre: { remoteIP: "0:0::0" } }), UNICAST],
  ["IPv4 in IPv6", mirror({ gre: { remoteIP: "::ffff:192.0.2.1" } }), UNICAST],
  [
    "VNI too large",
    mirror({ vxlan: { ...ip, vni: 0x1000000 } }),
    "vni .*less than or equal to 16777215",
  ],
  ["VNI as text", mirror({ geneve: { ...ip, vni: "1" } }), "vni .*must be of type integer"],
  [
    "UDP port 0",
    mirror({ geneve: { ...ip, destinationPort: 0 } }),
    "destinationPort .*greater than or equal to 1",
  ],
  ["a negative key", mirror({ gre: { ...ip, key: -1 } }), "key .*greater than or equal to 0"],
  [
    "a key too large",
    mirror({ gre: { ...ip, key: 2 ** 32 } }),
    "key .*less than or equal to 4294967295|key .*less than or equal to 4.294967295e",
  ],
  ["half a key", mirror({ gre: { ...ip, key: 1.5 } }), "key .*must be of type integer"],
  ["ERSPAN without version", mirror({ erspan: ip }), "erspan.version: Required value"],
  [
    "ERSPAN version 3",
    mirror({ erspan: { ...ip, version: 3 } }),
    "version .*less than or equal to 2",
  ],
  [
    "index in version 2",
    mirror({ erspan: { ...ip, version: 2, index: 1 } }),
    "erspan: .*index needs version 1",
  ],
  [
    "dir in version 1",
    mirror({ erspan: { ...ip, version: 1, dir: 0 } }),
    "erspan: .*dir needs version 2",
  ],
  [
    "hardware in version 1",
    mirror({ erspan: { ...ip, version: 1, hardwareID: 0 } }),
    "erspan: .*hardwareID needs version 2",
  ],
  [
    "index of 21 bits",
    mirror({ erspan: { ...ip, version: 1, index: 2 ** 20 } }),
    "index .*less than or equal to 1048575|index .*1.048575e",
  ],
  [
    "hardware of 7 bits",
    mirror({ erspan: { ...ip, version: 2, hardwareID: 64 } }),
    "hardwareID .*less than or equal to 63",
  ],
  [
    "session of 11 bits",
    mirror({ erspan: { ...ip, version: 1, sessionID: 1024 } }),
    "sessionID .*less than or equal to 1023",
  ],
  [
    "a long name",
    mirror({ device: { name: "sixteen-bytes-xx" } }),
    "name: Too long: may not be more than 15 bytes",
  ],
  ["a path", mirror({ device: { name: "a/b" } }), DEVICE_NAME],
  ["a name to be filled in", mirror({ ovsInternal: { name: "tap%d" } }), DEVICE_NAME],
  ["no name", mirror({ ovsInternal: { name: "" } }), DEVICE_NAME],
  [
    "the kernel's name",
    mirror({ ovsInternal: { name: "lo" } }),
    "name: .*cannot be such a name: it is the kernel's own",
  ],
  [
    "Open vSwitch's name",
    mirror({ device: { name: "vxlan_sys_4789" } }),
    "name: .*cannot be such a name: it is Open vSwitch's own",
  ],
  ["In without values", select(expression("a", "In")), "operators In and NotIn must have values"],
  [
    "NotIn without values",
    select(expression("a", "NotIn", [])),
    "operators In and NotIn must have values",
  ],
  [
    "Exists with values",
    select(expression("a", "Exists", ["b"])),
    "operators Exists and DoesNotExist must have no values",
  ],
  [
    "an unknown operator",
    select(expression("a", "Gt", ["1"])),
    'operator: Unsupported value: "Gt"',
  ],
  ["no label key", select(expression("a b", "Exists")), "key .*should match"],
  [
    "a key with a long name",
    select(expression(`a/${"b".repeat(64)}`, "Exists")),
    "key .*should match",
  ],
  [
    "no label value",
    select({ podSelector: { matchLabels: { app: "-" } } }),
    "matchLabels.app .*should match",
  ],
  [
    "no value of a requirement",
    select(expression("a", "In", ["b c"])),
    "values\\[0\\] .*should match",
  ],
  [
    "a value too long",
    select({ podSelector: { matchLabels: { app: "x".repeat(64) } } }),
    "matchLabels.app: Too long: may not be more than 63 bytes",
  ],
];
