/** `sluice top`: shows what moves now, by TrafficControl, Pod or port. @module */
import { Command, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { SluiceError } from "../base/errors.ts";
import { harmlessJson, harmlessValues } from "../base/foreign_text.ts";
import { delay } from "../base/timer.ts";
import type { CountersReport } from "../report/counters_report.ts";
import { askAgent } from "./ask_agent.ts";
import { coloursOf } from "./colour.ts";
import { parseDuration } from "./duration.ts";
import { DEFAULT_LISTEN, tokenFileOption } from "./options.ts";
import { printError } from "./print.ts";
import { Screen, UntilSignal } from "./screen.ts";
import { type By, type Movement, Rates } from "./top_rates.ts";
import { topText } from "./top_table.ts";

const AFTER_HELP = `
Rates are those of the node, of the time between two readings. The switch counts packets with a delay
of up to a second, so a rate over a short time jumps. The first line comes after one interval.

By Pod, SENT and RECEIVED are all packets of the Pod. COPIED, REDIRECTED and DROPPED are only there for
TrafficControls with "counters: PerPod". By port, SENT is what the bridge has sent into the port.

On a terminal the table stays in one place, and Ctrl-C ends it; elsewhere one table follows the other.
With -o json there is a line for each interval, with exact counts, too. NO_COLOR turns colours off.

Exit codes: 0 done, or ended by a signal; 1 the agent did not answer at first, or at last.`;

/** Milliseconds. */
const INTERVAL = { default: 2000, least: 100, most: 3_600_000 } as const;

interface TopOptions {
  readonly address: string;
  readonly tokenFile?: string | undefined;
  readonly by: By;
  readonly interval: number;
  readonly count?: number | undefined;
  readonly output: "text" | "json";
}

export function topCommand() {
  return new Command("top")
    .description("Show what moves now: packets and bytes per second, what moves most first.")
    .option("--address <host:port>", "the agent's local API", DEFAULT_LISTEN)
    .addOption(tokenFileOption("with the token of that API, if it needs one"))
    .addOption(
      new Option("--by <what>", "what a row is").choices(["tc", "pod", "port"]).default(
        "tc" as const,
      ),
    )
    .addOption(
      new Option("--interval <duration>", "time between two readings, e.g. 500ms")
        .argParser((text: string) => parseDuration(text, INTERVAL))
        .default(INTERVAL.default as number, "2s"),
    )
    .addOption(
      new Option("-n, --count <number>", "end after so many intervals; without it, at Ctrl-C")
        .argParser(parseCount),
    )
    .addOption(
      new Option("-o, --output <format>", "form of the output").choices(["text", "json"])
        .default("text" as const),
    )
    .addHelpText("after", AFTER_HELP)
    .action(async (options) => {
      if (!await top(options)) Deno.exitCode = 1;
    });
}

function parseCount(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  const message = "It must be a whole number from 1."; // as commander says it
  throw new InvalidArgumentError(message);
}

interface Interval {
  readonly report: CountersReport | undefined;
  readonly movements: readonly Movement[];
  /** Milliseconds. */
  readonly interval: number;
  readonly troubles: readonly string[];
}

/** @returns Whether the agent has answered at last. @throws {SluiceError} If it does not at first. */
async function top(options: TopOptions): Promise<boolean> {
  using until = new UntilSignal();
  using screen = options.output === "json" ? undefined : new Screen();
  let isAnswered = true;
  for await (const each of intervals(options, until.signal)) {
    isAnswered = each.report !== undefined;
    if (screen) show(each, options, screen);
    else if (each.report) console.log(harmlessJson(JSON.stringify(jsonOf(each, options))));
    else each.troubles.forEach(printError);
  }
  return isAnswered;
}

function show(each: Interval, { by }: TopOptions, screen: Screen): void {
  const { report, movements, ...more } = harmlessValues(each);
  const isSeveral = (report?.bridges.length ?? 0) > 1;
  const shown = { ...more, by, node: report?.node, isSeveral, movements };
  const look = { width: screen.width, colours: coloursOf() };
  if (report || screen.isRedrawn) screen.show(topText(shown, look));
  else more.troubles.forEach(printError);
}

/** What has moved in each interval, until the signal aborts. */
async function* intervals(options: TopOptions, signal: AbortSignal): AsyncGenerator<Interval> {
  const { address, by, interval, count = Infinity } = options;
  const read = () => askAgent<CountersReport>(address, "/api/v1/counters", options);
  const rates = new Rates(by);
  let movements: readonly Movement[] = rates.take(await read(), performance.now());
  let before = performance.now();
  let next = before;
  for (let done = 0; done < count; done++) {
    next = Math.max(next + interval, performance.now()); // readings that take long do not pile up
    await delay(next - performance.now(), signal);
    if (signal.aborted) return;
    try {
      const report = await read();
      const now = performance.now();
      movements = rates.take(report, now);
      yield { report, movements, interval: now - before, troubles: unread(report) };
      before = now;
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error;
      const interval = performance.now() - before;
      yield { report: undefined, movements, interval, troubles: [error.message] };
    }
  }
}

function unread({ bridges }: CountersReport): string[] {
  return bridges.filter(({ isRead }) => !isRead)
    .map(({ bridge }) => `Bridge ${bridge} does not tell its counters: they are left out`);
}

function jsonOf({ report, movements, interval }: Interval, { by }: TopOptions): object {
  const left = report!.bridges.filter(({ isRead }) => !isRead).map(({ bridge }) => bridge);
  return {
    time: new Date().toISOString(),
    ...(report!.node !== undefined && { node: report!.node }),
    by,
    seconds: Math.round(interval) / 1000,
    ...(left.length > 0 && { unread: left }),
    rows: movements.map(({ subject, ...rates }) => ({ ...subject, ...rates })),
  };
}
