/** An OVSDB session for the duration of one command. @module */
import { LIMITS } from "../base/limits.ts";
import { NotConnectedError } from "../base/errors.ts";
import { after } from "../base/timer.ts";
import { OvsdbSession, type SessionOptions } from "../ovsdb/mod.ts";

/**
 * @param options `lock` is asked for: `use` has to look whether the session has it. `timeout` is in milliseconds.
 * @throws {NotConnectedError} If the server does not answer in time.
 */
export async function withOvsdb<T>(
  address: string,
  use: (session: OvsdbSession) => Promise<T>,
  { lock, timeout = LIMITS.commandConnect }: Pick<SessionOptions, "lock"> & { timeout?: number } =
    {},
): Promise<T> {
  const over = new AbortController();
  const up = Promise.withResolvers<void>();
  let reason = "no answer";
  const session = new OvsdbSession({
    address,
    ...(lock && { lock }),
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
