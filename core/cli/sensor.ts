/** `sluice sensor`: a sensor that forwards and counts, to try redirects with. @module */
import { Command, Option } from "@commander-js/extra-typings";
import { delay } from "../base/timer.ts";
import { HEAD, isNews, jsonLine, type Reading, summary, textLine } from "../sensor/counts.ts";
import { openLibc } from "../sensor/libc.ts";
import { type Devices, Wire } from "../sensor/wire.ts";
import { printError, printLine } from "./print.ts";

const AFTER_HELP = `
It forwards every Ethernet frame that comes in at the target device, of both directions, as it is.
What comes in at the return device is not forwarded: a redirect sends nothing there. It needs no
addresses, and leaves nothing behind, however it ends. While it runs, both devices are in promiscuous
mode. SIGINT and SIGTERM end it, with a summary. It needs root, or the capability CAP_NET_RAW.

In another network namespace:
  ip netns exec NAME sluice sensor tap0 tap1

Packets and bytes are those that were forwarded, without Sluice's health probes. DROPPED counts all
that came in at the target device and was not forwarded, also probes. With -o json there is one line
of JSON each second, and one with "end": true at the end.`;

/** Milliseconds. */
const SECOND = 1000;

export function sensorCommand() {
  return new Command("sensor")
    .description(
      "Forward packets from a target port to a return port, and count them: a test sensor.",
    )
    .argument("<target>", "the network device where packets come in")
    .argument("<return>", "the network device where they go out")
    .option("--hang", "forward nothing, as a sensor that hangs")
    .addOption(
      new Option("-o, --output <format>", "form of the output").choices(["text", "json"])
        .default("text"),
    )
    .addHelpText("after", AFTER_HELP)
    .action(async (target, back, { hang = false, output }) => {
      using wire = Wire.open(openLibc().symbols, { target, return: back }, { isHung: hang });
      const printer = output === "json"
        ? jsonPrinter()
        : textPrinter({ target, return: back }, hang);
      await run(wire, printer);
    });
}

/** Milliseconds since 1970 began. It goes on evenly when somebody sets the clock, as rates are computed from it. */
const now = () => performance.timeOrigin + performance.now();

/** How the counts are told. */
interface Printer {
  begin(first: Reading): void;
  each(now: Reading): void;
  end(now: Reading): void;
}

/** Forwards until a signal comes. */
async function run(wire: Wire, printer: Printer): Promise<void> {
  const reading = (): Reading => ({ time: now(), counts: { ...wire.counts } });
  const ended = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => ended.abort());
  }
  let trouble: string | undefined;
  const look = () => {
    const found = wire.look();
    if (found !== trouble) printError(found ?? "Both devices can be used again");
    trouble = found;
    printer.each(reading());
  };
  printer.begin(reading());
  for (let next = now() + SECOND; !ended.signal.aborted;) {
    if (trouble === undefined) await wire.forward();
    else await delay(SECOND, ended.signal);
    if (now() < next) continue;
    next += SECOND;
    look();
  }
  wire.look();
  printer.end(reading());
}

function jsonPrinter(): Printer {
  let before: Reading;
  const next = (now: Reading, isEnd: boolean) => {
    printLine(jsonLine(before, now, isEnd));
    before = now;
  };
  return {
    begin: (first) => before = first,
    each: (now) => next(now, false),
    end: (now) => next(now, true),
  };
}

function textPrinter({ target, return: back }: Devices, isHung: boolean): Printer {
  let [first, earlier, before]: Reading[] = [];
  return {
    begin(now) {
      [first, earlier, before] = [now, now, now];
      const what = isHung
        ? `Forwards nothing from "${target}" to "${back}"`
        : `Forwards from "${target}" to "${back}"`;
      printLine(`${what}. What comes in at "${back}" is not forwarded. Ctrl-C ends it.`);
      printLine(HEAD);
    },
    each(now) {
      if (isNews(earlier!, before!, now)) printLine(textLine(before!, now));
      [earlier, before] = [before, now];
    },
    end: (now) => printLine(summary(first!, now)),
  };
}
