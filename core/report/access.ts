/** Who may read the local API: programs of the node, and whoever has the token. @module */
import { createHash, timingSafeEqual } from "node:crypto";
import { readToken } from "../base/token_file.ts";
import { PAGE_PATHS } from "./page.ts";

/** The kubelet and Prometheus ask for these, without a token. They have no names of Pods, ports and addresses. */
const OPEN_PATHS: readonly string[] = ["/healthz", "/readyz", "/metrics"];
const [UNAUTHORIZED, FORBIDDEN] = [401, 403];
const NO_TOKEN_FILE =
  "this address is not the loopback address, and the agent has no --token-file\n" +
  "cure: ask on the node itself (127.0.0.1, kubectl exec, kubectl port-forward), or give the agent --token-file\n";
const WRONG_TOKEN =
  "a token is needed: Authorization: Bearer, with what the agent's --token-file has\n";

export interface Access {
  /** Path of the file with the token, which is read for each request: it may be renewed. */
  readonly tokenFile?: string;
  /** The token itself, in place of a file. */
  readonly token?: string;
}

/** A request, as far as it matters who sends it. */
interface Asked extends Access {
  readonly path: string;
  readonly authorization: string | null;
  /** Address of the client. */
  readonly peer: string;
}

/** The answer to a client that may not read what it asks for; nothing if it may. @throws {TerminalError} As `readToken`. */
export async function refusal(asked: Asked): Promise<Response | undefined> {
  const { path, authorization, peer, tokenFile } = asked;
  if (OPEN_PATHS.includes(path)) return undefined;
  const token = asked.token ?? (tokenFile === undefined ? undefined : await readToken(tokenFile));
  if (token === undefined) return isLoopback(peer) ? undefined : refuse(FORBIDDEN, NO_TOKEN_FILE);
  // The page itself has no data: it asks for the token.
  if (PAGE_PATHS.includes(path)) return undefined;
  const [, given = ""] = /^Bearer +(\S+)$/i.exec(authorization ?? "") ?? [];
  if (isSame(given, token)) return undefined;
  return refuse(UNAUTHORIZED, WRONG_TOKEN, { "www-authenticate": "Bearer" });
}

const digest = (text: string) => createHash("sha256").update(text).digest();
/** Takes the same time for each wrong text: of both, only hashes are compared. */
const isSame = (one: string, other: string) => timingSafeEqual(digest(one), digest(other));

/** Whether it is an address of the node itself. IPv4 on an IPv6 socket is `::ffff:127.0.0.1`: RFC 4291 section 2.5.5.2. */
export function isLoopback(address: string): boolean {
  return /^(?:::ffff:)?127\.[\d.]+$|^::1$/.test(address);
}

function refuse(status: number, text: string, headers: Readonly<Record<string, string>> = {}) {
  const type = { "content-type": "text/plain; charset=utf-8" };
  return new Response(text, { status, headers: { ...type, ...headers } });
}
