/** Tries to speak to a daemon at its socket, and tells how that failed. @module */
import { TerminalError } from "../base/errors.ts";
import type { SocketFacts, SocketState } from "./facts.ts";

/** Where distributions' packages and CNIs put OVSDB's socket. */
const KNOWN_SOCKETS = ["/run/openvswitch/db.sock", "/var/run/antrea/openvswitch/db.sock"];
/** The bits of `st_mode` that hold the permissions: inode(7). */
const PERMISSIONS = 0o7777;

/** What each error of the operating system says about a socket. */
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

/** @param speak Speaks to the daemon; it must throw if there is no answer. */
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
    return {}; // There is no file, or Sluice may not look into its folder
  }
}

/** Addresses of the usual OVSDB sockets that exist, apart from `address`. */
export async function findOtherSockets(address: string): Promise<readonly string[]> {
  const others = KNOWN_SOCKETS.map((path) => `unix:${path}`).filter((other) => other !== address);
  const files = await Promise.all(others.map(fileOf));
  return others.filter((_, index) => files[index]!.file);
}
