/** TCP ports of the loopback interface that the kernel gives to no connection. @module */

/** Ports that the kernel gives to connections: ip(7). Each network namespace has its own. */
const EPHEMERAL = "/proc/sys/net/ipv4/ip_local_port_range";
/** Below are those of well-known services. */
const LOWEST = 1024;
const HIGHEST = 65_535;
/** Attempts to find a free port. */
const ATTEMPTS = 1000;

type Range = readonly [first: number, last: number];

/** The longer of the two ranges beside the ephemeral one; where neither has a port, all of them. */
export function besides([first, last]: Range): Range {
  const [below, above]: [Range, Range] = [[LOWEST, first - 1], [last + 1, HIGHEST]];
  const length = ([from, to]: Range) => to - from + 1;
  const longer = length(below) >= length(above) ? below : above;
  return length(longer) > 0 ? longer : [LOWEST, HIGHEST];
}

/** In the network namespace that this thread is in. */
function ephemeralRange(): Range {
  const [first, last] = Deno.readTextFileSync(EPHEMERAL).trim().split(/\s+/).map(Number);
  return [first!, last!];
}

/** Listens on a free port of 127.0.0.1. */
export function listenOnFree(): Deno.TcpListener {
  const [from, to] = besides(ephemeralRange());
  for (let attempt = 1;; attempt++) {
    const port = from + Math.floor(Math.random() * (to - from + 1));
    try {
      return Deno.listen({ hostname: "127.0.0.1", port });
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse) || attempt === ATTEMPTS) throw error;
    }
  }
}

/** Ports that are free at the moment, all different. */
export function freePorts(count: number): number[] {
  const listeners = Array.from({ length: count }, listenOnFree);
  const ports = listeners.map(({ addr }) => addr.port);
  for (const listener of listeners) listener.close();
  return ports;
}
