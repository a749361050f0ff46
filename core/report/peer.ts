/**
 * Which user's process is at the other end of a connection within this machine. Both ends are then in the kernel's table of
 * sockets: proc_pid_net(5), /proc/net/tcp.
 * @module
 */
import ipaddr from "ipaddr.js";
import type { End, Ends } from "./connection_ends.ts";

/** The tables of IPv4 and of IPv6. */
const TABLES = ["/proc/net/tcp", "/proc/net/tcp6"] as const;
/** Where the fields of a row are. */
const [LOCAL, REMOTE, STATE, USER] = [1, 2, 3, 7];
/** Rows in other states may have lost their process, and then have the user 0: include/net/tcp_states.h. */
const ESTABLISHED = "01";
const WORD_BYTES = 4;
const PORT_DIGITS = 4;

/** An end as the tables have it: words of four bytes, each as a number of this machine, which is little-endian. */
function tableText({ hostname, port }: End): string {
  const words: string[] = [];
  const bytes = ipaddr.process(hostname).toByteArray(); // an IPv4 address, if it is one within IPv6
  for (let at = 0; at < bytes.length; at += WORD_BYTES) {
    const word = bytes.slice(at, at + WORD_BYTES).toReversed();
    words.push(new Uint8Array(word).toHex());
  }
  const portText = port.toString(16).padStart(PORT_DIGITS, "0");
  return `${words.join("")}:${portText}`.toUpperCase();
}

/**
 * The user of a connection's client by one of the tables. Both addresses must be the same: with ports alone, a user could
 * choose the port of somebody else's connection, and an address of its own, such as 127.0.0.2.
 */
export function userIn(table: string, { client, server }: Ends): number | undefined {
  const [local, remote] = [tableText(client), tableText(server)];
  for (const line of table.split("\n").slice(1)) {
    const fields = line.trim().split(/\s+/);
    const isIt = fields[LOCAL] === local && fields[REMOTE] === remote &&
      fields[STATE] === ESTABLISHED;
    if (isIt) return Number(fields[USER]);
  }
  return undefined;
}

/** The number of the user whose process has connected; nothing if that is not known, as the process is elsewhere. */
export async function userOf(ends: Ends): Promise<number | undefined> {
  for (const path of TABLES) {
    const table = await Deno.readTextFile(path).catch((error) => {
      if (error instanceof Deno.errors.NotFound) return ""; // a kernel without IPv6
      throw error;
    });
    const user = userIn(table, ends);
    if (user !== undefined) return user;
  }
  return undefined;
}
