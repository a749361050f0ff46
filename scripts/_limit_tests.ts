/** Which test goes beyond each limit. @module */
import type { LIMIT_ROWS } from "../core/base/limits.ts";
import type { TestName } from "../test/docs/titles.ts";
import { SEEING } from "./_limit_tests_seeing.ts";

const ALONE = "a Pod for which a plugin failed rests alone, twice as long each time, up to a limit";
const API = "plugins/sources/kubernetes/api_server_test.ts";
const API_ERROR = "an error of the API server is shown harmlessly";
const DEADLINES = "core/openflow/client/deadlines_test.ts";
const FAULTS = "test/kubernetes/faults_test.ts";
const HANG = "test/plugins/hang_test.ts";
const HANG_COMMANDS = "test/plugins/hang_commands_test.ts";
const HOSTILE = "test/kubernetes/hostile_server_test.ts";
const HTTP = "core/report/http_server_test.ts";
const ISSUES: TestName = [
  "core/agent/issues_test.ts",
  "issues are harmless, each is cut beyond the limit, and beyond their number the rest is counted",
];
const KEPT = "core/objects/kept_metadata_test.ts";
const MANIFEST = "core/objects/manifest_test.ts";
const MEMORY = "core/agent/memory_file_test.ts";
const OF_ANOTHER_AGENT =
  "what another agent wrote is cut: texts, reasons, conditions, ports; and is made harmless";
const OVERDUE = "core/apply/round_watch_test.ts";
const RULES = "plugins/options/rules_test.ts";
const RESTS = "core/plugin_files/rests_test.ts";
const STATUS = "plugins/sources/kubernetes/status_size_test.ts";
const UNTRIABLE = "files that cannot be tried are refused by name, whatever they do";
const WATCHES_FAIL =
  "each watch fails: it is told, the server is not asked often, and changes arrive by lists";
const WITHOUT_BYTES =
  "the agent notices connections that break, and connections that stay open without any byte";

/** For each limit, the test that goes beyond it. */
export const TESTS: Readonly<Record<keyof typeof LIMIT_ROWS, TestName>> = {
  ...SEEING,
  manifestFile: [MANIFEST, "a file with too much has one problem, which is found in time"],
  yamlAliases: [MANIFEST, "a file with an alias bomb has one problem, which is found in time"],
  yamlNesting: [MANIFEST, "a file with keys without end has one problem, which is found in time"],
  describedValue: [MANIFEST, "a message repeats a long value only in part"],
  manifestErrors: [MANIFEST, "of many syntax errors the first are told"],
  manifestFolders: [MANIFEST, "folders that are too deep are not read"],
  rules: [RULES, "rules that are refused: %s"],
  chain: ["core/model/pods/chains_test.ts", "a pair is in a chain once, and a chain has an end"],
  flow: [
    "core/model/flows/pipeline_change_test.ts",
    "a part with a flow that is too large for the switch has no flows, and the other parts are written",
  ],
  ruleList: [RULES, "rules that are refused: %s"],
  ruleMatches: [RULES, "rules that come to too many flows are refused in time"],
  longestSilence: ["core/agent/config_file_test.ts", "a config file %o is refused with its line"],
  foreignText: [
    "core/base/foreign_text_test.ts",
    "foreign text that is too long is cut, also in the middle of a character",
  ],
  annotation: [KEPT, "an annotation that is too large is as if it were absent, and that is told"],
  annotations: [KEPT, "no number of other annotations keeps out those that a resolver names"],
  stateFile: [MEMORY, "a state that is too large is not written, and told"],
  stateRate: [
    MEMORY,
    "what is written in a second is limited: after a large write, the next one waits",
  ],
  logField: [
    "test/limits/foreign_text_test.ts",
    "text of others is harmless in the log (${format}) and in what commands show",
  ],
  conditionText: [
    "core/contracts/condition_test.ts",
    "the texts of a condition are harmless, and cut beyond the limit",
  ],
  issues: ISSUES,
  issueText: ISSUES,
  httpConnections: [
    HTTP,
    "beyond the limit of connections, the oldest one without a request is closed",
  ],
  httpHead: [HTTP, "the HTTP server answers: a header that is too long"],
  httpRequest: [HTTP, "a request that is not complete in time is given up, however it trickles"],
  httpAnswer: [HTTP, "an answer that the client does not read in time is given up"],
  httpStreams: [
    "core/report/http_stream_test.ts",
    "beyond the limit of streams the answer is 503, until one of them has ended",
  ],
  eventPause: ["core/report/live_state_test.ts", "the state is read at most once a second"],
  httpShutdown: [
    HTTP,
    "a server that stops ends idle connections at once, and others after a short time",
  ],
  switchAnswer: [
    DEADLINES,
    "the connection to a switch that swallows a dump ends, with an error that names what had no answer",
  ],
  switchEcho: [
    "core/ovsdb/deadlines_test.ts",
    "the session with a server that swallows echoes, and sends updates connects again, and says why",
  ],
  switchConnect: [
    "core/ovsdb/client_test.ts",
    "OvsdbClient.connect() gives a stopped server up after its timeout",
  ],
  switchApply: [
    "core/ovsdb/session_test.ts",
    "OvsdbSession.commit() says that no ovs-vswitchd took it over",
  ],
  lockCourtesy: [
    "core/ovsdb/lock_test.ts",
    "after OVSDB was away, a session that had to wait asks later for the lock than one that had it",
  ],
  switchSteady: [
    "test/peers/silence_test.ts",
    "a peer that breaks after its first messages is asked with pauses of up to a second",
  ],
  roundStep: [OVERDUE, "what is overdue when a step takes longer"],
  roundAge: [OVERDUE, "what is overdue when every round fails for too long"],
  openflowAnswer: [DEADLINES, "an answer without end is refused when it is longer than the limit"],
  ovsdbMessage: [
    "core/ovsdb/json_splitter_test.ts",
    "JsonSplitter refuses a text that is longer than the limit, and keeps no more of it",
  ],
  outbox: [
    "core/base/stream_test.ts",
    "a stream to a peer that does not read is closed when too much waits for it",
  ],
  stateRequest: [
    "core/cli/status_test.ts",
    "an agent whose answer does not end in time: the command ends with an error",
  ],
  stateAnswer: [
    "core/base/body_test.ts",
    "a body that is as large as allowed is read, a larger one is not, nor one without an end",
  ],
  doctorRequest: [
    "core/doctor/ask_agent_test.ts",
    "an agent that hangs is silent, and no stranger",
  ],
  doctorAnswer: [
    "test/doctor/situations_test.ts",
    "each situation is found with its cure, and gone when the cure is carried out",
  ],
  doctorSource: [
    "core/doctor/gather_test.ts",
    "an API server whose answers do not end: the finding says so, in its time",
  ],
  doctorSnapshot: [
    "core/cli/planned_controls_test.ts",
    "a source that does not give everything in time is named",
  ],
  doctorNamed: [
    "core/doctor/checks_test.ts",
    "a finding names some TrafficControls, and counts the others",
  ],
  serverText: [API, `${API_ERROR}: a long text`],
  shownNodes: [
    "plugins/sources/kubernetes/cluster_controls_test.ts",
    "of many nodes, those come first that have a problem, and the rest is left out",
  ],
  apiLogin: [
    API,
    "an exec plugin that takes too long fails requests; its answer is used when it comes",
  ],
  execOutput: [
    "plugins/sources/kubernetes/credentials_test.ts",
    "an exec plugin that writes without end is an error",
  ],
  apiGreeting: [
    "test/kubernetes/watch_test.ts",
    "the source soon gives up connections on which no byte comes, and opens others",
  ],
  apiAnswerBegin: [FAULTS, WITHOUT_BYTES],
  apiRequest: [API, "a body that does not go on ends the request in its time"],
  leaseRequest: [
    "plugins/sources/kubernetes/lease_test.ts",
    "an API server whose answers do not end: the agent is not elected any more after 6 s",
  ],
  apiAnswer: [API, "a body that is too large is not read to its end"],
  apiErrorBody: [API, `${API_ERROR}: more than is read`],
  apiErrorTime: [API, `${API_ERROR}: no end`],
  retryAfter: [API, "Retry-After ${header?.slice(0, 40)} is a pause of ${milliseconds} ms"],
  listPage: [HOSTILE, "a page of a list that is too large is asked for in smaller pages"],
  listPageObjects: [
    "test/kubernetes/source_test.ts",
    "a snapshot comes from many pages, then each change; only used fields are kept",
  ],
  listObjects: [HOSTILE, "a list that has objects without an end is given up and told"],
  listPages: [HOSTILE, "a list that has pages without an end is given up and told"],
  watchEvent: [HOSTILE, WATCHES_FAIL],
  watchFailures: [HOSTILE, WATCHES_FAIL],
  silence: [FAULTS, WITHOUT_BYTES],
  statusObject: [
    STATUS,
    "a status with many entries fits, and has an entry for each TrafficControl",
  ],
  statusCounts: [
    "plugins/sources/kubernetes/node_counts_test.ts",
    "counts that do not fit into 32 KB with the rest are not told, and none of them",
  ],
  statusText: [STATUS, "one text of 250 KB is cut, and its length is shown"],
  statusShortText: [
    STATUS,
    "a status with long texts fits, and has an entry for each TrafficControl",
  ],
  statusReason: [STATUS, OF_ANOTHER_AGENT],
  statusConditions: [STATUS, OF_ANOTHER_AGENT],
  statusPorts: [STATUS, OF_ANOTHER_AGENT],
  namedNodes: [
    "plugins/sources/kubernetes/summary_test.ts",
    "summary: five nodes: three are named",
  ],
  eventText: [
    "plugins/sources/kubernetes/events_test.ts",
    "the message of an Event is cut beyond the limit, and harmless",
  ],
  sensorSeries: [
    "core/report/gauges_test.ts",
    "only so many sensors have values of their own; all are counted",
  ],
  podSeries: [
    "core/report/gauges_test.ts",
    "only so many Pods have counters of their own in the metrics, the first by name",
  ],
  controlSeries: [
    "core/report/gauges_test.ts",
    "only so many TrafficControls have counters of their own in the metrics, the first by name",
  ],
  countersRead: [
    "core/report/counters_test.ts",
    "a switch that does not tell its counters in time holds nobody up",
  ],
  portUp: [
    "test/limits/port_up_test.ts",
    "a port in another network namespace never shows as up, and holds nothing up",
  ],
  portPasses: [
    "core/apply/port_maker_test.ts",
    "a port that has to be judged again and again ends the round, and the next one goes on",
  ],
  pluginStart: [
    "core/plugin_files/relay_test.ts",
    "a plugin file whose process does not start is given up",
  ],
  pluginLoad: [
    "test/plugins/files_test.ts",
    "of a folder of wrong plugins each is refused by name and reason, the right one is loaded",
  ],
  pluginCall: [
    HANG,
    "a target with one value that its function cannot bear: the agent names it, and goes on",
  ],
  pluginMemory: [HANG_COMMANDS, UNTRIABLE],
  pluginOutput: [HANG_COMMANDS, UNTRIABLE],
  pluginErrors: [HANG_COMMANDS, UNTRIABLE],
  pluginMessage: [
    "core/plugin_files/channel_test.ts",
    "two channels of one memory take turns, with texts of any length up to the limit",
  ],
  pluginFailures: [
    RESTS,
    "many Pods for which a plugin failed cost the other Pods of their Namespace, and no others",
  ],
  pluginRest: [RESTS, ALONE],
  pluginLongestRest: [RESTS, ALONE],
  pluginFailedCalls: [RESTS, "what failed long ago is forgotten when there is too much"],
  databaseName: [
    "test/memory/databases_test.ts",
    "OVSDB comes after the agent: the last good state is there before the first change",
  ],
  commandConnect: ["core/cli/connected_test.ts", "OVSDB that does not answer in time is named"],
  treatmentLookups: [
    "plugins/pipelines/flood_test.ts",
    "more copies of a Pod's own packets than Open vSwitch can make are refused, in each direction",
  ],
  floodedLookups: [
    "plugins/pipelines/flood_test.ts",
    "more copies than Open vSwitch can make of one packet are refused: %s",
  ],
  learnedOfPod: [
    "test/learned_senders_test.ts",
    "a trunk Pod that sends to thousands of groups keeps no new neighbour from a redirected Pod",
  ],
  learnedSenders: [
    "test/hostile/sources_test.ts",
    "${MANY} random source MACs fill nothing of ours, and are mirrored all the same",
  ],
};
