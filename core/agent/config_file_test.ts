import assert from "node:assert/strict";
import { type BridgeConfig, openflowAddress } from "./config.ts";
import { parseConfigFile } from "./config_file.ts";
import { TerminalError } from "../base/errors.ts";

const config = (more: Partial<BridgeConfig>): BridgeConfig => ({
  bridge: "br0",
  ovsdb: "unix:/run/openvswitch/db.sock",
  tableBase: 200,
  logFormat: "text",
  logLevel: "info",
  ...more,
});

Deno.test.each<[Partial<BridgeConfig>, string]>([
  [{}, "unix:/run/openvswitch/br0.mgmt"],
  [{ ovsRunDir: "/var/run/ovs" }, "unix:/var/run/ovs/br0.mgmt"],
  [{ openflow: "tcp:127.0.0.1:6653", ovsRunDir: "/x" }, "tcp:127.0.0.1:6653"],
])(
  "the OpenFlow socket with %o",
  (given, address) => assert.equal(openflowAddress(config(given)), address),
);

Deno.test("if OVSDB is reached over tcp, the OpenFlow socket has to be set", () => {
  assert.throws(
    () => openflowAddress(config({ ovsdb: "tcp:127.0.0.1:6640" })),
    /set --ovs-run-dir/,
  );
});

/** Keys of antrea-agent.conf that all of its releases from v1.7 to v2.7 have, or most of them. */
const ANTREA_KEYS =
  `antreaProxy apiPort auditLogging antreaClientConnection clientConnection clusterPort defaultMTU
disableTXChecksumOffload dnsServerOverride egress enableAntreaIPAM enableBridgingMode enableIPSecTunnel
enablePrometheusMetrics externalNode flowExporter fqdnCacheMinTTL hostGateway hostNetworkAcceleration hostProcPathPrefix
ipsec kubeAPIServerOverride kubeletRootDir multicast multicluster noSNAT nodePortLocal nodeType ovsDatapathType
packetInRate secondaryNetwork serviceCIDR serviceCIDRv6 snatFullyRandomPorts tlsCipherSuites tlsMinVersion
trafficEncapMode trafficEncryptionMode transportInterface transportInterfaceCIDRs tunnelCsum tunnelPort tunnelType
wireGuard`.split(/\s+/);

/** Keys that only some releases have. */
const KEYS_OF_RELEASES: Readonly<Record<string, readonly string[]>> = {
  "v1.7.0 to v1.12.3": [
    "flowCollectorAddr",
    "flowPollInterval",
    "activeFlowExportTimeout",
    "idleFlowExportTimeout",
  ],
  "v2.5.0 to v2.6.3": ["podCIDRs", "hostNetworkMode"],
  "v2.7.0": ["memberlist"],
};
/** Feature gates of these releases. */
const ANTREA_GATES =
  `AllAlpha AllBeta AntreaProxy EndpointSlice TopologyAwareHints ServiceTrafficDistribution
CleanupStaleUDPSvcConntrack Traceflow PacketCapture NodePortLocal AntreaPolicy FlowExporter NetworkPolicyStats Egress
AntreaIPAM Multicast Multicluster SecondaryNetwork ServiceExternalIP IPsecCertAuth SupportBundleCollection
L7NetworkPolicy LoadBalancerModeDSR EgressTrafficShaping EgressSeparateSubnet NodeNetworkPolicy L7FlowExporter
NodeLatencyMonitor BGPPolicy`.split(/\s+/);

for (const [releases, keys] of Object.entries(KEYS_OF_RELEASES)) {
  Deno.test(`the antrea-agent.conf of ${releases} can be given as it is`, () => {
    const all = [...ANTREA_KEYS, ...keys];
    const text = [
      "featureGates:",
      ...ANTREA_GATES.map((gate) => `  ${gate}: true`),
      '  TrafficControl: false\novsBridge: "br-int"\novsRunDir: /var/run/openvswitch',
      ...all.map((key, index) => index % 2 === 0 ? `${key}: ""` : `${key}:\n  port: 51820`),
    ].join("\n");
    assert.deepEqual(parseConfigFile("antrea-agent.conf", text), {
      options: { enabled: false, bridge: ["br-int"], ovsRunDir: "/var/run/openvswitch" },
      unknown: all,
    });
  });
}

Deno.test.each<[string]>([
  [""],
  ["# nothing\n"],
  ["featureGates:\n"],
  ["featureGates:\n  Egress: true\n  TrafficControl:\n"],
  ['ovsBridge: ""\nnodeName:\n'],
])(
  "nothing is set by %o",
  (text) => assert.deepEqual(parseConfigFile("file", text), { options: {}, unknown: [] }),
);

Deno.test("several sources are a list, or names with commas between them", () => {
  for (const text of ["source: [files, kubernetes]\n", "source: files,kubernetes\n"]) {
    assert.deepEqual(parseConfigFile("file", text).options, { source: ["files", "kubernetes"] });
  }
});

/** The first value of each is what the gate is set to. */
Deno.test.each<[boolean, readonly string[]]>([
  [true, ["true", "yes", "on", "True", '"true"', "'on'", "1"]],
  [false, ["false", "no", "off", "FALSE", '"false"', "'off'", "0"]],
])("the gate TrafficControl and allowProtocolChange are %o for each of %o", (value, words) => {
  for (const word of words) {
    const text = `featureGates: {TrafficControl: ${word}}\nallowProtocolChange: ${word}\n`;
    assert.deepEqual(parseConfigFile("file", text).options, {
      enabled: value,
      allowProtocolChange: value,
    });
  }
});

Deno.test.each([
  ["ovsBridge: [[x]]\n", ':1": key "ovsBridge": Cannot use a list: it is not the name of a bridge'],
  ["\nnodeName: 12e3\n", ':2": key "nodeName": Cannot use 12000: it is not a name: quote it'],
  ["nodeName: yes\n", ':1": key "nodeName": Cannot use true: it is not a name: quote it'],
  ["allowProtocolChange: maybe\n", 'Cannot use "maybe": it is not true or false'],
  ["allowProtocolChange: {a: b}\n", "Cannot use a map: it is not true or false"],
  ["allowProtocolChange: 2\n", "Cannot use 2: it is not true or false"],
  [
    "featureGates:\n  TrafficControl: of\n",
    ':2": key "featureGates.TrafficControl": Cannot use "of": it is not true or false',
  ],
  ["featureGates: [TrafficControl]\n", 'key "featureGates" is not a map of feature gates'],
  ["featureGates: TrafficControl=false\n", 'key "featureGates" is not a map of feature gates'],
  ["a: b\novsbridge: br0\n", ':2": key "ovsbridge" is unknown: did you mean "ovsBridge"?'],
  ["ovsBridges: br0\n", 'did you mean "ovsBridge"?'],
  ["allowProtocolChanges: no\n", 'did you mean "allowProtocolChange"?'],
  ["sources: files\n", 'did you mean "source"?'],
  ["featureGate: {TrafficControl: false}\n", 'did you mean "featureGates"?'],
  [
    "featureGates:\n  TrafficControls: false\n",
    ':2": key "TrafficControls" is unknown: did you mean',
  ],
  ["tableBase: 300\n", "Cannot use 300: it is not a table from 1 to 239"],
  ["silence: 3000000\n", "it is not a number of seconds above 0 and up to 86400"],
  ["silence: 10s\n", 'Cannot use "10s": it is not a number of seconds'],
  ["ovsBridge: a\novsBridge: b\n", ':2": is no YAML: has the key "ovsBridge" twice'],
  ["a: [\n", 'file:1": is no YAML: '],
  ["- a\n", 'file:1": it is not a map of keys'],
  ["a: b\n---\nc: d\n", "must be one YAML document"],
])("a config file %o is refused with its line", (text, message) => {
  assert.throws(() => parseConfigFile("file", text), (error: Error) => {
    assert.ok(error instanceof TerminalError);
    assert.ok(error.message.startsWith('Cannot use config file "file:'), error.message);
    assert.ok(error.message.includes(message), error.message);
    return true;
  });
});
