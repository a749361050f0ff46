/** Connecting within a limit of time. @module */
import { NotConnectedError } from "./errors.ts";
import { dial } from "./stream.ts";

/**
 * Connects to `unix:PATH` or `tcp:HOST:PORT`, and gives up when `limit` aborts.
 *
 * @throws {NotConnectedError} If no server listens there, or `limit` aborts first.
 * @throws {TerminalError} If `address` has another form.
 */
export async function dialWithin(address: string, limit: AbortSignal): Promise<Deno.Conn> {
  const late = Promise.withResolvers<never>();
  const abort = () => {
    late.reject(new NotConnectedError(`Cannot connect to "${address}": it takes too long`));
  };
  if (limit.aborted) abort();
  limit.addEventListener("abort", abort);
  const dialled = dial(address);
  try {
    return await Promise.race([dialled, late.promise]);
  } catch (error) {
    dialled.then((conn) => conn.close(), () => {}); // the attempt goes on, and may succeed later
    throw error;
  } finally {
    limit.removeEventListener("abort", abort);
  }
}
