/** The signals that a command handles. @module */

/** Handles signals until it is disposed of. */
export function onSignals(
  handlers: Readonly<Partial<Record<Deno.Signal, () => void>>>,
): Disposable {
  const all = Object.entries(handlers) as [Deno.Signal, () => void][];
  for (const [name, handler] of all) Deno.addSignalListener(name, handler);
  return {
    [Symbol.dispose]: () => {
      for (const [name, handler] of all) Deno.removeSignalListener(name, handler);
    },
  };
}
