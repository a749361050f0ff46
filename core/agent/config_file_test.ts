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

Deno.test("a config file of Antrea's agent can be given as it is", () => {
  const text = "featureGates:\n  TrafficControl: false\n  Egress: true\novsBridge: br-int\n" +
    "ovsRunDir: /var/run/openvswitch\ntunnelType: geneve\nkubeAPIServerOverride: ''\n";
  assert.deepEqual(parseConfigFile("antrea-agent.conf", text), {
    options: { enabled: false, bridge: "br-int", ovsRunDir: "/var/run/openvswitch" },
    ignored: ["tunnelType", "kubeAPIServerOverride"],
  });
  assert.deepEqual(parseConfigFile("empty", ""), { options: {}, ignored: [] });
});

Deno.test.each([
  ["ovsBridge: br0\nnoSuchKey: 1\n", 'file:2": key "noSuchKey" is unknown'],
  ["a: [\n", "Cannot use config file"],
  ["- a\n", "it is not a map of keys"],
  ["node: n\novsBridge: [a, b]\n", 'file:2": key "ovsBridge" takes one value'],
])("a config file %o is refused with its line", (text, message) => {
  assert.throws(() => parseConfigFile("file", text), (error: Error) => {
    assert.ok(error instanceof TerminalError);
    return error.message.includes(message);
  });
});

Deno.test("several sources are a list, or names with commas between them, as in the environment", () => {
  for (const text of ["source: [files, kubernetes]\n", "source: files,kubernetes\n"]) {
    assert.deepEqual(parseConfigFile("file", text).options, { source: "files,kubernetes" });
    const trust = text.replace("source", "trustAnnotations");
    assert.deepEqual(parseConfigFile("file", trust).options, {
      trustAnnotations: "files,kubernetes",
    });
  }
});
