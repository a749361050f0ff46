/** A program in a Pod that sends back each datagram that it gets, or takes it without an answer. @module */
import { eventually } from "../lab/ovs.ts";
import { spawnIn } from "../lab/run.ts";
import { Counter, expectCounts, send } from "../lab/traffic.ts";
import type { OvnPod } from "./ovn_pod.ts";
import type { OvnScene } from "./ovn_scene.ts";
import { gatewayOf } from "./topology.ts";

const PROGRAM = `
use Socket;
my ($port, $answers) = @ARGV;
socket(my $socket, PF_INET, SOCK_DGRAM, 0) or die $!;
setsockopt($socket, SOL_SOCKET, SO_RCVBUF, 4194304);
bind($socket, sockaddr_in($port, INADDR_ANY)) or die $!;
while (defined(my $from = recv($socket, my $datagram, 65535, 0))) {
  send($socket, $datagram, 0, $from) if $answers;
}
`;

/** The port from which numbered frames come. */
const SOURCE_PORT = 9;

/**
 * Starts it. Without it, a Pod would answer with an ICMP error, which has the datagram in it and would be counted.
 *
 * @param answers Whether each datagram is sent back.
 */
async function listen({ pod }: OvnPod, port: number, answers: boolean): Promise<AsyncDisposable> {
  const args = ["perl", "-e", PROGRAM, `${port}`, answers ? "1" : "0"];
  const child = spawnIn(pod.netns, args, { stderr: "null" });
  await eventually(
    `a listener at port ${port}`,
    async () => (await pod.exec("ss", "-lunH", `sport = :${port}`)).includes(`:${port}`),
  );
  return {
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.status;
    },
  };
}

/** The port at which datagrams are answered. */
export const ANSWERED_PORT = 7000;
/** A datagram and its answer: each has the same number. */
export const ROUND_TRIP = 2;

/** Numbered datagrams that are answered. */
export interface Asked {
  readonly from: string;
  readonly to: string;
  /** Where `from` sends them. */
  readonly address: { readonly ip: string; readonly port: number };
  /** How often the sensor has each number. */
  readonly seen: number;
}

/** Sends datagrams with right checksums, as OVN's connection tracking asks for, and checks the counts of both ways. */
export async function expectAnswers(
  scene: OvnScene,
  { from, to, address, seen }: Asked,
): Promise<void> {
  const [client, server] = [scene.pod(from), scene.pod(to)];
  await using _taking = await listen(client, SOURCE_PORT, false);
  await using _answering = await listen(server, ANSWERED_PORT, true);
  using sensor = scene.at(scene.sensor);
  using asked = Counter.at(server.pod);
  using answered = Counter.at(client.pod);
  const ids = await send({
    from: client.pod,
    to: { mac: gatewayOf(client.spec.on).mac, ips: [address.ip] },
    count: 30,
    frame: {
      transport: { protocol: "udp", from: SOURCE_PORT, to: address.port },
      checksum: "none",
    },
  });
  await expectCounts(ids, [[asked, 1], [answered, 1], [sensor, seen]]);
}
