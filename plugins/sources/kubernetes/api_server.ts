/**
 * The client of one Kubernetes API server, over fetch. It takes credentials from a kubeconfig, an exec plugin or the
 * cluster itself, and turns failures into errors. Kubernetes documentation, "Kubernetes API Concepts". @module
 */
import {
  after,
  type ClusterOptions,
  delay,
  harmless,
  LIMITS,
  readText,
  SluiceError,
  timeLimit,
} from "../../../core/api.ts";
import { SilentServerError, toApiError } from "./api_errors.ts";
import { type Credentials, readCredentials } from "./credentials.ts";
import { type Kubeconfig, readKubeconfig } from "./kubeconfig.ts";

/** The first request. API Priority and Fairness does not limit it, and every user may send it. */
const GREETING = "/livez";
/** Milliseconds after which credentials are read again: tokens in files rotate, and exec plugins have a cache. */
const CREDENTIALS_LIFETIME = 10_000;
const UNAUTHORIZED = 401;
const JSON_TYPE = "application/json";
/** `accept` of a request that needs only the metadata of objects: Kubernetes documentation, "Kubernetes API Concepts". */
export const METADATA_ONLY =
  "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json";
/** The same for a list. */
export const METADATA_LIST_ONLY =
  "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";

export interface ApiRequest {
  readonly method?: "GET" | "POST" | "PUT" | "PATCH";
  readonly body?: unknown;
  readonly contentType?: string;
  /** What the answer may be; any JSON if absent. */
  readonly accept?: string;
  readonly signal?: AbortSignal;
}

export interface JsonRequest extends ApiRequest {
  /** Milliseconds for the whole answer; `LIMITS.apiRequest` if absent. */
  readonly timeout?: number;
  /** The most bytes of the answer; `LIMITS.apiAnswer` if absent. */
  readonly most?: number;
}

interface SentRequest extends ApiRequest {
  readonly path: string;
  /** Milliseconds in which the answer must begin. */
  readonly timeout?: number;
}

interface ServerOptions extends ClusterOptions {
  /** Milliseconds in which the credentials must be read. */
  readonly loginTime: number;
}

export class ApiServer implements Disposable {
  readonly #options: ServerOptions;
  readonly url: string;
  /** The kubeconfig, with its tokens. If it is `undefined`, the next request reads both again. */
  #config: Kubeconfig | undefined;
  /** The last reading of credentials, which all requests share. */
  #credentials: Promise<Credentials> | undefined;
  /** When the credentials must be read again: milliseconds of a monotonic clock. */
  #until = -Infinity;
  #client: Deno.HttpClient | undefined;
  #tls = "";
  /** Whether the server has answered over the present connections. */
  #isMet = false;

  private constructor(options: ServerOptions, config: Kubeconfig) {
    this.#options = options;
    this.#config = config;
    this.url = config.server.replace(/\/$/, "");
  }

  /**
   * @param kubeconfig A file; without it `$KUBECONFIG`, `~/.kube/config` or the cluster in which Sluice runs.
   * @param options `context` is the name of one, if not the current one is meant; `loginTime` the milliseconds in which the
   *   credentials must be read.
   * @throws {TerminalError} If there is no kubeconfig, or it needs a feature that Sluice does not have.
   */
  static async from(
    kubeconfig: string | undefined,
    options: { readonly context?: string | undefined; readonly loginTime?: number | undefined } =
      {},
  ): Promise<ApiServer> {
    const { context, loginTime = LIMITS.apiLogin } = options;
    const config = await readKubeconfig(kubeconfig, context);
    return new ApiServer({ kubeconfig, context, loginTime }, config);
  }

  /** Closes all connections, because they may be dead. Requests that use them fail. The next request makes a new one. */
  renew(): void {
    this.#client?.close();
    this.#client = undefined;
    this.#isMet = false;
  }
  [Symbol.dispose](): void {
    this.renew();
  }

  /**
   * @param path The path with its query.
   * @returns The answer. Its body is not read yet.
   * @throws {ApiError} If the server answers with an error.
   * @throws {SilentServerError} If no answer comes in time.
   */
  async request(path: string, request: ApiRequest = {}): Promise<Response> {
    const credentials = this.#logIn();
    const known = await this.#inTime(credentials, request.signal);
    if (!this.#isMet) await this.#meet(known, request.signal);
    const response = await this.#send({ ...request, path }, known);
    if (response.ok) return response;
    // The token may have changed. Read it again, unless another request has already caused that.
    if (response.status === UNAUTHORIZED && credentials === this.#credentials) this.#logOut();
    throw await toApiError(response, `${request.method ?? "GET"} ${path.split("?")[0]}`);
  }

  /**
   * Sends a request as `request` does, and reads the body as JSON.
   *
   * @throws {TooLargeError} If the body has more than `most` bytes.
   */
  // deno-lint-ignore no-explicit-any -- an object of Kubernetes, whose fields the caller reads
  async json(path: string, request: JsonRequest = {}): Promise<any> {
    const { timeout = LIMITS.apiRequest, most = LIMITS.apiAnswer, signal } = request;
    const since = performance.now();
    const late = timeLimit(timeout);
    try {
      const both = signal ? AbortSignal.any([signal, late]) : late;
      const response = await this.request(path, { ...request, signal: both });
      return JSON.parse(await readText(response, most, both));
    } catch (cause) {
      if (!late.aborted || signal?.aborted) throw cause;
      const message = `Cannot ask the API server at "${this.url}": no answer in time`;
      throw new SilentServerError(message, performance.now() - since, { cause });
    }
  }

  /**
   * Sends a first request over a new connection. A connection that was made while the server was away may never carry an
   * answer: after a short time it is replaced.
   */
  async #meet(credentials: Credentials, signal: AbortSignal | undefined): Promise<void> {
    const request = { path: GREETING, timeout: LIMITS.apiGreeting, ...(signal && { signal }) };
    const response = await this.#send(request, credentials);
    await response.body?.cancel();
    this.#isMet = true;
  }

  async #send(request: SentRequest, { headers, tls }: Credentials): Promise<Response> {
    const { path, method = "GET", body, signal, timeout = LIMITS.apiAnswerBegin } = request;
    const { accept = JSON_TYPE, contentType = JSON_TYPE } = request;
    const client = this.#connect(tls);
    const late = new AbortController();
    const since = performance.now();
    using _timer = after(timeout, () => late.abort());
    try {
      return await fetch(this.url + path, {
        method,
        client,
        signal: signal ? AbortSignal.any([signal, late.signal]) : late.signal,
        headers: [
          ["accept", accept],
          ...headers.map(([name, value]): [string, string] => [name, value]),
          ...(body === undefined ? [] : [["content-type", contentType] as [string, string]]),
        ],
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
    } catch (cause) {
      if (signal?.aborted) throw cause;
      if (late.signal.aborted) this.renew();
      const state = late.signal.aborted ? "no answer" : harmless((cause as Error).message);
      const message = `Cannot ask the API server at "${this.url}": ${state}`;
      throw new SilentServerError(message, performance.now() - since, { cause });
    }
  }

  #connect(tls: Credentials["tls"]): Deno.HttpClient {
    const key = JSON.stringify(tls);
    if (key !== this.#tls) this.renew();
    this.#tls = key;
    return this.#client ??= Deno.createHttpClient(tls as Deno.CreateHttpClientOptions);
  }

  #logIn(): Promise<Credentials> {
    if (this.#credentials && performance.now() < this.#until) return this.#credentials;
    const reading = this.#credentials = this.#readCredentials();
    this.#until = Infinity; // Reading may take long: an exec plugin may ask a cloud
    reading.then(
      () => this.#until = performance.now() + CREDENTIALS_LIFETIME,
      () => this.#until = -Infinity,
    );
    return reading;
  }
  /** The credentials. A reading that takes too long goes on, so that an exec plugin is not run twice at a time. */
  async #inTime(
    reading: Promise<Credentials>,
    signal: AbortSignal | undefined,
  ): Promise<Credentials> {
    const over = new AbortController();
    const late = timeLimit(this.#options.loginTime);
    const signals = [over.signal, late, ...signal ? [signal] : []];
    try {
      const waiting = delay(Infinity, AbortSignal.any(signals)).then(() => undefined);
      const known = await Promise.race([reading, waiting]);
      if (known) return known;
    } finally {
      over.abort();
    }
    signal?.throwIfAborted();
    throw new SilentServerError(
      `Cannot log in to the API server at "${this.url}": reading the credentials takes too long`,
      this.#options.loginTime,
    );
  }
  #logOut(): void {
    this.#config = this.#credentials = undefined;
  }

  #readConfig(): Promise<Kubeconfig> {
    const { kubeconfig, context } = this.#options;
    return readKubeconfig(kubeconfig, context);
  }

  async #readCredentials(): Promise<Credentials> {
    try {
      return await readCredentials(this.#config ??= await this.#readConfig());
    } catch (cause) {
      throw new SluiceError(
        `Cannot log in to the API server at "${this.url}": ${harmless((cause as Error).message)}`,
        { cause },
      ); // deno-fmt-ignore
    }
  }
}
