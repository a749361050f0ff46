/** Requests under way, by xid: OpenFlow 1.5.1 section 7.1. @module */
import type { Frame } from "../messages/header.ts";
import { OpenFlowError } from "./openflow_errors.ts";

const MAX_XID = 0xffff_ffff;

/** What waits for answers to one message. */
interface Waiter {
  /** Begins the error if the message is refused. */
  readonly what: string;
  /** Takes an answer. @returns Whether it was the last. */
  readonly answer: (frame: Frame) => boolean;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Messages in a row that are answered only if they fail. */
export interface Watch {
  readonly first: number;
  readonly last: number;
  readonly onError: (xid: number, errorName: string) => void;
}

export class Transactions {
  readonly #waiters = new Map<number, Waiter>();
  readonly #watches = new Set<Watch>();
  #next = 1;

  /** Numbers of messages that follow each other. @returns The first. */
  allocate(count: number): number {
    if (this.#next + count > MAX_XID) this.#next = 1;
    const first = this.#next;
    this.#next += count;
    return first;
  }

  /** Resolves with the last answer to message `xid`. */
  wait(xid: number, { what, answer }: Pick<Waiter, "what" | "answer">): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiters.set(xid, { what, answer, resolve, reject });
    return promise;
  }

  watch(watch: Watch): Disposable {
    this.#watches.add(watch);
    return { [Symbol.dispose]: () => this.#watches.delete(watch) };
  }

  /** Hands over an answer. @returns Whether somebody waited for it. */
  answer(frame: Frame): boolean {
    const waiter = this.#waiters.get(frame.xid);
    if (!waiter) return false;
    if (waiter.answer(frame)) {
      this.#waiters.delete(frame.xid);
      waiter.resolve();
    }
    return true;
  }

  /** Tells whoever waits or watches that message `xid` was refused. */
  refuse(xid: number, errorName: string): void {
    for (const watch of this.#watches) {
      if (xid >= watch.first && xid <= watch.last) return watch.onError(xid, errorName);
    }
    const waiter = this.#waiters.get(xid);
    this.#waiters.delete(xid);
    waiter?.reject(new OpenFlowError(waiter.what, errorName));
  }

  /** All who wait fail. */
  abandon(error: Error): void {
    for (const { reject } of this.#waiters.values()) reject(error);
    this.#waiters.clear();
  }
}
