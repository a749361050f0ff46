/** Every row of the table of limits is used by the code, and a test goes beyond it. */
import assert from "node:assert/strict";
import { type Limit, LIMIT_ROWS } from "../core/base/limits.ts";
import { ROOT } from "../test/lab/paths.ts";

const API = "plugins/sources/kubernetes/api_server_test.ts";
const HOSTILE = "test/kubernetes/hostile_server_test.ts";
const HTTP = "core/report/http_server_test.ts";
const KEPT = "core/objects/kept_metadata_test.ts";
const MANIFEST = "core/objects/manifest_test.ts";
const STATUS = "plugins/sources/kubernetes/status_size_test.ts";
const OVSDB = "core/ovsdb/deadlines_test.ts";
const ISSUES = "core/agent/issues_test.ts";
const MEMORY = "core/agent/memory_file_test.ts";
const PLUGINS = "test/plugins/files_test.ts";

/** For each limit, the file and a part of the test that goes beyond it; or the reason why there is none. */
const TESTS: Readonly<
  Record<keyof typeof LIMIT_ROWS, readonly [file: string, text: string] | string>
> = {
  manifestFile: [MANIFEST, "is larger than"],
  yamlAliases: [MANIFEST, "an alias bomb"],
  yamlNesting: [MANIFEST, "is nested more than"],
  describedValue: [MANIFEST, "a message repeats a long value only in part"],
  manifestErrors: [MANIFEST, "of many syntax errors the first are told"],
  manifestFolders: [MANIFEST, "folders that are too deep are not read"],
  longestSilence: ["core/agent/config_file_test.ts", "silence: 3000000"],
  foreignText: ["core/base/foreign_text_test.ts", "foreign text that is too long is cut"],
  annotation: [KEPT, "an annotation that is too large is as if it were absent"],
  annotations: [KEPT, "no number of other annotations keeps out"],
  stateFile: [MEMORY, "a state that is too large is not written"],
  stateRate: [MEMORY, "what is written in a second is limited"],
  logField: ["test/limits/foreign_text_test.ts", "text of others is harmless in the log"],
  conditionText: ["core/contracts/condition_test.ts", "the texts of a condition are harmless"],
  issues: [ISSUES, "issues are harmless"],
  issueText: [ISSUES, "issues are harmless"],
  httpConnections: [HTTP, "beyond the limit of connections"],
  httpHead: [HTTP, "a header that is too long"],
  httpRequest: [HTTP, "a request that is not complete in time"],
  httpAnswer: [HTTP, "an answer that the client does not read in time"],
  httpShutdown: [HTTP, "a server that stops"],
  switchAnswer: ["core/openflow/client/deadlines_test.ts", "names what had no answer"],
  switchEcho: [OVSDB, "no answer to echo within"],
  switchConnect: ["core/ovsdb/client_test.ts", "gives a stopped server up after its timeout"],
  switchApply:
    "a vswitchd that never applies a change is in the chaos suite, by stopping the process",
  lockCourtesy: ["core/ovsdb/lock_test.ts", "asks later for the lock"],
  switchSteady: ["test/peers/silence_test.ts", "switchSteady"],
  roundStep: ["core/apply/round_watch_test.ts", "roundStep"],
  roundAge: ["core/apply/round_watch_test.ts", "roundAge"],
  openflowAnswer: ["core/openflow/client/deadlines_test.ts", "an answer without end is refused"],
  ovsdbMessage: [
    "core/ovsdb/json_splitter_test.ts",
    "refuses a text that is longer than the limit",
  ],
  outbox: ["core/base/stream_test.ts", "is closed when too much waits for it"],
  stateRequest: "it is the same wait as doctorRequest, with another number",
  stateAnswer: ["core/base/body_test.ts", "a larger one is not"],
  doctorRequest: ["core/doctor/ask_agent_test.ts", "an agent that hangs is silent"],
  doctorAnswer: ["test/doctor/situations_test.ts", "each situation is found with its cure"],
  doctorSource: "it is the same wait as doctorAnswer, with another number",
  doctorSnapshot: "it is the same wait as doctorAnswer, with another number",
  doctorNamed: ["core/doctor/checks_test.ts", "a finding names some TrafficControls"],
  serverText: [API, "a long text"],
  apiLogin: [API, "an exec plugin that takes too long fails requests"],
  apiGreeting: [
    "test/kubernetes/watch_test.ts",
    "soon gives up connections on which no byte comes",
  ],
  apiAnswerBegin: ["test/kubernetes/faults_test.ts", "connections that stay open without any byte"],
  apiRequest: [API, "a body that does not go on ends the request in its time"],
  leaseRequest: [API, "a body that does not go on ends the request in its time"],
  apiAnswer: [API, "a body that is too large is not read to its end"],
  apiErrorBody: [API, "more than is read"],
  apiErrorTime: [API, "no end"],
  retryAfter: [API, "is a pause of"],
  listPage: [HOSTILE, "a page of a list that is too large is asked for in smaller pages"],
  listPageObjects: ["test/kubernetes/source_test.ts", "a snapshot comes from many pages"],
  listObjects: [HOSTILE, "objects without an end"],
  listPages: [HOSTILE, "pages without an end"],
  watchEvent: [HOSTILE, "has a line without an end"],
  watchFailures: [HOSTILE, "changes arrive by lists"],
  silence: ["test/kubernetes/faults_test.ts", "connections that stay open without any byte"],
  statusObject: [STATUS, "fits, and has an entry for each TrafficControl"],
  statusText: [STATUS, "one text of 250 KB is cut"],
  statusShortText: [STATUS, "long texts"],
  statusReason: [STATUS, "what another agent wrote is cut"],
  statusConditions: [STATUS, "what another agent wrote is cut"],
  statusPorts: [STATUS, "what another agent wrote is cut"],
  namedNodes: ["plugins/sources/kubernetes/summary_test.ts", "more nodes"],
  eventText: ["plugins/sources/kubernetes/events_test.ts", "the message of an Event is cut"],
  portUp: "the wait ends without a word: the round goes on",
  portPasses: "what three passes leave is the next round's, as every failed round is",
  pluginStart: "it needs a program that does not start",
  pluginLoad: [PLUGINS, "not loaded and examined within"],
  pluginCall: ["test/plugins/hang_test.ts", "does not return within 2 s"],
  pluginMemory: ["test/plugins/hang_commands_test.ts", "uses more than 256 MB of memory"],
  pluginOutput: ["test/plugins/hang_commands_test.ts", "writes without end"],
  pluginErrors: ["test/plugins/hang_commands_test.ts", "console.error('x'.repeat(1e5))"],
  pluginMessage: ["core/plugin_files/channel_test.ts", "with texts of any length up to the limit"],
  pluginFailures: ["test/plugins/hang_test.ts", "is stopped until SIGHUP loads it again"],
  databaseName: ["test/memory/databases_test.ts", "OVSDB comes after the agent"],
  commandConnect: "it is the same wait as databaseName, with another number",
  floodedCopies: ["plugins/pipelines/flood_test.ts", "more mirrors than"],
  learnedOfPod: [
    "test/learned_senders_test.ts",
    "a trunk Pod that sends to thousands of groups keeps no new neighbour from a redirected Pod",
  ],
  learnedSenders: ["test/hostile/sources_test.ts", "they are remembered up to a limit"],
};

const SOURCES = ["core", "plugins", "targets"];
const isTest = (file: string) => /_test\.ts$|\/testing\//.test(file);
const isTable = (file: string) => /\/base\/limits?(_\w+)?\.ts$/.test(file);

/** All product code but the table. */
async function code(): Promise<string> {
  const texts: string[] = [];
  const visit = async (folder: string) => {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      const path = `${folder}/${name}`;
      if (isDirectory) await visit(path);
      else if (name.endsWith(".ts") && !isTest(path) && !isTable(path)) {
        texts.push(await Deno.readTextFile(path));
      }
    }
  };
  for (const folder of SOURCES) await visit(`${ROOT}/${folder}`);
  return texts.join("\n");
}

const rows = Object.entries<Limit>(LIMIT_ROWS);

Deno.test("every limit is used", async () => {
  const text = await code();
  const unused = rows.map(([name]) => name)
    .filter((name) => !new RegExp(`(LIMITS|[lL]imits)\\.${name}\\b`).test(text));
  assert.deepEqual(unused, []);
});

for (const [name, test] of Object.entries(TESTS)) {
  if (typeof test === "string") continue;
  const [file, text] = test;
  Deno.test(`beyond limit ${name} goes a test in ${file}`, async () => {
    assert.ok((await Deno.readTextFile(`${ROOT}/${file}`)).includes(text), text);
  });
}

Deno.test("each row says what the limit is about, and what happens beyond, in words of its own", () => {
  for (const [name, { of, beyond, most }] of rows) {
    assert.ok(most > 0, name);
    for (const text of [of, beyond]) assert.doesNotMatch(text, /\.$|^\s|^$/, name);
  }
  assert.equal(new Set(rows.map(([, { of }]) => of)).size, rows.length);
});
