/** Connecting with an end to patience. @module */
import { NotConnectedError } from "./errors.ts";
import { dial } from "./stream.ts";

/**
 * Connects to `address` before `limit` aborts.
 *
 * @throws {NotConnectedError} If nobody listens there, or it takes too long.
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
    dialled.then((conn) => conn.close(), () => {}); // should it come about after all
    throw error;
  } finally {
    limit.removeEventListener("abort", abort);
  }
}
