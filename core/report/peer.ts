/**
 * Which user's process is at the other end of a connection within this machine. Both ends are then in the kernel's table of
 * sockets: proc_pid_net(5), /proc/net/tcp. @module
 */
import type { Ends } from "./connection_ends.ts";

/** The tables, and how many digits an address has in each. */
const TABLES = ["/proc/net/tcp", "/proc/net/tcp6"] as const;
/** Where the fields of a row are. */
const [LOCAL, REMOTE, USER] = [1, 2, 7];
const PORT_DIGITS = 4;

const portText = (port: number) => port.toString(16).toUpperCase().padStart(PORT_DIGITS, "0");

/** What the tables have of one connection, seen from its other end. */
export function userIn(table: string, { client, server }: Ends): number | undefined {
  for (const line of table.split("\n").slice(1)) {
    const fields = line.trim().split(/\s+/);
    const isIt = fields[LOCAL]?.endsWith(`:${portText(client)}`) &&
      fields[REMOTE]?.endsWith(`:${portText(server)}`);
    if (isIt) return Number(fields[USER]);
  }
  return undefined;
}

/** The number of the user whose process has connected; nothing if that is not known, as the process is elsewhere. */
export async function userOf(ends: Ends): Promise<number | undefined> {
  for (const path of TABLES) {
    const table = await Deno.readTextFile(path).catch(() => "");
    const user = userIn(table, ends);
    if (user !== undefined) return user;
  }
  return undefined;
}
