/** Runs other programs. @module */
import "./environment.ts";

export interface RunOptions {
  readonly env?: Record<string, string>;
  readonly cwd?: string;
  readonly stdin?: string;
}

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end, and returns whatever its exit code is. */
export async function tryRun(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Ran> {
  const { env, cwd, stdin } = options;
  const child = new Deno.Command(program, {
    args: [...args],
    stdin: stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
    ...(env && { env }),
    ...(cwd && { cwd }),
  }).spawn();
  if (stdin !== undefined) {
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(stdin));
    await writer.close();
  }
  const { code, stdout, stderr } = await child.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

/**
 * Runs a program to its end.
 *
 * @returns What it has written to stdout.
 * @throws {Error} If its exit code is not 0; the message has what it has written to stderr and stdout.
 */
export async function run(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const { code, stdout, stderr } = await tryRun(program, args, options);
  if (code !== 0) {
    throw new Error(
      `Cannot run "${program} ${args.join(" ")}": exit code ${code}\n${stderr}${stdout}`,
    );
  }
  return stdout;
}

/**
 * Starts a program in a network namespace. The kernel kills it when this process ends, even if this process is killed.
 *
 * @param command The program and its arguments.
 */
export function spawnIn(
  netns: string,
  command: readonly string[],
  options: { readonly env?: Record<string, string>; readonly stderr: "null" | "piped" },
): Deno.ChildProcess {
  return new Deno.Command("ip", {
    args: ["netns", "exec", netns, "setpriv", "--pdeathsig", "KILL", ...command],
    stdin: "null",
    stdout: "null",
    ...options,
  }).spawn();
}

/** Runs ip(8) in a network namespace. */
export function ipIn(netns: string, ...args: readonly string[]): Promise<string> {
  return run("ip", ["-n", netns, ...args]);
}
