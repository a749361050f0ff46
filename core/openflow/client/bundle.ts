/** Changes that take effect together or not at all: OpenFlow 1.5.1 sections 6.9 and 7.3.9. @module */
import type { Writer } from "../fields/binary.ts";
import type { Flow } from "../messages/flow.ts";
import {
  type FlowCommand,
  type FlowFilter,
  writeFlowDelete,
  writeFlowMod,
} from "../messages/flow_messages.ts";
import { type Group, type GroupCommand, writeGroupMod } from "../messages/groups.ts";
import { MESSAGE, writeMessage } from "../messages/header.ts";
import { formatFilter, formatFlow } from "../text/flow_text.ts";
import { formatGroup } from "../text/group_text.ts";
import type { Batch, Connection } from "./connection.ts";
import { BundleError, OpenFlowError } from "./openflow_errors.ts";

/** One change of a bundle, its member. */
export type BundleMessage =
  | { readonly type: "flow_mod"; readonly command: FlowCommand; readonly flow: Flow }
  /** Deletes all flows of the filter. */
  | { readonly type: "flow_delete"; readonly filter: FlowFilter }
  | { readonly type: "group_mod"; readonly command: GroupCommand; readonly group: Group };

type MessageOf<Type extends BundleMessage["type"]> = Extract<
  BundleMessage,
  { readonly type: Type }
>;

/** Requests about a bundle as a whole: OFPBCT_*. */
const BUNDLE = { open: 0, commit: 4, discard: 6 } as const;

/** The flags of a bundle, OFPBF_*: all members or none, and in their order. */
const ATOMIC_AND_ORDERED = 3;
const ADD_PADDING = 2;

/** Writes the body of a request about a bundle. */
function writeBundleControl(writer: Writer, id: number, request: number): void {
  writer.u32(id).u16(request).u16(ATOMIC_AND_ORDERED);
}

/** How a member is written on the wire, and how an error names it. */
interface MemberCodec<Type extends BundleMessage["type"]> {
  /** The type of the message that makes this change without a bundle. */
  readonly message: number;
  readonly write: (writer: Writer, member: MessageOf<Type>) => void;
  readonly format: (member: MessageOf<Type>) => string;
}

const MEMBERS: { readonly [Type in BundleMessage["type"]]: MemberCodec<Type> } = {
  flow_mod: {
    message: MESSAGE.flow_mod,
    write: (writer, { command, flow }) => writeFlowMod(writer, command, flow),
    format: ({ command, flow }) => `flow ${command} ${formatFlow(flow)}`,
  },
  flow_delete: {
    message: MESSAGE.flow_mod,
    write: (writer, { filter }) => writeFlowDelete(writer, filter),
    format: ({ filter }) => `flow delete ${formatFilter(filter)}`,
  },
  group_mod: {
    message: MESSAGE.group_mod,
    write: (writer, { command, group }) => writeGroupMod(writer, command, group),
    format: ({ command, group }) => `group ${command} ${formatGroup(group)}`,
  },
};

function codecOf(member: BundleMessage): MemberCodec<BundleMessage["type"]> {
  return MEMBERS[member.type] as MemberCodec<BundleMessage["type"]>;
}

/** Writes the body of a message that adds a member. Open vSwitch requires the same xid in both headers. */
function writeBundleAdd(
  writer: Writer,
  member: BundleMessage,
  { id, xid }: { readonly id: number; readonly xid: number },
): void {
  const { message, write } = codecOf(member);
  writer.u32(id).zeros(ADD_PADDING).u16(ATOMIC_AND_ORDERED);
  writeMessage(writer, { type: message, xid }, () => write(writer, member));
}

/** A member as text, in the syntax of `ovs-ofctl bundle`. */
function formatMember(member: BundleMessage): string {
  return codecOf(member).format(member);
}

/**
 * Members that are sent before the switch must answer a barrier. Open vSwitch takes 50 messages in a turn of its main
 * loop (ofconn_run in its ofproto/connmgr.c). With 5,000 ports of the userspace datapath a turn takes 75 ms, and so a
 * bundle of 35,000 members most of a minute, in which an echo request behind all of them would have no answer.
 */
const PART = 500;

/** Messages of a bundle that are sent together. */
interface Part {
  /** The index of its first member; -1 for the message that opens the bundle. */
  readonly start: number;
  readonly batch: Batch;
}

function open(connection: Connection, id: number): Part {
  const types = [MESSAGE.bundle_control];
  const batch = connection.batch(types, (writer) => writeBundleControl(writer, id, BUNDLE.open));
  return { start: -1, batch };
}

function failure(
  parts: readonly Part[],
  messages: readonly BundleMessage[],
): BundleError | undefined {
  for (const { start, batch: { errors } } of parts) {
    for (const [position, name] of errors) {
      const index = start + position;
      const member = messages[index];
      return new BundleError(name, member && { index, text: formatMember(member) });
    }
  }
  return undefined;
}

/** What belongs to a bundle beside its members. */
export interface BundleOptions {
  /** Its number, which no other open bundle of the connection has. */
  readonly id: number;
  /** Called when the switch has taken some more members: a sign that it works. */
  readonly onPart?: (() => void) | undefined;
}

/** Opens the bundle, and adds members until one is refused. While the switch takes a part, the next one is sent. */
async function addAll(
  connection: Connection,
  messages: readonly BundleMessage[],
  { id, onPart, sent }: BundleOptions & { readonly sent: DisposableStack },
): Promise<readonly Part[]> {
  const parts = [open(connection, id)];
  sent.use(parts[0]!.batch);
  let answered = Promise.resolve();
  for (let start = 0; start < messages.length && !failure(parts, messages); start += PART) {
    const members = messages.slice(start, start + PART);
    const types = members.map(() => MESSAGE.bundle_add);
    const batch = sent.use(connection.batch(types, (writer, index, xid) => {
      writeBundleAdd(writer, members[index]!, { id, xid });
    }));
    parts.push({ start, batch });
    const before = answered;
    answered = connection.request(MESSAGE.barrier_request);
    answered.catch(() => {}); // it is waited for below
    await before;
    onPart?.();
  }
  await answered;
  return parts;
}

/**
 * Makes all these changes at once, in their order, or none of them.
 *
 * Open vSwitch refuses a member that is wrong by itself when it is added, and would commit the bundle without it: so
 * the bundle is discarded then. A member that is wrong only together with the others makes the commit fail.
 *
 * @throws {BundleError} If the switch refuses a member or the commit.
 * @throws {NotConnectedError} If the connection ends first.
 */
export async function commitBundle(
  connection: Connection,
  messages: readonly BundleMessage[],
  options: BundleOptions,
): Promise<void> {
  const control = (request: "commit" | "discard") =>
    connection.request(MESSAGE.bundle_control, {
      body: (writer) => writeBundleControl(writer, options.id, BUNDLE[request]),
      name: `bundle_control ${request}`,
    });
  using sent = new DisposableStack();
  const parts = await addAll(connection, messages, { ...options, sent });
  const refused = failure(parts, messages);
  if (refused) {
    await control("discard").catch(() => {}); // the switch may have refused to open it
    throw refused;
  }
  try {
    await control("commit");
  } catch (error) {
    if (!(error instanceof OpenFlowError)) throw error;
    throw failure(parts, messages) ?? new BundleError(error.errorName);
  }
}
