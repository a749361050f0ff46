/** `sluice capture`: writes the packets of a TrafficControl or a Pod as pcapng. @module */
import { Command } from "@commander-js/extra-typings";
import { readText } from "../base/body.ts";
import { SluiceError, TerminalError } from "../base/errors.ts";
import { LIMITS } from "../base/limits.ts";
import { timeLimit } from "../base/timer.ts";
import { authorizationOf } from "../base/token_file.ts";
import { BlockReader, type Totals } from "../capture/blocks.ts";
import { CAPTURE_HEADER } from "../report/http.ts";
import { onSignals } from "./signals.ts";
import type { ApiAccess } from "./ask_agent.ts";
import { DEFAULT_LISTEN, tokenFileOption } from "./options.ts";
import { captureRules } from "./capture_rules.ts";
import { captureTime } from "./capture_time.ts";
import { openOutput, type Output } from "./capture_output.ts";
import { printError } from "./print.ts";

const AFTER_HELP = `
tc/NAME captures what the TrafficControl's targets get on this node, with its rules, its sampling and
its truncation; for a redirect, what goes into the sensor. pod/NAMESPACE/NAME captures all that the Pod
sends and receives. The Pods' own packets are never delayed or dropped for it: of more than ${LIMITS.capturePackets}
packets in a second and direction, the others are left out of the capture, and counted.

Nothing is written but with -w, and "-w -" is the standard output:
  sluice capture pod/prod/web-1 -w - | wireshark -k -i -
  kubectl exec -n kube-system ds/sluice -- sluice capture tc/mirror-web-app -w - > web.pcapng

Ctrl-C ends it, and so do --count, --duration and the end of who reads. The last line, on the standard
error, says how many packets were kept and left out. --rules names a file of YAML with a list as in
"spec.rules" of a TrafficControl.`;

const SESSION_HEADER = "sluice-session";

export function captureCommand() {
  return new Command("capture")
    .description("Write packets of a TrafficControl or a Pod as pcapng, to a file or to Wireshark.")
    .argument("<target>", "tc/NAME or pod/NAMESPACE/NAME")
    .option("--rules <file>", "only packets that these rules take: a file of YAML")
    .option("-w, --write <file>", "where to write; - is the standard output", "-")
    .option("--count <n>", "end after so many packets")
    .option("--duration <time>", "end after this time, e.g. 30s, 10m; 1h at most")
    .option("--snaplen <n>", "keep at most so many bytes of each packet")
    .option("--address <host:port>", "the agent's local API", DEFAULT_LISTEN)
    .addOption(tokenFileOption("with the token of that API, if it needs one"))
    .addHelpText("after", AFTER_HELP)
    .action(async (target, { address, rules, write, duration, count, snaplen, ...access }) => {
      const query = new URLSearchParams({
        target,
        ...(rules !== undefined && { rules: await captureRules(rules) }),
        ...(duration !== undefined && { duration: String(captureTime(duration)) }),
        ...(count !== undefined && { count }),
        ...(snaplen !== undefined && { snaplen }),
      });
      const asked = await ask({ address, ...access }, query);
      // A file that is there already is not touched if the agent refuses.
      await using output = await openOutput(write);
      const totals = await copy(asked, output);
      printError(summary(totals));
      if (!totals.isWhole) Deno.exitCode = 1;
    });
}

interface Api extends ApiAccess {
  readonly address: string;
}

interface Asked {
  readonly api: Api;
  readonly response: Response;
  /** Ends it at once, without its last blocks. */
  readonly stop: AbortController;
}

/** @throws {SluiceError} If the agent cannot be reached, or refuses. */
async function ask(api: Api, query: URLSearchParams): Promise<Asked> {
  const stop = new AbortController();
  const response = await request(api, `?${query}`, stop.signal);
  if (response.ok) return { api, response, stop };
  const text = await readText(response, LIMITS.stateAnswer, timeLimit(LIMITS.stateRequest));
  throw new TerminalError(text.trim());
}

async function request(
  { address, ...access }: Api,
  path: string,
  signal: AbortSignal,
): Promise<Response> {
  const headers = { [CAPTURE_HEADER]: "1", ...await authorizationOf(access) };
  try {
    return await fetch(`http://${address}/api/v1/capture${path}`, {
      signal,
      headers,
    });
  } catch (cause) {
    throw new SluiceError(
      `Cannot reach the agent at "${address}": is it running? (${(cause as Error).message})`,
      { cause },
    );
  }
}

/** Copies whole blocks until the session has ended. Signals, and an output that takes no more, end it with its last blocks. */
async function copy({ api, response, stop }: Asked, output: Output): Promise<Totals> {
  const session = response.headers.get(SESSION_HEADER) ?? "";
  let isEnding = false;
  const end = () => {
    if (isEnding) return stop.abort();
    isEnding = true;
    const limit = timeLimit(LIMITS.stateRequest);
    request(api, `/end?session=${session}`, limit).then(
      (answer) => answer.body?.cancel(),
      () => stop.abort(),
    );
  };
  using _signals = onSignals({ SIGINT: end, SIGTERM: end });
  const blocks = new BlockReader();
  try {
    for await (const bytes of response.body!) {
      const whole = blocks.take(bytes);
      if (!await output.write(whole) && !isEnding) end();
    }
  } catch (error) {
    if (!stop.signal.aborted) printError(`The agent has gone: ${(error as Error).message}`);
  }
  return blocks.totals();
}

function summary({ kept, leftOut, why, isWhole }: Totals): string {
  if (!isWhole) {
    return `Kept ${kept} packets; how many were left out is not known: there was no end`;
  }
  const left = leftOut === undefined
    ? "how many were left out is not known"
    : `left out ${leftOut}`;
  return `Kept ${kept} packets, ${left}: ${why}`;
}
