/**
 * The rooms of the product, and what each may import. `scripts/check_deps.ts` enforces this table.
 *
 * The table is in order: a room imports only rooms that stand before it. So no two rooms can import each other.
 * @module
 */

/** A folder with product code, without its subfolders; or a single file with rules of its own. */
export interface Room {
  /** From the root of the repository. A folder ends with a slash. */
  readonly path: string;
  /** What the room is for, in one line. */
  readonly purpose: string;
  /** The paths of the rooms that it may import; `core/model/*` is each room in that folder. */
  readonly imports: readonly string[];
}

/** One file imports another; both paths are from the root of the repository. */
export interface Import {
  readonly from: string;
  readonly to: string;
}

/** A file whose imports cannot all be read from its text, and why that must be so. */
export interface ComputedImport {
  readonly path: string;
  readonly reason: string;
}

/** A table of rooms, and what breaks its rules today. An entry that is no longer needed has to go. */
export interface House {
  readonly rooms: readonly Room[];
  /** Imports that the table does not allow, or that close a circle of files. */
  readonly exceptions: readonly Import[];
  /** Product files that are in no room. */
  readonly unhoused: readonly string[];
  /** Files that import what only the running program knows: `import(url)`. */
  readonly computed: readonly ComputedImport[];
  /** Files that are too long. */
  readonly long: readonly string[];
}

// deno-fmt-ignore: one room, two or three lines
const ROOMS: readonly Room[] = [
  { path: "core/build.ts", purpose: "the version of this build",
    imports: [] },
  { path: "core/base/", purpose: "errors, the log, byte streams, pauses and alarms, canonical JSON, the marks of Sluice",
    imports: [] },
  { path: "core/openflow/fields/", purpose: "match fields: their table, and their values on the wire and as text",
    imports: ["core/base/"] },
  { path: "core/openflow/messages/", purpose: "OpenFlow's messages and actions on the wire",
    imports: ["core/base/", "core/openflow/fields/"] },
  { path: "core/openflow/text/", purpose: "flows and groups in the syntax of ovs-ofctl",
    imports: ["core/openflow/fields/", "core/openflow/messages/"] },
  { path: "core/openflow/client/", purpose: "the connection to a bridge: requests, bundles, monitors",
    imports: ["core/base/", "core/openflow/fields/", "core/openflow/messages/", "core/openflow/text/"] },
  { path: "core/openflow/", purpose: "the part of OpenFlow that other rooms may use: mod.ts",
    imports: ["core/openflow/*"] },
  { path: "core/ovsdb/", purpose: "an OVSDB client: sessions, a cache of rows, transactions",
    imports: ["core/base/"] },
  { path: "core/contracts/", purpose: "what plugins are, and what they return",
    imports: ["core/base/", "core/openflow/"] },
  { path: "core/health/", purpose: "whether redirects' sensors work: probes, verdicts, the task that sends them, counters",
    imports: ["core/base/", "core/openflow/", "core/contracts/"] },
  { path: "core/objects/", purpose: "manifests and API objects as typed, checked objects",
    imports: ["core/base/", "core/contracts/"] },
  { path: "core/crd/", purpose: "the custom resource definitions",
    imports: ["core/base/", "core/contracts/", "core/objects/"] },
  { path: "core/conformance/pipeline/", purpose: "what pipelines are tested for: declared rows, and packets that pass them",
    imports: ["core/openflow/", "core/contracts/", "core/objects/"] },
  { path: "core/conformance/", purpose: "the rules that every plugin is tested for",
    imports: [
      "core/base/", "core/openflow/", "core/contracts/", "core/objects/", "core/crd/", "core/conformance/pipeline/",
    ] },
  { path: "core/api.ts", purpose: "the part of core/ that plugins may import",
    imports: ["core/base/", "core/openflow/", "core/contracts/", "core/objects/"] },
  { path: "core/plugin_files/", purpose: "plugins from files: each in a process of its own, examined, guarded, called",
    imports: ["core/base/", "core/contracts/", "core/objects/", "core/conformance/", "core/api.ts"] },
  { path: "core/model/ports/", purpose: "which ports are wanted, and what hinders them",
    imports: ["core/base/", "core/openflow/", "core/contracts/", "core/objects/"] },
  { path: "core/model/pods/", purpose: "which Pods are on the node, and which TrafficControls select them",
    imports: ["core/base/", "core/contracts/", "core/objects/", "core/model/ports/"] },
  { path: "core/model/choices/", purpose: "which of several ports gets a packet, by places and by the health of sensors",
    imports: ["core/base/", "core/openflow/", "core/contracts/", "core/objects/"] },
  { path: "core/model/flows/", purpose: "which flows are wanted",
    imports: [
      "core/base/", "core/openflow/", "core/contracts/", "core/objects/", "core/model/ports/", "core/model/pods/",
      "core/model/choices/",
    ] },
  { path: "core/model/refusals/", purpose: "which TrafficControls cannot be realized beside the others",
    imports: [
      "core/base/", "core/openflow/", "core/contracts/", "core/objects/", "core/model/ports/", "core/model/pods/",
      "core/model/choices/",
    ] },
  { path: "core/model/", purpose: "the desired state as a whole: objects and ports in, wanted ports and flows out",
    imports: ["core/base/", "core/openflow/", "core/contracts/", "core/objects/", "core/model/*"] },
  { path: "core/observe/", purpose: "what is there: rows, flows, devices; it only reads",
    imports: ["core/base/", "core/openflow/", "core/ovsdb/", "core/contracts/", "core/model/*"] },
  { path: "core/report/", purpose: "what is told: state, conditions, counters, metrics, the local API",
    imports: [
      "core/build.ts", "core/base/", "core/openflow/", "core/ovsdb/", "core/contracts/", "core/objects/", "core/plugin_files/",
      "core/model/*", "core/observe/",
    ] },
  { path: "core/explain/", purpose: "why a Pod is mirrored or redirected, or why it is not",
    imports: [
      "core/base/", "core/openflow/", "core/contracts/", "core/objects/", "core/model/*", "core/report/",
    ] },
  { path: "web/", purpose: "the page in the browser, which scripts/web makes one file",
    imports: ["core/contracts/", "core/report/"] },
  { path: "core/apply/", purpose: "what is done about the difference: ports, flows, cleanup",
    imports: [
      "core/base/", "core/openflow/", "core/ovsdb/", "core/contracts/", "core/objects/", "core/model/*",
      "core/observe/",
    ] },
  { path: "core/capture/", purpose: "sessions of `sluice capture`: packets from the switch, as pcapng",
    imports: [
      "core/base/", "core/openflow/", "core/contracts/", "core/objects/", "core/model/*", "core/report/",
    ] },
  { path: "core/agent/", purpose: "the agent's configuration, its intake of objects, its life",
    imports: [
      "core/base/", "core/openflow/", "core/ovsdb/", "core/contracts/", "core/objects/", "core/plugin_files/",
      "core/model/*", "core/observe/", "core/health/", "core/report/", "core/explain/", "core/apply/",
      "core/capture/",
    ] },
  { path: "core/doctor/", purpose: "what `sluice doctor` finds: facts in, findings out",
    imports: [
      "core/base/", "core/openflow/", "core/ovsdb/", "core/contracts/", "core/objects/", "core/model/*",
      "core/observe/", "core/apply/", "core/agent/",
    ] },
  { path: "core/trace/", purpose: "`sluice trace`: asks Open vSwitch what happens to a packet, and tells it in words",
    imports: ["core/base/", "core/openflow/", "core/ovsdb/", "core/contracts/", "core/model/*"] },
  { path: "core/sensor/", purpose: "`sluice sensor`: forwards frames between two network devices, and counts them",
    imports: ["core/base/", "core/contracts/"] },
  { path: "core/cli/completion/", purpose: "completion of commands in a shell",
    imports: [] },
  { path: "docs/plugins/sluice.d.ts", purpose: "the types that plugin files are written with; generated",
    imports: [] },
  { path: "core/cli/", purpose: "one file per command",
    imports: ["core/*", "docs/plugins/sluice.d.ts"] },
  { path: "targets/", purpose: "one file per kind of target port",
    imports: ["core/api.ts"] },
  { path: "plugins/actions/", purpose: "one file per action of a TrafficControl",
    imports: ["core/api.ts"] },
  { path: "plugins/options/", purpose: "one file per option of a TrafficControl",
    imports: ["core/api.ts"] },
  { path: "plugins/cni/", purpose: "one file per resolver: how a CNI's Pods are found on the bridge",
    imports: ["core/api.ts"] },
  { path: "plugins/pipelines/", purpose: "one file per pipeline: how treatments become flows",
    imports: ["core/api.ts"] },
  { path: "plugins/sources/kubernetes/", purpose: "the parts of the source `kubernetes`",
    imports: ["core/api.ts"] },
  { path: "plugins/sources/", purpose: "one file per source of objects",
    imports: ["core/api.ts", "plugins/sources/kubernetes/"] },
  { path: "plugins/", purpose: "the list of the built-in plugins",
    imports: [
      "core/api.ts", "plugins/actions/", "plugins/options/", "plugins/cni/", "plugins/pipelines/",
      "plugins/sources/",
    ] },
  { path: "docs/plugins/", purpose: "examples of plugin files",
    imports: ["docs/plugins/sluice.d.ts", "core/api.ts"] },
  { path: "main.ts", purpose: "the binary",
    imports: ["core/build.ts", "core/base/", "core/contracts/", "core/cli/", "targets/", "plugins/"] },
];

/** The house of this repository. */
export const HOUSE: House = {
  rooms: ROOMS,
  exceptions: [],
  unhoused: [],
  computed: [
    { path: "core/plugin_files/module.ts", reason: "it loads the plugin files that a user names" },
    {
      path: "scripts/gen.ts",
      reason: "it reads the doc comments of all files in a folder of plugins",
    },
  ],
  long: [],
};
