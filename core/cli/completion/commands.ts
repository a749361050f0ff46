/** `sluice completions`: prints a script for a shell, which calls `sluice __complete` when the user presses Tab. @module */
import { Argument, Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { complete, formatCompletion } from "./complete.ts";
import bash from "./shells/sluice.bash" with { type: "text" };
import fish from "./shells/sluice.fish" with { type: "text" };
import zsh from "./shells/sluice.zsh" with { type: "text" };

const SCRIPTS = { bash, zsh, fish } as const;
type Shell = keyof typeof SCRIPTS;

const AFTER_HELP = `
For you alone, from the next shell on:
  bash   sluice completions bash > ~/.local/share/bash-completion/completions/sluice
  zsh    sluice completions zsh > "\${fpath[1]}/_sluice"
  fish   sluice completions fish > ~/.config/fish/completions/sluice.fish`;

export function completionsCommand() {
  const shells = Object.keys(SCRIPTS) as Shell[];
  return new Command("completions")
    .description("Print a script that teaches a shell the commands, their flags and values.")
    .addArgument(new Argument("<shell>", "for which").choices(shells))
    .addHelpText("after", AFTER_HELP)
    .action((shell) => console.log(SCRIPTS[shell as Shell].trimEnd()));
}

/** The hidden command that the scripts call. The words to complete stand behind `--`, so none is read as a flag. */
export function completeCommand(root: CommandUnknownOpts) {
  return new Command("__complete")
    .argument("<words...>")
    .action((words) => console.log(formatCompletion(complete(root, words))));
}
