/** Reads server-sent events from a stream of text: HTML standard, "Interpreting an event stream". Pure. @module */

export interface ServerEvent {
  readonly type: string;
  readonly data: string;
}

const END = "\n\n";

/** Takes pieces of text as they come, and gives the events that are complete. */
export class EventText {
  #rest = "";

  take(piece: string): ServerEvent[] {
    const blocks = (this.#rest + piece).split(END);
    this.#rest = blocks.pop()!;
    return blocks.map((block) => {
      const lines = block.split("\n");
      return { type: valueOf(lines, "event"), data: valueOf(lines, "data") };
    });
  }
}

function valueOf(lines: readonly string[], field: string): string {
  const line = lines.find((each) => each.startsWith(`${field}:`));
  return line?.slice(field.length + 1).trimStart() ?? "";
}
