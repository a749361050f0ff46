/** Speaks to a daemon, and tells in which way it did not work. @module */
import { TerminalError } from "../base/errors.ts";
import type { SocketFacts, SocketState } from "./facts.ts";

/** Where packages and CNIs put OVSDB's socket. */
const KNOWN_SOCKETS = ["/run/openvswitch/db.sock", "/var/run/antrea/openvswitch/db.sock"];
/** The bits of `st_mode` that are permissions: inode(7). */
const PERMISSIONS = 0o7777;

/** Errors of the operating system by what they say of a socket. */
const STATES = [
  [Deno.errors.NotFound, "missing"],
  [Deno.errors.ConnectionRefused, "refused"],
  [Deno.errors.PermissionDenied, "denied"],
] as const;

function stateOf(error: unknown): SocketState {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const found = STATES.find(([type]) => cause instanceof type);
    if (found) return found[1];
  }
  return error instanceof TerminalError ? "unusable" : "silent";
}

/** @param speak Succeeds when there is an answer. */
export async function trySocket(
  address: string,
  speak: (address: string) => Promise<unknown>,
): Promise<SocketFacts> {
  const file = await fileOf(address);
  try {
    await speak(address);
    return { address, state: "answers", ...file };
  } catch (error) {
    return { address, state: stateOf(error), error: (error as Error).message, ...file };
  }
}

async function fileOf(address: string): Promise<Pick<SocketFacts, "file">> {
  try {
    const { mode, uid, gid } = await Deno.stat(address.replace(/^unix:/, ""));
    const permissions = ((mode ?? 0) & PERMISSIONS).toString(8).padStart(4, "0");
    return { file: { mode: permissions, uid: uid ?? 0, gid: gid ?? 0 } };
  } catch {
    return {}; // no file, or in a folder that we may not look into
  }
}

/** Sockets of OVSDB servers that are there, but for the one that is given. */
export async function findOtherSockets(address: string): Promise<readonly string[]> {
  const others = KNOWN_SOCKETS.map((path) => `unix:${path}`).filter((other) => other !== address);
  const files = await Promise.all(others.map(fileOf));
  return others.filter((_, index) => files[index]!.file);
}
