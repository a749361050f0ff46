/** The requests that wait for answers, by xid: OpenFlow 1.5.1 section 7.1. @module */
import { ProtocolError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import { type Frame, HEADER_BYTES } from "../messages/header.ts";
import { OpenFlowError } from "./openflow_errors.ts";

const MAX_XID = 0xffff_ffff;

/** One request that waits for its answers. */
interface Waiter {
  /** The beginning of the error's message, if the switch refuses the request. */
  readonly what: string;
  /** Takes an answer. @returns Whether it is the last one. */
  readonly answer: (frame: Frame) => boolean;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Messages with successive xids that the switch answers only if it refuses them. */
export interface Watch {
  readonly first: number;
  readonly last: number;
  readonly onError: (xid: number, errorName: string) => void;
}

/** Gives out xids, and brings each answer to the request that it belongs to. */
export class Transactions {
  readonly #waiters = new Map<number, Waiter>();
  readonly #watches = new Set<Watch>();
  #next = 1;

  /** Reserves successive xids. @returns The first of them. */
  allocate(count: number): number {
    if (this.#next + count > MAX_XID) this.#next = 1;
    const first = this.#next;
    this.#next += count;
    return first;
  }

  /** Waits for the answers to the request with that xid. Resolves after the last one. */
  wait(xid: number, { what, answer }: Pick<Waiter, "what" | "answer">): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiters.set(xid, { what, answer, resolve, reject });
    return promise;
  }

  /** Calls `onError` for each of these messages that the switch refuses, until it is disposed of. */
  watch(watch: Watch): Disposable {
    this.#watches.add(watch);
    return { [Symbol.dispose]: () => this.#watches.delete(watch) };
  }

  /** Takes an answer of the switch. @returns Whether a request was waiting for it. */
  answer(frame: Frame): boolean {
    const waiter = this.#waiters.get(frame.xid);
    if (!waiter) return false;
    if (waiter.answer(frame)) {
      this.#waiters.delete(frame.xid);
      waiter.resolve();
    }
    return true;
  }

  /** Takes the error with which the switch refuses the message with that xid. */
  refuse(xid: number, errorName: string): void {
    for (const watch of this.#watches) {
      if (xid >= watch.first && xid <= watch.last) return watch.onError(xid, errorName);
    }
    const waiter = this.#waiters.get(xid);
    this.#waiters.delete(xid);
    waiter?.reject(new OpenFlowError(waiter.what, errorName));
  }

  /** Lets all requests fail that wait for answers. */
  abandon(error: Error): void {
    for (const { reject } of this.#waiters.values()) reject(error);
    this.#waiters.clear();
  }
}

/**
 * Takes the answers to one request. The function that it returns throws a ProtocolError if they are too long together.
 *
 * @param answer Takes one answer, and returns whether it is the last one. If absent, the first one is.
 */
export function bounded(
  name: string,
  answer: (frame: Frame) => boolean = () => true,
): (frame: Frame) => boolean {
  let bytes = 0;
  return (frame) => {
    bytes += HEADER_BYTES + frame.body.length;
    if (bytes <= LIMITS.openflowAnswer) return answer(frame);
    const most = LIMITS.openflowAnswer;
    throw new ProtocolError(`Cannot read the answer to ${name}: it is longer than ${most} bytes`);
  };
}
