/** Text of others with escape sequences, forged lines and great length: what the log and every command show of it. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { stringify } from "yaml";
import { LIMITS } from "../../core/base/limits.ts";
import {
  app,
  BRIDGE,
  internal,
  podObject,
  sluice,
  TestAgent,
  trafficControl,
} from "../lab/agent.ts";
import { eventually, PrivateOvs } from "../lab/ovs.ts";

/** An escape sequence, its one-byte form, a line that looks like one of the log, and a change of writing direction. */
const EVIL = "\x1b[31mred\x9b2J\n2026-01-01T00:00:00.000Z error   All is lost\r\u202eabc\u2028";
/** Characters that must not be in any output; lines are looked at one by one. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

const mirror = (name: string, more: Readonly<Record<string, unknown>> = {}) =>
  trafficControl(name, {
    appliedTo: app("web"),
    direction: "Both",
    action: "Mirror",
    targetPort: internal("tap0"),
    ...more,
  });
const pod = (name: string, annotations: Record<string, string>) =>
  podObject({ name, mac: "02:aa:00:00:00:01", ips: ["10.9.0.1/24"] }, { app: "web" }, {
    annotations,
  });

/** Objects that bring their text to the log and to the state in different ways. */
const OBJECTS: Readonly<Record<string, object>> = {
  "mac.yaml": pod("mac", { "sluice.dev/mac": EVIL }),
  "match.yaml": pod("match", { "sluice.dev/match": EVIL.repeat(100) }),
  "port.yaml": pod("port", { "sluice.dev/ovs-port": EVIL }),
  "large.yaml": pod("large", { "sluice.dev/mac": "x".repeat(250_000) }),
  "name.yaml": mirror(`evil${EVIL}`),
  "action.yaml": mirror("action", { action: EVIL }),
  "option.yaml": mirror("option", { [`field${EVIL}`]: EVIL }),
  "kind.yaml": { ...mirror("kind"), kind: EVIL },
  "good.yaml": mirror("good"),
  [`${EVIL.replaceAll("/", "")}.yaml`]: { kind: "TrafficControl" },
};

function assertHarmless(what: string, text: string): void {
  for (const line of text.trimEnd().split("\n")) {
    assert.doesNotMatch(line, INVISIBLE, `${what}: ${JSON.stringify(line)}`);
    assert.doesNotMatch(line, /^2026-01-01/, what);
  }
}

const EXPLAIN = ["explain pod/default/mac", "explain tc/good", "explain tc/good -o json"];
const COMMANDS = [
  ...EXPLAIN,
  "status",
  "status -o json",
  "doctor",
  "doctor -o json",
  "plan",
  "validate",
];

/** The longest line: a few fields, each of which may be escaped. */
const LONGEST_LINE = 8 * LIMITS.logField;

for (const format of ["text", "json"]) {
  Deno.test(`text of others is harmless in the log (${format}) and in what commands show`, async (t) => {
    await using ovs = await PrivateOvs.start({ datapath: "dummy" });
    await using agent = await TestAgent.start(ovs, ["--log-format", format]);
    for (const [name, object] of Object.entries(OBJECTS)) {
      await Deno.writeTextFile(join(agent.manifests, name), stringify(object));
    }
    await eventually("all objects", async () => {
      const { trafficControls = [], issues = [] } = JSON.parse(
        (await agent.get("/api/v1/state")).text || "{}",
      );
      return trafficControls.length >= 4 && issues.length >= 2;
    }, 15_000);
    await t.step("the log", () => {
      assert.ok(agent.log.length > 5);
      for (const line of agent.log) {
        assertHarmless("log", line);
        assert.ok(line.length < LONGEST_LINE, `${line.length}`);
        if (format === "json") JSON.parse(line);
        else assert.match(line, /^20[\d-]+T[\d:.]+Z (info|warning|error) /);
      }
    });
    for (const command of COMMANDS) {
      await t.step(command, async () => {
        const [name, ...more] = command.split(" ");
        const options = {
          status: [],
          explain: [],
          doctor: ["--bridge", BRIDGE, "--ovsdb", ovs.db, "--manifests", agent.manifests],
          plan: ["--bridge", BRIDGE, "--ovsdb", ovs.db, "-f", agent.manifests],
          validate: ["-f", agent.manifests],
        }[name!]!;
        const { stdout, stderr } = await sluice(ovs, name!, ...more, ...options);
        assert.ok(stdout.length > 100, stderr);
        assertHarmless(command, stdout);
        assertHarmless(command, stderr);
        if (command.endsWith("json")) JSON.parse(stdout);
      });
    }
  });
}
