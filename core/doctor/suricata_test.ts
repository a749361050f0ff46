import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { configFileOf, findSuricata, keepsConnections } from "./suricata.ts";

/** A file with which Suricata 7 runs as an inline sensor between tap0 and tap1. */
const FILE = `%YAML 1.1
---
af-packet:
  - {interface: tap0, copy-mode: ips, copy-iface: tap1, cluster-id: 98, threads: 1, tpacket-v3: no, defrag: no}
  - {interface: tap1, copy-mode: ips, copy-iface: tap0, cluster-id: 97, threads: 1, tpacket-v3: no, defrag: no}
  - {interface: eth0, cluster-id: 96}
STREAM
outputs: [{eve-log: {enabled: yes, filename: eve.json, types: [alert, {drop: {alerts: yes}}]}}]
logging: {outputs: [{file: {enabled: yes, filename: DIR/suricata.log}}]}
unix-command: {enabled: no}
app-layer: {protocols: {http: {enabled: yes}}}
default-rule-path: DIR
rule-files: [local.rules]
`;
const withStream = (text: string) => FILE.replace("STREAM", text);
const ARGS = ["suricata", "-c", "/etc/ips.yaml", "--af-packet", ""];

Deno.test.each<[string, ReturnType<typeof keepsConnections>]>([
  ["stream: {midstream: yes}", "yes"],
  ["stream:\n  midstream: true\nexception-policy: auto", "yes"],
  ["exception-policy: ignore", "yes"],
  ["stream: {midstream: no, midstream-policy: pass-flow}\nexception-policy: auto", "yes"],
  ["exception-policy: auto", "no"],
  ["stream: {midstream: false}\nexception-policy: drop-flow", "no"],
  ["stream: {midstream-policy: drop-flow}\nexception-policy: ignore", "no"],
  // What is the default differs by version.
  ["stream: {midstream: no}", "unsure"],
  ["", "unsure"],
  ["stream: {midstream: yes}\ninclude: more.yaml", "unsure"],
  ["exception-policy: some-new-policy", "unsure"],
  ["stream: yes\nexception-policy: [auto]", "no"],
])("does Suricata keep connections it has not seen begin: %s", (stream, keeps) => {
  const text = withStream(stream);
  assert.equal(keepsConnections({ args: ARGS, text }, ["tap0", "tap1"]), keeps);
  assert.equal(keepsConnections({ args: ARGS, text }, ["tap1"]), keeps);
  assert.equal(keepsConnections({ args: ARGS, text }, ["eth0", "tap2"]), undefined);
});

Deno.test("a setting on the command line may decide it; of a file that cannot be read nothing is known", () => {
  const text = withStream("exception-policy: auto");
  const args = [...ARGS, "--set", "stream.midstream=true"];
  assert.equal(keepsConnections({ args, text }, ["tap0"]), "unsure");
  for (
    const odd of [undefined, "", "[", "a: 1", "af-packet: 7", "af-packet: [7, {copy-mode: ips}]"]
  ) {
    const facts = { args: ARGS, ...(odd !== undefined && { text: odd }) };
    assert.equal(keepsConnections(facts, ["tap0"]), undefined);
  }
});

Deno.test("the file is that of the command line", () => {
  assert.equal(configFileOf(ARGS), "/etc/ips.yaml");
  assert.equal(configFileOf(["suricata", "-c/etc/x.yaml"]), "/etc/x.yaml");
  assert.equal(configFileOf(["suricata", "--af-packet"]), "/etc/suricata/suricata.yaml");
});

Deno.test("processes of Suricata are found with their files as they see them, and no other processes", async () => {
  const proc = await Deno.makeTempDir({ prefix: "slproc" });
  const write = async (path: string, text: string) => {
    await Deno.mkdir(dirname(join(proc, path)), { recursive: true });
    await Deno.writeTextFile(join(proc, path), text);
  };
  await write("12/cmdline", ARGS.join("\0"));
  await write("12/root/etc/ips.yaml", "a: 1");
  await write("13/cmdline", "/usr/bin/suricata\0-c\0ids.yaml\0");
  await write("13/cwd/ids.yaml", "b: 1");
  await write("14/cmdline", "suricata\0-c\0gone.yaml\0");
  await write("15/cmdline", "tail\0suricata\0");
  await write("sys/cmdline", "suricata\0");
  await Deno.mkdir(join(proc, "16"));
  await write("17/cmdline", "suricata\0-c\0/dev/zero\0");
  await Deno.mkdir(join(proc, "17/root/dev"), { recursive: true });
  await Deno.symlink("/dev/zero", join(proc, "17/root/dev/zero"));
  const found = findSuricata(proc).sort((one, other) => one.pid - other.pid);
  assert.deepEqual(found.map(({ pid, file, text }) => [pid, file, text]), [
    [12, "/etc/ips.yaml", "a: 1"],
    [13, "ids.yaml", "b: 1"],
    [14, "gone.yaml", undefined],
    [17, "/dev/zero", undefined],
  ]);
  await Deno.remove(proc, { recursive: true });
});
