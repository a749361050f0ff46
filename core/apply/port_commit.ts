/**
 * Commits what is done about ports: in one transaction for all of them or, if OVSDB refuses that one, in one for each
 * half, and so on. So a port that cannot be written hinders no other port, and is found by few transactions.
 * @module
 */
import {
  ConstraintViolationError,
  DomainError,
  type Operation,
  type OvsdbError,
  type OvsdbSession,
  RangeOvsdbError,
  ReferentialIntegrityViolationError,
  SyntaxOvsdbError,
} from "../ovsdb/mod.ts";

/** What OVSDB answers if the content of a transaction is wrong. Other errors are about the server: RFC 7047, 3.1. */
const ABOUT_CONTENT = [
  ConstraintViolationError,
  DomainError,
  RangeOvsdbError,
  ReferentialIntegrityViolationError,
  SyntaxOvsdbError,
] as const;

function isAboutContent(error: unknown): error is OvsdbError {
  return ABOUT_CONTENT.some((each) => error instanceof each);
}

/**
 * @param ports The operations, by the name of the port.
 * @returns The errors of ports that OVSDB refuses to write, by their names.
 * @throws If the reason is not in the operations, e.g. as the connection has ended.
 */
export async function commitPorts(
  ovsdb: Pick<OvsdbSession, "commit">,
  ports: ReadonlyMap<string, readonly Operation[]>,
): Promise<Map<string, OvsdbError>> {
  try {
    await ovsdb.commit([...ports.values()].flat());
    return new Map();
  } catch (error) {
    if (!isAboutContent(error)) throw error;
    if (ports.size === 1) return new Map([...ports.keys()].map((name) => [name, error]));
  }
  const all = [...ports];
  const middle = Math.ceil(all.length / 2);
  const first = await commitPorts(ovsdb, new Map(all.slice(0, middle)));
  const second = await commitPorts(ovsdb, new Map(all.slice(middle)));
  return new Map([...first, ...second]);
}
