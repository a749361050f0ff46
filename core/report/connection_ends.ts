/** By which connection a request has come. @module */

/** The ports of the two ends of a connection. */
export interface Ends {
  readonly client: number;
  readonly server: number;
}

const ENDS = new WeakMap<Request, Ends>();

export function noteEnds(request: Request, ends: Ends): void {
  ENDS.set(request, ends);
}

/** The ends of the connection by which a request has come. */
export const endsOf = (request: Request): Ends | undefined => ENDS.get(request);
