/** Checks whether the daemons of Open vSwitch answer at their sockets. @module */
import { type Check, defineCheck, ok, problem, type Verdict } from "./check.ts";
import type { SocketFacts, SocketState } from "./facts.ts";
import { known } from "./known.ts";

interface Daemon {
  readonly program: string;
  /** The flag by which a user names another socket. */
  readonly option: string;
  /** Other sockets of the same kind that exist. */
  readonly others: readonly string[];
  readonly uid: number;
}

const STATES: Readonly<Record<SocketState, (socket: SocketFacts, daemon: Daemon) => Verdict>> = {
  answers: ({ address }) => ok(`"${address}" answers`),
  missing: ({ address }, { program, option, others }) =>
    problem(
      `Socket "${address}" does not exist`,
      others.length > 0
        ? `give ${option} ${others.join(` or ${option} `)}`
        : `start ${program}, or name its socket with ${option}`,
    ),
  refused: ({ address }, { program }) =>
    problem(`Nobody listens at "${address}"`, `start ${program}`),
  denied: ({ address, file }, { uid }) =>
    problem(
      `User ${uid} may not connect to "${address}"` +
        (file ? `, which has mode ${file.mode}, owner ${file.uid} and group ${file.gid}` : ""),
      "run Sluice as the socket's owner, or as root",
    ),
  silent: ({ address, error }, { program }) =>
    problem(`"${address}" gives no answer (${error})`, `restart ${program}`),
  unusable: ({ error, address }, { option }) =>
    problem(error ?? `Cannot use "${address}"`, `give ${option} unix:PATH or tcp:HOST:PORT`),
};

export const SOCKETS: readonly Check[] = [
  defineCheck("ovsdb-socket", {
    subject: ({ ovsdbSocket }) => known(ovsdbSocket),
    look: (socket, { uid, otherSockets: others }) => [
      STATES[socket.state](socket, { program: "ovsdb-server", option: "--ovsdb", others, uid }),
    ],
  }),
  defineCheck("openflow-socket", {
    subject: ({ openflowSocket }) => openflowSocket,
    look: (socket, { uid }) => [
      STATES[socket.state](socket, {
        program: "ovs-vswitchd",
        option: "--ovs-run-dir",
        others: [],
        uid,
      }),
    ],
  }),
];
