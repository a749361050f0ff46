/** Where `sluice capture` writes. @module */
import { TerminalError } from "../base/errors.ts";

export interface Output extends AsyncDisposable {
  /** @returns Whether it takes more. It does not when its reader has gone. @throws If a file cannot be written. */
  write(bytes: Uint8Array): Promise<boolean>;
}

const STANDARD_OUTPUT = "-";

/** @throws {TerminalError} If a file cannot be made, or the standard output is a terminal. */
export async function openOutput(path: string): Promise<Output> {
  if (path === STANDARD_OUTPUT) {
    if (!Deno.stdout.isTerminal()) return new PipeOutput();
    throw new TerminalError(
      "Cannot write packets to a terminal: name a file with -w, or pipe them into Wireshark",
    );
  }
  try {
    const file = await Deno.open(path, { write: true, create: true, truncate: true, mode: 0o600 });
    return new FileOutput(file);
  } catch (cause) {
    throw new TerminalError(`Cannot write "${path}": ${(cause as Error).message}`, { cause });
  }
}

async function writeAll(file: { write(bytes: Uint8Array): Promise<number> }, bytes: Uint8Array) {
  for (let done = 0; done < bytes.length;) done += await file.write(bytes.subarray(done));
}

class FileOutput implements Output {
  constructor(readonly file: Deno.FsFile) {}

  async write(bytes: Uint8Array): Promise<boolean> {
    await writeAll(this.file, bytes);
    return true;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.file.close();
    return Promise.resolve();
  }
}

class PipeOutput implements Output {
  #isOpen = true;

  async write(bytes: Uint8Array): Promise<boolean> {
    if (!this.#isOpen) return false;
    try {
      await writeAll(Deno.stdout, bytes);
    } catch (error) {
      if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
      this.#isOpen = false;
    }
    return this.#isOpen;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}
