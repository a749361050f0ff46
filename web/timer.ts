/** Pauses in the browser. @module */

/** Resolves after some milliseconds, or when the signal aborts. */
export function wait(milliseconds: number, signal?: AbortSignal): Promise<void> {
  const limit = AbortSignal.timeout(milliseconds);
  const both = signal ? AbortSignal.any([limit, signal]) : limit;
  return new Promise((resolve) => {
    if (both.aborted) resolve();
    else both.addEventListener("abort", () => resolve());
  });
}
