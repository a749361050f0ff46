/** By which connection a request has come. @module */

/** One end of a connection. */
export interface End {
  /** An IP address. */
  readonly hostname: string;
  readonly port: number;
}

export interface Ends {
  readonly client: End;
  readonly server: End;
}

const ENDS = new WeakMap<Request, Ends>();

export function noteEnds(request: Request, ends: Ends): void {
  ENDS.set(request, ends);
}

/** The ends of the connection by which a request has come. */
export const endsOf = (request: Request): Ends | undefined => ENDS.get(request);
