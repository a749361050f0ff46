/** Every setting with every odd value, as a flag, as a variable and in the file: all are refused in the same words. */
import assert from "node:assert/strict";
import { CommanderError } from "@commander-js/extra-typings";
import { stringify } from "yaml";
import { parseConfigFile } from "../agent/config_file.ts";
import { configsOf } from "../agent/config.ts";
import { type SettingName, SETTINGS, variableOf } from "../agent/settings.ts";
import { index, type Plugins } from "../contracts/registry.ts";
import { actions, options, pipelines, resolvers, sources } from "../../plugins/mod.ts";
import { targets } from "../../targets/mod.ts";
import { agentOptions } from "./agent_options.ts";
import { forgetEmptyVariables } from "./setting_option.ts";

const plugins: Plugins = {
  targets: index("target", targets, ({ kind }) => kind),
  actions: index("action", actions, ({ name }) => name),
  options: index("option", options, ({ field }) => field),
  resolvers: index("resolver", resolvers, ({ name }) => name),
  pipelines: index("pipeline", pipelines, ({ name }) => name),
  sources: index("source", sources, ({ name }) => name),
};

/** Settings that flags and variables can give. */
const NAMES = (Object.keys(SETTINGS) as SettingName[]).filter((name) => name !== "enabled");
/** The key of the file, where it is not the setting's name. */
const KEYS: Partial<Record<SettingName, string>> = { bridge: "ovsBridge" };
const flagOf = (name: SettingName) => `--${name.replaceAll(/[A-Z]/g, "-$&").toLowerCase()}`;

/** Values that no setting takes. */
const NEVER = ["", " ", "a\nb", "br0 ", "\u0000", "\u202ebr0", "\ufeffx"];
/** Further values that settings of a kind do not take. */
const ODD: Readonly<Partial<Record<SettingName, readonly string[]>>> = {
  bridge: ["a b", "a/b", "br0,", "br0, br1"],
  ovsdb: ["/run/db.sock", "unix:", "tcp:host", "ssl:1.2.3.4:6640", "ptcp:6640"],
  openflow: ["br0.mgmt", "unix:", "tcp:127.0.0.1:x"],
  tableBase: ["0", "240", "-1", "1.5", "0x10", "1e2", "two", "٣"],
  silence: ["0", "-5", "10s", "1e9", "Infinity", "NaN", "3000000"],
  noTrafficAfter: ["9s", "10", "25h", "1d", "-1m", "10 m", "1m1h", "none"],
  allowProtocolChange: ["2", "maybe", "null", "-", "enabled"],
  listen: ["10360", "127.0.0.1", ":10360", "::1:10360", "127.0.0.1:port"],
  metricsListen: ["10361", "[]:1", "http://127.0.0.1:1/"],
  logFormat: ["JSON", "xml"],
  logLevel: ["warn", "INFO", "3"],
  trustAnnotations: ["none,files", "kubernetes, none"],
  source: ["files,", ",", "files kubernetes", "file"],
};

interface Parsed {
  readonly options?: Readonly<Record<string, unknown>>;
  readonly message: string;
}

/** Parses a command line as `sluice agent` does. */
function parse(args: readonly string[]): Parsed {
  let message = "";
  const command = agentOptions("agent", plugins).exitOverride().configureOutput({
    writeErr: (text) => message += text,
  });
  try {
    command.parse([...args], { from: "user" });
    return { options: command.opts(), message };
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return { message };
  }
}

function withVariable(name: string, value: string): Parsed {
  Deno.env.set(name, value);
  try {
    forgetEmptyVariables();
    return parse([]);
  } finally {
    Deno.env.delete(name);
  }
}

/** The part of a message that does not depend on where the value was. */
const reasonOf = (message: string) =>
  /(Cannot use .*? is not .*?|Allowed choices are .*?)[.\n]*$/.exec(message.trim())?.[1] ?? message;

for (const name of NAMES) {
  Deno.test(`${name}: an odd value is refused as a flag, as a variable and in the file`, () => {
    for (const value of [...NEVER, ...ODD[name] ?? []]) {
      const flag = parse([`${flagOf(name)}=${value}`]);
      assert.equal(flag.options, undefined, `${flagOf(name)}=${JSON.stringify(value)}`);
      assert.match(
        flag.message,
        new RegExp(`'${flagOf(name)}[ '].*(Cannot use|Allowed choices)`, "s"),
      );
      if (value === "" || value.includes("\0")) continue;
      const variable = withVariable(variableOf(name), value);
      assert.equal(variable.options, undefined, `${variableOf(name)}=${JSON.stringify(value)}`);
      assert.ok(variable.message.includes(variableOf(name)), variable.message);
      assert.equal(reasonOf(variable.message), reasonOf(flag.message));
      if (name === "config" || /^(file|Allowed)/.test(reasonOf(flag.message))) continue;
      const text = stringify({ [KEYS[name] ?? name]: value }, {
        defaultStringType: "QUOTE_DOUBLE",
      });
      assert.throws(
        () => parseConfigFile("file", text),
        (error: Error) => error.message.includes(reasonOf(flag.message)),
        `${text} ${reasonOf(flag.message)}`,
      );
    }
  });
}

Deno.test("bridges are named by several flags, by commas or as a list, each once", () => {
  const wanted = ["br-int", "br1"];
  const flags = ["--bridge", "br-int", "--bridge", "br1", "--bridge", "br-int"];
  assert.deepEqual(parse([]).options?.bridge, ["br-int"]);
  assert.deepEqual(parse(["--bridge", "br1"]).options?.bridge, ["br1"]);
  assert.deepEqual(parse(flags).options?.bridge, wanted);
  assert.deepEqual(parse(["--bridge", "br-int,br1"]).options?.bridge, wanted);
  assert.deepEqual(withVariable("SLUICE_BRIDGE", "br-int,br1").options?.bridge, wanted);
  const inFile = (text: string) => parseConfigFile("file", text).options.bridge;
  assert.deepEqual(inFile("ovsBridge: [br-int, br1]\n"), wanted);
  assert.deepEqual(inFile("ovsBridge: br-int\n"), ["br-int"]);
  assert.deepEqual(inFile('ovsBridge: ["a,b"]\n'), ["a,b"], "a name with a comma");
  assert.throws(() => inFile("ovsBridge: [br0, 5]\n"), /it is not the name of a bridge: quote it/);
  assert.throws(() => inFile("ovsBridge: []\n"), /Cannot use a list: it is not the name/);
  assert.throws(
    () => configsOf({ bridge: wanted, openflow: "unix:/x" } as never),
    /--openflow for bridges br-int, br1: it is the socket of one bridge, so set --ovs-run-dir/,
  );
});

Deno.test("no source beside none", () => {
  const trusted = parse(["--trust-annotations", "none", "--trust-annotations", "files"]);
  assert.match(trusted.message, /Cannot use "none,files": it is not .*, or none alone/);
  const several = parse(["--trust-annotations", "kubernetes", "--trust-annotations", "files"]);
  assert.deepEqual(several.options?.trustAnnotations, ["kubernetes", "files"]);
});

Deno.test("a variable with nothing in it counts as absent", () => {
  for (const name of NAMES) {
    const { options, message } = withVariable(variableOf(name), "");
    assert.deepEqual(options, parse([]).options, message);
  }
});

Deno.test("a switch is on or off in the same words, as a flag and as a variable", () => {
  const flag = "--allow-protocol-change";
  const value = ({ options }: Parsed) => options?.allowProtocolChange;
  assert.equal(value(parse([])), false);
  assert.equal(value(parse([flag])), true);
  for (const word of ["true", "yes", "on", "1", "TRUE", "y"]) {
    assert.equal(value(parse([`${flag}=${word}`])), true, word);
    assert.equal(value(withVariable("SLUICE_ALLOW_PROTOCOL_CHANGE", word)), true, word);
  }
  for (const word of ["false", "no", "off", "0", "False", "n"]) {
    assert.equal(value(parse([`${flag}=${word}`])), false, word);
    assert.equal(value(withVariable("SLUICE_ALLOW_PROTOCOL_CHANGE", word)), false, word);
  }
});

Deno.test("every setting of the agent has a reader, and its variable is named after its flag", () => {
  const command = agentOptions("agent", plugins);
  // --no-web is another way to say --web false
  for (const option of command.options.filter(({ negate }) => !negate)) {
    const name = option.attributeName() as SettingName;
    assert.ok(Object.hasOwn(SETTINGS, name), name);
    assert.equal(option.envVar, variableOf(name));
    assert.equal(option.long, flagOf(name));
  }
});

Deno.test("a time without packets is given with its units, or switched off", () => {
  const value = ({ options }: Parsed) => options?.noTrafficAfter;
  assert.equal(value(parse([])), 600_000);
  const times = [["10s", 10_000], ["90s", 90_000], ["10m", 600_000], ["1h30m", 5_400_000]] as const;
  for (const [text, wanted] of [...times, ["24h", 86_400_000], ["off", 0], ["0", 0]] as const) {
    assert.equal(value(parse(["--no-traffic-after", text])), wanted, text);
    assert.equal(value(withVariable("SLUICE_NO_TRAFFIC_AFTER", text)), wanted, text);
    const { options } = parseConfigFile("file", `noTrafficAfter: ${text}\n`);
    assert.equal(options.noTrafficAfter, wanted, text);
  }
});
