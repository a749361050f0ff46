/** The limits of commands, plugins and rounds: rows of the table in `limits.ts`. @module */
import type { Limit } from "./limit.ts";

export const WORK_LIMITS = {
  describedValue: {
    of: "a value that a message about a manifest repeats",
    most: 60,
    unit: "characters",
    beyond: "the text is cut",
  },
  manifestErrors: {
    of: "syntax errors of one YAML document that are told",
    most: 10,
    unit: "pieces",
    beyond: "the others are not told: they are mostly consequences",
  },
  manifestFolders: {
    of: "folders within folders of manifests",
    most: 32,
    unit: "pieces",
    beyond: "deeper folders are taken for a loop of links, and not read",
  },
  doctorAnswer: {
    of: "time for each question of `sluice doctor` to OVSDB and the bridge",
    most: 3000,
    unit: "ms",
    beyond: "the finding says that there is no answer",
  },
  doctorSource: {
    of: "time for the checks of a source by `sluice doctor`",
    most: 20_000,
    unit: "ms",
    beyond: "the finding says that there is no answer",
  },
  doctorSnapshot: {
    of: "time in which sources must give all objects to `sluice doctor`",
    most: 10_000,
    unit: "ms",
    beyond: "the finding says which source has not",
  },
  traceAnswer: {
    of:
      "time to connect to ovs-vswitchd's control socket, and for each of its answers to `sluice trace`",
    most: 10_000,
    unit: "ms",
    beyond: "the command ends with an error",
  },
  // A packet that is looked up in 4,096 tables, each with a line for its flow and ten for its actions.
  traceText: {
    of: "one answer of that socket",
    most: 16 * 1024 * 1024,
    unit: "bytes",
    beyond: "the command ends with an error",
  },
  tracePidfile: {
    of: "the file with the number of ovs-vswitchd's process",
    most: 64,
    unit: "bytes",
    beyond: "the command ends with an error",
  },
  // A chain of eight redirects for each of two Pods needs sixteen.
  traceSteps: {
    of:
      "times that `sluice trace` follows one packet out of a sensor, or across connection tracking",
    most: 40,
    unit: "pieces",
    beyond: "the way is shown as far as that, and it is said",
  },
  doctorNamed: {
    of: "TrafficControls that one finding of `sluice doctor` names",
    most: 5,
    unit: "pieces",
    beyond: "their number is told",
  },
  sensorSeries: {
    of: "probed sensors that have metrics of their own",
    most: 200,
    unit: "pieces",
    beyond: "the others are only counted",
  },
  podSeries: {
    of: "Pods that have metrics of their own, once for each TrafficControl that counts by Pod",
    most: 2000,
    unit: "pieces",
    beyond:
      "the first by the names of TrafficControls and Pods have them; sluice status -o json has all",
  },
  controlSeries: {
    of: "TrafficControls that have metrics of their own",
    most: 500,
    unit: "pieces",
    beyond: "the first by name have them; sluice status -o json has the counters of all",
  },
  countersRead: {
    of:
      "time in which the switch must tell the counters of TrafficControls to /metrics and the state",
    most: 1000,
    unit: "ms",
    beyond: "they are left out",
  },
  portUp: {
    of: "time in which a port of Sluice must be up",
    most: 1000,
    unit: "ms",
    beyond:
      "the round goes on without it: a port that was moved to another namespace never shows as up",
  },
  portPasses: {
    of: "passes in which one round makes its ports",
    most: 3,
    unit: "pieces",
    beyond: "the next round goes on",
  },
  databaseName: {
    of: "time that the start of the agent waits for OVSDB",
    most: 1000,
    unit: "ms",
    beyond: "the agent starts without it, and begins again when OVSDB answers",
  },
  commandConnect: {
    of: "time in which a command must reach OVSDB",
    most: 5000,
    unit: "ms",
    beyond: "the command ends with an error",
  },
  learnedSenders: {
    of: "senders behind a redirect that the switch remembers, without those of Pods' ports",
    most: 4096,
    unit: "pieces",
    beyond:
      "packets of further senders are dropped behind the sensor, until others have been idle for 300 s",
  },
  learnedOfPod: {
    of: "senders and VLAN tags from one Pod's port that the switch remembers",
    most: 256,
    unit: "pieces",
    beyond:
      "packets of further ones are dropped behind the sensor, or lose their tag, until others have been idle for 300 s",
  },
  // Open vSwitch drops a packet that is looked up in more than 4096 tables: MAX_RESUBMITS in ofproto-dpif-xlate.c. What its
  // sender and its receivers ask for is added up, and the bridge's own flows need some, too.
  treatmentLookups: {
    of:
      "lookups for copies of what one Pod sends, or of what it receives, counted as in the next row",
    most: 1299,
    unit: "pieces",
    beyond: "what the Pod sends, or receives, is not mirrored, with the condition FlowsLeftOut",
  },
  floodedLookups: {
    of:
      "lookups for copies of one broadcast packet: 3 for each mirror, 2 or 3 for each scoped copy",
    most: 2601,
    unit: "pieces",
    beyond: "received broadcast and multicast is not mirrored, with the condition FlowsLeftOut",
  },
  // A message has 65,535 bytes. The one in which the switch shows the flow must hold it, too, with its counters.
  flow: {
    of: "one flow, e.g. with a copy to each of a Pod's mirrors",
    most: 0xffff - 255,
    unit: "bytes",
    beyond: "the Pod or the treatment that needs it has no flows, with the condition FlowsLeftOut",
  },
} as const satisfies Readonly<Record<string, Limit>>;
