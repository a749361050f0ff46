/** As whom requests are sent: Kubernetes documentation, "Authenticating", user impersonation. @module */
import { TerminalError } from "../../../core/api.ts";
import { fieldsOf } from "./kubeconfig_files.ts";

/** Headers, several of which may have one name. */
export type Headers = readonly (readonly [name: string, value: string])[];

const textsOf = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.map(String) : [];

/**
 * The headers for the fields `as`, `as-groups`, `as-uid` and `as-user-extra` of a kubeconfig's user.
 *
 * @throws {TerminalError} If there is one of the others without `as`: the request would be sent as somebody else.
 */
export function impersonationOf(user: Readonly<Record<string, unknown>>): Headers {
  const others: Headers = [
    ...(user["as-uid"] ? [["Impersonate-Uid", String(user["as-uid"])] as const] : []),
    ...textsOf(user["as-groups"]).map((group) => ["Impersonate-Group", group] as const),
    ...Object.entries(fieldsOf(user["as-user-extra"])).flatMap(([key, values]) =>
      textsOf(values).map((value) => [`Impersonate-Extra-${escapeKey(key)}`, value] as const)
    ),
  ];
  if (user.as) return [["Impersonate-User", String(user.as)], ...others];
  if (others.length === 0) return [];
  throw new TerminalError(
    'Cannot use kubeconfig: "as-groups", "as-uid" or "as-user-extra" without "as"',
  );
}

/** Characters of a key that may stand in the name of a header: RFC 9110 section 5.6.2, without `%`. */
const UNSAFE = /[^A-Za-z0-9!#$&'*+\-.^_`|~]/gu;

/** Writes other characters as `%2F`: the API server takes that back, and makes the key lower case. */
function escapeKey(key: string): string {
  return key.replace(
    UNSAFE,
    (character) =>
      [...new TextEncoder().encode(character)].map((byte) =>
        `%${byte.toString(16).toUpperCase().padStart(2, "0")}`
      ).join(""),
  );
}
