/**
 * Keeps values over a restart of the agent, in one JSON document in the state folder. The document is always replaced
 * as a whole.
 * @module
 */
import { basename, dirname, join } from "node:path";
import { LIMITS } from "../base/limits.ts";
import { delay } from "../base/timer.ts";
import type { Memory } from "../contracts/mod.ts";
import type { Log } from "../base/log.ts";

/** Version of the document. A document of another version is not read. */
const VERSION = 1;
/** Milliseconds between a change and the write, so that one write has many changes. */
const GATHERING = 100;
/** The pause after a write, as a multiple of the time that the write took. */
const REST = 10;
/** The longest such pause, in milliseconds. */
const LONGEST_REST = 1000;
/** Milliseconds that no write takes. */
const LONGEST_WRITE = 60_000;
/** Milliseconds after a write that failed, before the next attempt. */
const RETRY = 10_000;

/** The content of the document: values as JSON texts, by part, then by key. */
type Parts = Map<string, Map<string, string>>;

/**
 * An open document. As long as it may be written, changes are written after a short time; `Symbol.asyncDispose` writes
 * the last ones.
 */
export class Remembered implements AsyncDisposable {
  /** Path of the document. */
  readonly file: string;
  readonly #parts: Parts;
  readonly #log: Log;
  /** The first write shows whether the folder can be written. */
  #isDirty = true;
  #mayWrite = false;
  #writing: Promise<void> | undefined;
  #pause = GATHERING;
  #problem: string | undefined;
  readonly #close = new AbortController();
  /** The file that takes the place of the document. Two processes, each with a document open, have two. */
  readonly #fresh: string;
  #isSwept = false;

  private constructor(file: string, parts: Parts, log: Log) {
    this.file = file;
    this.#parts = parts;
    this.#log = log;
    this.#fresh = `${file}.${crypto.randomUUID()}.new`;
  }

  /**
   * Opens the document. One that cannot be read is logged, and counts as empty. It never rejects.
   *
   * @param file Path of the document. If its folder is missing it is made, with access for its owner only.
   */
  static async open(file: string, log: Log): Promise<Remembered> {
    return new Remembered(file, await readParts(file, log), log);
  }

  /**
   * The memory of one user of the document, with keys of its own. A value that is equal to the one before is not
   * written again. A value that JSON cannot express is not kept, and deletes the one before.
   */
  part(name: string): Memory {
    const texts = this.#parts.get(name) ?? new Map<string, string>();
    this.#parts.set(name, texts);
    return {
      keys: () => [...texts.keys()],
      get: (key) => texts.has(key) ? JSON.parse(texts.get(key)!) : undefined,
      set: (key, value) => {
        const text = textOf(value);
        if (text === texts.get(key)) return;
        if (text === undefined) texts.delete(key);
        else texts.set(key, text);
        this.#touch();
      },
      delete: (key) => {
        if (texts.delete(key)) this.#touch();
      },
    };
  }

  /** Why the values would not survive a restart: one line, or none. */
  get issues(): readonly string[] {
    if (this.#problem === undefined) return [];
    return [
      `${this.file}: cannot be written: ${this.#problem}: ` +
      "after a restart, what is broken has no last good state",
    ];
  }

  /**
   * Says whether the document may be written, which is not so at first: of two agents of one bridge only the one that has
   * its lock writes. Changes meanwhile are written later.
   */
  permit(mayWrite: boolean): void {
    this.#mayWrite = mayWrite && !this.#close.signal.aborted;
    this.#begin();
  }

  /** Writes changes that are not written yet, and nothing afterwards. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#close.abort();
    await this.#writing;
    this.#mayWrite = false;
  }

  #touch(): void {
    this.#isDirty = true;
    this.#begin();
  }

  #begin(): void {
    if (this.#isDirty && this.#mayWrite) this.#writing ??= this.#writeAll();
  }

  async #writeAll(): Promise<void> {
    const { signal } = this.#close;
    while (this.#isDirty && this.#mayWrite) {
      await delay(this.#pause, signal);
      if (!this.#mayWrite) break;
      this.#isDirty = false;
      await this.#write();
      if (this.#problem && signal.aborted) break;
    }
    this.#writing = undefined;
  }

  async #write(): Promise<void> {
    const start = performance.now();
    try {
      const text = formatParts(this.#parts);
      if (text.length > LIMITS.stateFile) throw tooLarge(text.length);
      await this.#replace(text);
      this.#problem = undefined;
      const rest = Math.min(REST * (performance.now() - start), LONGEST_REST);
      this.#pause = Math.max(GATHERING, rest, 1000 * text.length / LIMITS.stateRate);
    } catch (error) {
      const { message } = error as Error;
      if (this.#problem === undefined) {
        this.#log.warning("State not written", { file: this.file, error: message });
      }
      this.#problem = message;
      this.#isDirty = true;
      this.#pause = RETRY;
    }
  }

  /** Replaces the file. If the process or the machine ends meanwhile, the file has either the old or the new text. */
  async #replace(text: string): Promise<void> {
    const [folder, fresh] = [dirname(this.file), this.#fresh];
    await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
    if (!this.#isSwept) await removeLeftovers(this.file);
    this.#isSwept = true;
    await removeIfThere(fresh); // the last write may have failed
    await Deno.writeTextFile(fresh, text, { mode: 0o600, createNew: true });
    await sync(fresh);
    await Deno.rename(fresh, this.file);
    await sync(folder);
  }
}

function tooLarge(length: number): RangeError {
  return new RangeError(`Cannot keep state "${length}": too many characters`);
}

/** @returns Nothing if JSON cannot express the value: an object read from YAML may contain itself. */
function textOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

function formatParts(parts: Parts): string {
  const object = (entries: readonly string[]) => `{\n${entries.join(",\n")}\n}`;
  const ofPart = (texts: ReadonlyMap<string, string>) =>
    object([...texts].map(([key, text]) => `${JSON.stringify(key)}: ${text}`));
  const all = [...parts].map(([name, texts]) => `${JSON.stringify(name)}: ${ofPart(texts)}`);
  return `{ "version": ${VERSION}, "parts": ${object(all)} }\n`;
}

async function readParts(file: string, log: Log): Promise<Parts> {
  try {
    const { size } = await Deno.stat(file);
    if (size > 4 * LIMITS.stateFile) throw tooLarge(size); // a character has up to four bytes
    return parseParts(JSON.parse(await Deno.readTextFile(file)));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) {
      log.warning("State not read", { file, error: (error as Error).message });
    }
    return new Map();
  }
}

/** @throws {TypeError} If the value is no document of this version. */
function parseParts(document: unknown): Parts {
  const { version, parts } = fieldsOf(document);
  if (version !== VERSION) throw new TypeError(`Cannot use version "${version}": not ${VERSION}`);
  return new Map(
    Object.entries(fieldsOf(parts)).map(([name, values]) => {
      const texts = Object.entries(fieldsOf(values)).map(([key, value]) =>
        [key, JSON.stringify(value)] as const
      );
      return [name, new Map(texts)];
    }),
  );
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  if (isObject) return value as Record<string, unknown>;
  throw new TypeError(`Cannot use "${JSON.stringify(value)}": not an object`);
}

/** Removes what is left from processes that ended while they wrote the document. */
async function removeLeftovers(file: string): Promise<void> {
  const folder = dirname(file);
  for await (const { name } of Deno.readDir(folder)) {
    const isFresh = name.startsWith(`${basename(file)}.`) && name.endsWith(".new");
    if (isFresh && await isLeft(join(folder, name))) await removeIfThere(join(folder, name));
  }
}

/** Whether nobody is writing the file any more. Another process may be, that does not know yet that it has lost the lock. */
async function isLeft(file: string): Promise<boolean> {
  const { mtime } = await Deno.lstat(file).catch(() => ({ mtime: null }));
  return mtime !== null && Date.now() - mtime.getTime() > LONGEST_WRITE;
}

async function removeIfThere(file: string): Promise<void> {
  try {
    await Deno.remove(file);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

async function sync(path: string): Promise<void> {
  using opened = await Deno.open(path);
  await opened.sync();
}
