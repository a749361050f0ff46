/** TCP between two network namespaces. @module */
import { eventually } from "../lab/ovs.ts";
import { spawnIn, tryRun } from "../lab/run.ts";

const SENT = "1M";
/** Milliseconds in which a connection must stand. */
const CONNECT = "1000";

/** Sends over TCP from one namespace to an address in another one. Packets with wrong checksums would not arrive. */
export async function tcp(
  from: string,
  to: { readonly netns: string; readonly ip: string },
): Promise<void> {
  const server = spawnIn(to.netns, ["iperf3", "-s", "-1"], { stderr: "null" });
  const client = ["iperf3", "-c", to.ip, "-n", SENT, "--connect-timeout", CONNECT];
  await eventually(
    "TCP",
    async () => (await tryRun("ip", ["netns", "exec", from, ...client])).code === 0,
  );
  await server.status;
}
