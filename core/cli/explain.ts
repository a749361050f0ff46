/** `sluice explain`: says why a Pod is mirrored or redirected, or why it is not. @module */
import { Argument, Command, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { SluiceError } from "../base/errors.ts";
import { harmlessValues } from "../base/foreign_text.ts";
import type { Explanation, Unknown } from "../explain/explanation.ts";
import type { Question } from "../report/http.ts";
import { type ApiAccess, parseAnswer, requestAgent } from "./ask_agent.ts";
import { formatControl, formatPod } from "./explain_text.ts";
import { DEFAULT_LISTEN, tokenFileOption } from "./options.ts";
import { printJson } from "./print.ts";
import { printShown } from "./wrapped_text.ts";

const AFTER_HELP = `
For a Pod: which TrafficControls select it, which do not and why, which of several comes first, what
is done to its packets in the end, and the flows that are there for it. For a TrafficControl: which
Pods it selects and which not, its ports and who else uses them, and its flows.

Of several similar objects, those that differ least come first. "-o json" has all of them.`;

export function explainCommand() {
  return new Command("explain")
    .description(
      "Say why a Pod is mirrored or redirected, or why it is not; or what a TrafficControl does.",
    )
    .addArgument(
      new Argument("<object>", "tc/NAME or pod/NAMESPACE/NAME").argParser(questionOf),
    )
    .option("--address <host:port>", "the agent's local API", DEFAULT_LISTEN)
    .addOption(tokenFileOption("with the token of that API, if it needs one"))
    .addOption(
      new Option("-o, --output <format>", "form of the output").choices(["text", "json"])
        .default("text"),
    )
    .addHelpText("after", AFTER_HELP)
    .action(async (question, { address, output, ...access }) => {
      const explanation = await ask(address, question, access);
      if (output === "json") return printJson(explanation);
      const harmless = harmlessValues(explanation);
      printShown("pod" in harmless ? formatPod(harmless) : formatControl(harmless));
    });
}

/** @throws {InvalidArgumentError} If it is neither a TrafficControl nor a Pod. */
function questionOf(text: string): Question {
  const [kind, ...names] = text.split("/");
  const isWhole = names.every((name) => name !== "");
  if (kind === "tc" && names.length === 1 && isWhole) return { control: names[0]! };
  if (kind === "pod" && names.length === 2 && isWhole) return { pod: names.join("/") };
  const isPod = kind === "pod" && names.length === 1 && isWhole;
  const form = isPod ? `pod/NAMESPACE/${names[0]}` : "tc/NAME or pod/NAMESPACE/NAME";
  throw new InvalidArgumentError(`Cannot explain "${text}": write ${form}`);
}

const NOT_FOUND = 404;

/** @throws {SluiceError} If the agent cannot be reached, or does not know the object. */
async function ask(address: string, question: Question, access: ApiAccess) {
  const query = new URLSearchParams(
    "pod" in question ? { pod: question.pod } : {
      tc: question.control,
    },
  );
  const { status, text } = await requestAgent(address, `/api/v1/explain?${query}`, access);
  if (status === NOT_FOUND && !text.startsWith("{")) {
    throw new SluiceError(
      `Cannot explain: the agent at "${address}" is of an earlier version, which does not`,
    );
  }
  const explanation = parseAnswer<Explanation>(address, text);
  if (!("unknown" in explanation)) return explanation;
  throw new SluiceError(unknownText(explanation));
}

function unknownText({ unknown, message, cure, similar }: Unknown): string {
  const kind = unknown === "Pod" ? "pod" : "tc";
  const meant = similar.map((name) => `${kind}/${name}`).join(" or ");
  return `${message}: ${similar.length > 0 ? `did you mean ${meant}? Otherwise: ` : ""}${cure}`;
}
