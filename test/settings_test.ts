/** Settings of a running agent: what switches something off does so, however it is written. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { sluice, TestAgent } from "./lab/agent.ts";
import { eventually, PrivateOvs } from "./lab/ovs.ts";

/** Ways to say that the bridge's protocols must not be changed. */
const REFUSALS: readonly { readonly env?: Record<string, string>; readonly file?: string }[] = [
  { env: { SLUICE_ALLOW_PROTOCOL_CHANGE: "false" } },
  { env: { SLUICE_ALLOW_PROTOCOL_CHANGE: "0" } },
  { env: { SLUICE_ALLOW_PROTOCOL_CHANGE: "" } },
  { file: "allowProtocolChange: no\n" },
  { file: 'allowProtocolChange: "false"\n' },
];

Deno.test("an agent that must not change the bridge's protocols does not, however that is written", async (t) => {
  await using ovs = await PrivateOvs.start({ datapath: "dummy" });
  await ovs.vsctl("set", "bridge", "br0", "protocols=[OpenFlow10,OpenFlow13]");
  const before = await ovs.vsctl("list", "bridge", "br0");
  const config = join(ovs.dir, "sluice.yaml");
  for (const { env = {}, file = "" } of REFUSALS) {
    await t.step(JSON.stringify({ ...env, file }), async () => {
      await Deno.writeTextFile(config, file);
      await using _agent = await TestAgent.start(ovs, ["--config", config], undefined, { env });
      await eventually(
        "the condition",
        async () => /ProtocolMissing/.test((await sluice(ovs, "status")).stdout),
      );
      assert.equal(await ovs.vsctl("list", "bridge", "br0"), before);
    });
  }
});

Deno.test("a local API that the network can reach is warned of, and works", async (t) => {
  await using ovs = await PrivateOvs.start({ datapath: "dummy" });
  for (
    const [listen, isWarned] of [
      ["0.0.0.0:10360", true],
      ["[::]:10360", true],
      ["localhost:10360", false],
      ["127.0.0.1:10360", false],
    ] as const
  ) {
    await t.step(listen, async () => {
      await using agent = await TestAgent.start(ovs, ["--listen", listen]);
      await agent.settled("ready", () => true);
      const warned = agent.log.filter((line) => /warning Local API open to the network/.test(line));
      assert.equal(warned.length, isWarned ? 1 : 0, agent.log.join("\n"));
    });
  }
});

Deno.test("the feature gate is off, however that is written, and an agent with a wrong setting does not start", async (t) => {
  await using ovs = await PrivateOvs.start({ datapath: "dummy" });
  const config = join(ovs.dir, "antrea-agent.conf");
  const agent = ["agent", "--bridge", "br0", "--ovsdb", ovs.db, "--config", config];
  for (const word of ["off", "no", '"false"']) {
    await t.step(word, async () => {
      await Deno.writeTextFile(config, `memberlist:\nfeatureGates: {TrafficControl: ${word}}\n`);
      const none = ["--config", config]; // Without --manifests an agent with the gate on would not start
      await using running = await TestAgent.start(ovs, none, ["--source", "files"]);
      await running.settled("ready", () => true);
      const warned = running.log.filter((line) =>
        /warning .*unknown to Sluice.*memberlist/.test(line)
      );
      assert.equal(warned.length, 1, running.log.join("\n"));
    });
  }
  for (
    const [text, reason] of [
      [
        "featureGates: {TrafficControl: of}\n",
        /conf:1": key "featureGates\.TrafficControl": Cannot use "of"/,
      ],
      ["a: 1\novsBrigde: br0\n", /conf:2": key "ovsBrigde" is unknown: did you mean "ovsBridge"\?/],
    ] as const
  ) {
    await t.step(text.trim(), async () => {
      await Deno.writeTextFile(config, text);
      const { code, stderr } = await sluice(ovs, ...agent);
      assert.equal(code, 1);
      assert.match(stderr, reason);
    });
  }
});
