/** An OVSDB session for the duration of one command. @module */
import { NotConnectedError } from "../base/errors.ts";
import { after } from "../base/timer.ts";
import { OvsdbSession } from "../ovsdb/mod.ts";

/** How long a command waits for the OVSDB server, in milliseconds. */
const CONNECT_TIMEOUT = 5000;

/**
 * @param timeout Milliseconds.
 * @throws {NotConnectedError} If the server does not answer in time.
 */
export async function withOvsdb<T>(
  address: string,
  use: (session: OvsdbSession) => Promise<T>,
  timeout: number = CONNECT_TIMEOUT,
): Promise<T> {
  const over = new AbortController();
  const up = Promise.withResolvers<void>();
  let reason = "no answer";
  const session = new OvsdbSession({
    address,
    onChange: () => {},
    onState: (state, error) => {
      if (state === "connected") up.resolve();
      else if (error) reason = error.message;
    },
  });
  const running = session.run(over.signal);
  const timer = after(timeout, () => {
    up.reject(new NotConnectedError(`Cannot reach OVSDB at "${address}": ${reason}`));
  });
  try {
    await up.promise;
    return await use(session);
  } finally {
    timer.stop();
    over.abort();
    await running;
  }
}
