/**
 * One Kubernetes API server over fetch: who we are, from a kubeconfig, an exec plugin or the cluster itself, and what
 * its answers mean. Kubernetes documentation, "Kubernetes API Concepts".
 * @module
 */
import type { KubeConfig } from "@kubernetes/client-node";
import { SluiceError } from "../../../core/api.ts";
import { readKubeconfig } from "./kubeconfig.ts";

/** Milliseconds until an answer begins, at the latest. */
const ANSWER_TIMEOUT = 30_000;
/** The same, for a question that costs nothing, over a connection of which nothing is known yet. */
const GREETING_TIMEOUT = 2500;
/** Exempt from the limits of API Priority and Fairness, and open to all. */
const GREETING = "/livez";
/** Milliseconds that credentials are good for: tokens in files rotate, exec plugins have a cache of their own. */
const CREDENTIALS_LIFETIME = 10_000;
const UNAUTHORIZED = 401;

/** An answer that is no success. */
export class ApiError extends SluiceError {
  override readonly name = "ApiError";

  /**
   * @param status Of HTTP.
   * @param retryAfter Milliseconds that the server asks for.
   */
  constructor(message: string, readonly status: number, readonly retryAfter: number = 0) {
    super(message);
  }
}

/** Milliseconds that the server asks for before the next request; 0 where it does not. */
export function retryAfterOf(error: unknown): number {
  return error instanceof ApiError ? error.retryAfter : 0;
}

/** The server does not say anything. */
export class SilentServerError extends SluiceError {
  override readonly name = "SilentServerError";

  /** @param waited Milliseconds. */
  constructor(message: string, readonly waited: number, options?: ErrorOptions) {
    super(message, options);
  }
}

/** What `KubeConfig.applyToHTTPSOptions` writes; a buffer is PEM. */
interface TlsOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly auth?: string;
  readonly ca?: Uint8Array | string;
  readonly cert?: Uint8Array | string;
  readonly key?: Uint8Array | string;
  readonly rejectUnauthorized?: boolean;
  readonly servername?: string;
}

interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: { readonly caCerts?: string[]; readonly cert?: string; readonly key?: string };
}

export interface ApiRequest {
  readonly method?: "GET" | "POST" | "PUT" | "PATCH";
  readonly body?: unknown;
  readonly contentType?: string;
  readonly signal?: AbortSignal;
}

interface SentRequest extends ApiRequest {
  readonly path: string;
  /** Milliseconds until the answer begins. */
  readonly timeout?: number;
}

const text = (pem: Uint8Array | string) =>
  typeof pem === "string" ? pem : new TextDecoder().decode(pem);

export class ApiServer implements Disposable {
  readonly #kubeconfig: string | undefined;
  readonly url: string;
  /** It keeps tokens of its own: without it they are read anew. */
  #config: KubeConfig | undefined;
  /** One attempt, which all requests share. */
  #credentials: Promise<Credentials> | undefined;
  /** Milliseconds of a monotonic clock. */
  #until = -Infinity;
  #client: Deno.HttpClient | undefined;
  #tls = "";
  /** Something has come over the connections that we have. */
  #isMet = false;

  private constructor(kubeconfig: string | undefined, config: KubeConfig, url: string) {
    this.#kubeconfig = kubeconfig;
    this.#config = config;
    this.url = url.replace(/\/$/, "");
  }

  /**
   * @param kubeconfig A file; without one `$KUBECONFIG`, `~/.kube/config` or the cluster that we run in.
   * @throws {TerminalError} If there is none, or it asks for what we cannot do.
   */
  static async from(kubeconfig: string | undefined): Promise<ApiServer> {
    const config = await readKubeconfig(kubeconfig);
    return new ApiServer(kubeconfig, config, config.getCurrentCluster()!.server);
  }

  /** Connections that may be dead are used no more; what runs over them ends. */
  renew(): void {
    this.#client?.close();
    this.#client = undefined;
    this.#isMet = false;
  }
  [Symbol.dispose](): void {
    this.renew();
  }

  /**
   * @param path With its query.
   * @returns The answer, whose body is still to be read.
   * @throws {ApiError} If it is no success.
   * @throws {SilentServerError} If none comes.
   */
  async request(path: string, request: ApiRequest = {}): Promise<Response> {
    const credentials = this.#logIn();
    if (!this.#isMet) await this.#meet(await credentials, request.signal);
    const response = await this.#send({ ...request, path }, await credentials);
    if (response.ok) return response;
    // The token may be another by now, unless a request before this one has found so.
    if (response.status === UNAUTHORIZED && credentials === this.#credentials) this.#logOut();
    throw await toApiError(response, `${request.method ?? "GET"} ${path.split("?")[0]}`);
  }

  /** The same, and the body as JSON. */
  // deno-lint-ignore no-explicit-any -- objects of Kubernetes, read by those who ask for them
  async json(path: string, request: ApiRequest = {}): Promise<any> {
    const response = await this.request(path, request);
    return await response.json();
  }

  /** A connection that was made while the server was away may lead nowhere: it is given up soon, for another. */
  async #meet(credentials: Credentials, signal: AbortSignal | undefined): Promise<void> {
    const request = { path: GREETING, timeout: GREETING_TIMEOUT, ...(signal && { signal }) };
    const response = await this.#send(request, credentials);
    await response.body?.cancel();
    this.#isMet = true;
  }

  async #send(request: SentRequest, { headers, tls }: Credentials): Promise<Response> {
    const { path, method = "GET", body, contentType, signal, timeout = ANSWER_TIMEOUT } = request;
    const client = this.#connect(tls);
    const late = new AbortController();
    const since = performance.now();
    const timer = setTimeout(() => late.abort(), timeout);
    try {
      return await fetch(this.url + path, {
        method,
        client,
        signal: signal ? AbortSignal.any([signal, late.signal]) : late.signal,
        headers: {
          accept: "application/json",
          ...headers,
          ...(body !== undefined && { "content-type": contentType ?? "application/json" }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
    } catch (cause) {
      if (signal?.aborted) throw cause;
      if (late.signal.aborted) this.renew();
      const state = late.signal.aborted ? "no answer" : (cause as Error).message;
      const message = `Cannot ask the API server at "${this.url}": ${state}`;
      throw new SilentServerError(message, performance.now() - since, { cause });
    } finally {
      clearTimeout(timer);
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
    this.#until = Infinity; // whatever it takes: an exec plugin may ask a cloud
    reading.then(
      () => this.#until = performance.now() + CREDENTIALS_LIFETIME,
      () => this.#until = -Infinity,
    );
    return reading;
  }
  #logOut(): void {
    this.#config = this.#credentials = undefined;
  }

  async #readCredentials(): Promise<Credentials> {
    const options: TlsOptions = {};
    try {
      this.#config ??= await readKubeconfig(this.#kubeconfig);
      await this.#config.applyToHTTPSOptions(options as never);
    } catch (cause) {
      throw new SluiceError(
        `Cannot log in to the API server at "${this.url}": ${(cause as Error).message}`,
        { cause },
      ); // deno-fmt-ignore
    }
    const { headers = {}, auth, ca, cert, key } = options;
    return {
      headers: { ...(auth && { authorization: `Basic ${btoa(auth)}` }), ...headers },
      tls: {
        ...(ca && { caCerts: [text(ca)] }),
        ...(cert && key && { cert: text(cert), key: text(key) }),
      },
    };
  }
}

async function toApiError(response: Response, what: string): Promise<ApiError> {
  const said = await response.text().catch(() => "");
  const status = parseStatus(said);
  const retryAfter = Number(response.headers.get("retry-after")) * 1000;
  return new ApiError(
    `Cannot ${what}: ${response.status} ${
      status.message ?? (said.slice(0, 200) || response.statusText)
    }`,
    response.status,
    Number.isFinite(retryAfter) ? retryAfter : 0,
  );
}

/** meta/v1 Status. */
function parseStatus(text: string): { readonly message?: string } {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}
