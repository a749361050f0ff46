import assert from "node:assert/strict";
import { LIMITS } from "../base/limits.ts";
import { delay } from "../base/timer.ts";
import { LiveState } from "./live_state.ts";

/** A state that counts how often it was read. */
function counted(more: { readonly fails?: boolean; readonly text?: string } = {}) {
  const seen = { reads: 0 };
  const live = new LiveState({
    mode: "node",
    read: () => {
      seen.reads++;
      if (more.fails) return Promise.reject(new Error("Cannot read: \u001b[31m"));
      return Promise.resolve({ flows: seen.reads, issues: [more.text ?? ""] });
    },
    changed: (signal) => delay(Infinity, signal),
    pauses: { shortest: 10, longest: 20 },
  });
  return { seen, live };
}

/** A client that watches. */
class Client implements AsyncDisposable {
  readonly #end = new AbortController();
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #text = "";

  constructor(live: LiveState) {
    this.#reader = live.answer(this.#end.signal).body!.getReader();
  }

  /** The next event of a type. */
  async next(): Promise<{ readonly type: string; readonly data: string }> {
    while (!this.#text.includes("\n\n")) {
      const { value } = await this.#reader.read();
      this.#text += new TextDecoder().decode(value);
    }
    const [event = "", ...rest] = this.#text.split("\n\n");
    this.#text = rest.join("\n\n");
    const [, type = "", data = ""] = /^event: (.*)\ndata: (.*)$/.exec(event) ?? [];
    return { type, data };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reader.cancel();
    this.#end.abort();
  }
}

Deno.test("the whole state comes first, then what changes", async () => {
  const { live } = counted();
  await using client = new Client(live);
  const first = await client.next();
  assert.equal(first.type, "state");
  const { mode, at, state } = JSON.parse(first.data);
  assert.deepEqual([mode, state], ["node", { flows: 1, issues: [""] }]);
  assert.ok(Math.abs(Date.now() - at) < 60_000);
  const second = await client.next();
  assert.equal(second.type, "change");
  assert.deepEqual(JSON.parse(second.data).set, { flows: 2 });
});

Deno.test("nothing is read while nobody watches, and once for all who do", async () => {
  const { live, seen } = counted();
  await delay(50);
  assert.equal(seen.reads, 0);
  {
    await using one = new Client(live);
    await using other = new Client(live);
    const flows = async (client: Client) => {
      const { type, data } = await client.next();
      return type === "state" ? JSON.parse(data).state.flows : JSON.parse(data).set.flows;
    };
    for (const wanted of [1, 2, 3]) {
      assert.deepEqual([await flows(one), await flows(other)], [wanted, wanted]);
    }
    await using late = new Client(live);
    assert.equal((await late.next()).type, "state");
  }
  const { reads } = seen;
  await delay(100);
  assert.ok(seen.reads <= reads + 1, "the reading that was under way, and no other one");
  await using again = new Client(live);
  assert.equal((await again.next()).type, "state");
});

Deno.test("a client that does not read misses events, and then gets the whole state", async () => {
  const { live, seen } = counted();
  await using slow = new Client(live);
  while (seen.reads < 20) await delay(10);
  const types = [];
  let last = "";
  do {
    const { type, data } = await slow.next();
    types.push(type);
    last = data;
  } while (types.length < 2 || types.at(-1) !== "state");
  assert.ok(types.length < 10, `${types}`);
  assert.ok(JSON.parse(last).state.flows > 10);
});

Deno.test("a state that cannot be read is a problem, in harmless words", async () => {
  const { live } = counted({ fails: true });
  await using client = new Client(live);
  const { type, data } = await client.next();
  assert.deepEqual([type, JSON.parse(data)], ["problem", { message: "Cannot read: \\u001b[31m" }]);
});

Deno.test("texts of others are harmless in the whole state and in changes", async () => {
  const { live } = counted({ text: "\u202e" });
  await using client = new Client(live);
  assert.deepEqual(JSON.parse((await client.next()).data).state.issues, ["\\u202e"]);
});

Deno.test("the state is read at most once a second", async () => {
  const times: number[] = [];
  const live = new LiveState({
    mode: "node",
    read: () => Promise.resolve({ flows: times.push(performance.now()) }),
    changed: () => Promise.resolve(), // something changes all the time
  });
  await using client = new Client(live);
  for (let event = 0; event < 3; event++) await client.next();
  const pauses = times.slice(1).map((time, index) => time - times[index]!);
  assert.ok(
    pauses.length >= 2 && pauses.every((pause) => pause > LIMITS.eventPause - 5),
    `${pauses}`,
  );
});
