/** A real Chromium without a window, in a network namespace, driven over the DevTools protocol. */
import assert from "node:assert/strict";
import puppeteer, {
  type Browser as Puppet,
  type ConnectionTransport,
  type Page,
} from "puppeteer-core";

/** Where Debian's package has it: scripts/setup --browser. */
const CHROMIUM = "/usr/bin/chromium";
/** Without Chromium its tests are skipped, which scripts/test says; in CI they fail. */
const IS_SKIPPED = Deno.env.get("CI") !== "true" && !isThere(CHROMIUM);

function isThere(file: string): boolean {
  try {
    return Deno.statSync(file).isFile;
  } catch {
    return false;
  }
}

/** A test with a browser. */
export function withBrowser(test: Deno.TestDefinition): Deno.TestDefinition {
  return { ...test, ignore: IS_SKIPPED || (test.ignore ?? false) };
}

/** Chromium reads commands from file 3 and writes answers to file 4. */
const WITH_PIPES = 'exec "$@" 3<&0 4>&1 </dev/null >/dev/null 2>&1';
const FLAGS = [
  "--headless=new",
  "--no-sandbox", // its own sandbox needs more than root in a namespace has
  "--disable-gpu",
  "--disable-dev-shm-usage",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-extensions",
  "--no-first-run",
  "--hide-scrollbars",
  "--remote-debugging-pipe",
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
];
/** What ends a message in the pipes. */
const END = "\0";

class Pipes implements ConnectionTransport {
  onmessage?: (message: string) => void;
  onclose?: () => void;
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly reading: Promise<void>;

  constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#writer = child.stdin.getWriter();
    this.reading = this.#read();
  }

  async #read(): Promise<void> {
    let rest = "";
    for await (const piece of this.#child.stdout.pipeThrough(new TextDecoderStream())) {
      const messages = (rest + piece).split(END);
      rest = messages.pop()!;
      for (const message of messages) this.onmessage?.(message);
    }
    this.onclose?.();
  }

  send(message: string): void {
    void this.#writer.write(new TextEncoder().encode(message + END)).catch(() => {});
  }

  close(): void {
    void this.#writer.close().catch(() => {});
  }
}

/** A page, and what it must not do: every error and every request is noted. */
export class Tab {
  readonly errors: string[] = [];
  readonly requests: string[] = [];

  private constructor(readonly page: Page) {}

  static async open(page: Page): Promise<Tab> {
    const tab = new Tab(page);
    page.on("console", (message) => {
      if (["error", "warn"].includes(message.type())) tab.errors.push(message.text());
    });
    page.on("pageerror", (error) => tab.errors.push(String(error)));
    page.on("request", (request) => tab.requests.push(request.url()));
    await page.evaluateOnNewDocument(
      'document.addEventListener("securitypolicyviolation", (event) => console.error(`CSP: ${event.violatedDirective} ${event.blockedURI}`))',
    );
    return tab;
  }

  /** The text of the first element that the selector finds, as a user sees it. */
  text(selector: string): Promise<string> {
    return this.page.$eval(
      selector,
      (found) => (found as unknown as { innerText: string }).innerText,
    );
  }

  /** The texts of all elements that the selector finds. */
  texts(selector: string): Promise<string[]> {
    return this.page.$$eval(
      selector,
      (all) => all.map((each) => (each as unknown as { innerText: string }).innerText.trim()),
    );
  }

  /** The cells of the rows of the table that is shown. */
  rows(): Promise<string[][]> {
    return this.page.$$eval(
      "[role=grid] .space [role=row]",
      (all) =>
        all.map((row) =>
          [...(row as unknown as { children: Iterable<{ textContent: string }> }).children]
            .map(({ textContent }) => textContent)
        ),
    );
  }

  /** Waits until an expression of JavaScript is true in the page. */
  async until(expression: string, timeout = 15_000): Promise<void> {
    await this.page.waitForFunction(expression, { timeout, polling: 20 });
  }

  /** Takes back the errors of what a test has done on purpose. */
  forgive(expected: RegExp): void {
    const others = this.errors.filter((each) => !expected.test(each));
    this.errors.splice(0, Infinity, ...others);
  }

  /** Nothing was asked for elsewhere, and nothing failed. */
  isClean(origin: string): void {
    assert.deepEqual(this.errors, []);
    assert.deepEqual(
      this.requests.filter((url) => !url.startsWith(origin) && !url.startsWith("data:")),
      [],
    );
  }
}

export class Browser implements AsyncDisposable {
  private constructor(
    readonly puppet: Puppet,
    readonly child: Deno.ChildProcess,
    readonly pipes: Pipes,
    readonly folder: string,
  ) {}

  /** @param netns The namespace in which it runs; absent: that of the test. It finds no other host than this one. */
  static async start(netns?: string): Promise<Browser> {
    const folder = await Deno.makeTempDir({ prefix: "sluice-browser" });
    const chromium = [
      "sh",
      "-c",
      WITH_PIPES,
      "sh",
      CHROMIUM,
      ...FLAGS,
      `--user-data-dir=${folder}`,
    ];
    const around = netns === undefined ? [] : ["ip", "netns", "exec", netns];
    const [program, ...args] = [...around, ...chromium, "about:blank"];
    const child = new Deno.Command(program!, {
      args,
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
      env: { HOME: folder },
    }).spawn();
    const pipes = new Pipes(child);
    const puppet = await puppeteer.connect({ transport: pipes, defaultViewport: null });
    return new Browser(puppet, child, pipes, folder);
  }

  /** A new tab, of this width. */
  async open(width = 1280, height = 900): Promise<Tab> {
    const page = await this.puppet.newPage();
    await page.setViewport({ width, height });
    return await Tab.open(page);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.puppet.close().catch(() => {});
    await this.child.status;
    await this.pipes.reading;
    await Deno.remove(this.folder, { recursive: true });
  }
}
