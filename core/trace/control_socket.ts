/**
 * Asks ovs-vswitchd by its control socket, as ovs-appctl(8) does: JSON-RPC 1.0, whose methods are the daemon's commands
 * and whose results are texts.
 * @module
 */
import { dialWithin } from "../base/dialing.ts";
import { SluiceError } from "../base/errors.ts";
import { foreign } from "../base/foreign_text.ts";
import { LIMITS } from "../base/limits.ts";
import { Stream } from "../base/stream.ts";
import { timeLimit } from "../base/timer.ts";
import { JsonRpc, RpcError } from "../ovsdb/mod.ts";

const DAEMON = "ovs-vswitchd";

export interface ControlOptions {
  /** Milliseconds to connect, and for each answer. @default {LIMITS.traceAnswer} */
  readonly timeout?: number;
  /** Bytes of the longest answer. @default {LIMITS.traceText} */
  readonly longest?: number;
}

/** A connection to the control socket of ovs-vswitchd. */
export class ControlSocket implements AsyncDisposable {
  readonly #rpc: JsonRpc;
  readonly #reading: Promise<unknown>;

  private constructor(rpc: JsonRpc) {
    this.#rpc = rpc;
    this.#reading = rpc.run();
  }

  /**
   * Connects to the daemon of a run directory.
   *
   * @throws {SluiceError} If no ovs-vswitchd runs there.
   * @throws {NotConnectedError} If its socket does not answer in time.
   */
  static async connect(runDir: string, options: ControlOptions = {}): Promise<ControlSocket> {
    const { timeout = LIMITS.traceAnswer, longest = LIMITS.traceText } = options;
    const address = `unix:${runDir}/${DAEMON}.${await readPid(runDir)}.ctl`;
    const stream = new Stream(await dialWithin(address, timeLimit(timeout)));
    const peer = `${DAEMON}'s control socket`;
    const onNotification = () => {};
    return new ControlSocket(
      new JsonRpc(stream, { address, peer, timeout, longest, onNotification }),
    );
  }

  /**
   * Runs a command of the daemon.
   *
   * @returns What it says.
   * @throws {SluiceError} If it refuses.
   * @throws {NotConnectedError} If the connection ends before the answer.
   */
  async ask(command: string, ...args: readonly string[]): Promise<string> {
    try {
      return String(await this.#rpc.request(command, args));
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      const said = foreign(String(error.error).trim());
      throw new SluiceError(`Cannot run ${command}: ${DAEMON} says ${said}`, { cause: error });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#rpc.end();
    await this.#reading;
  }
}

/** The number of the daemon's process, which is part of its socket's name. */
async function readPid(runDir: string): Promise<string> {
  const path = `${runDir}/${DAEMON}.pid`;
  let text: string;
  try {
    using file = await Deno.open(path);
    const buffer = new Uint8Array(LIMITS.tracePidfile + 1);
    const length = await file.read(buffer) ?? 0;
    text = new TextDecoder().decode(buffer.subarray(0, length));
  } catch (cause) {
    const why = (cause as Error).message;
    throw new SluiceError(`Cannot find ${DAEMON} by "${path}": ${why}`, { cause });
  }
  const pid = /^\s*([1-9]\d*)\s*$/.exec(text)?.[1];
  if (pid !== undefined && text.length <= LIMITS.tracePidfile) return pid;
  throw new SluiceError(`Cannot find ${DAEMON} by "${path}": ${foreign(text)} is no process`);
}
