/**
 * One Kubernetes API server over fetch: who we are, from a kubeconfig, an exec plugin or the cluster itself, and what
 * its answers mean. Kubernetes documentation, "Kubernetes API Concepts".
 * @module
 */
import type { KubeConfig } from "@kubernetes/client-node";
import { SluiceError, TerminalError } from "../../../core/api.ts";

/** Milliseconds until an answer begins, at the latest. */
const ANSWER_TIMEOUT = 30_000;
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

/** The server does not say anything. */
export class SilentServerError extends SluiceError {
  override readonly name = "SilentServerError";
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
  readonly until: number;
}

export interface ApiRequest {
  readonly method?: "GET" | "POST" | "PUT" | "PATCH";
  readonly body?: unknown;
  readonly contentType?: string;
  readonly signal?: AbortSignal;
}

const text = (pem: Uint8Array | string) =>
  typeof pem === "string" ? pem : new TextDecoder().decode(pem);

export class ApiServer implements Disposable {
  readonly #config: KubeConfig;
  readonly url: string;
  #credentials: Credentials | undefined;
  #client: Deno.HttpClient | undefined;
  #tls = "";

  private constructor(config: KubeConfig, url: string) {
    this.#config = config;
    this.url = url.replace(/\/$/, "");
  }

  /**
   * @param kubeconfig A file; without one `$KUBECONFIG`, `~/.kube/config` or the cluster that we run in.
   * @throws {TerminalError} If there is none, or it asks for what we cannot do.
   */
  static async from(kubeconfig: string | undefined): Promise<ApiServer> {
    // Large, and of use to this source only.
    const { KubeConfig } = await import("@kubernetes/client-node");
    const config = new KubeConfig();
    try {
      if (kubeconfig === undefined) config.loadFromDefault();
      else config.loadFromFile(kubeconfig);
    } catch (cause) {
      const { message } = cause as Error;
      throw new TerminalError(`Cannot use kubeconfig "${kubeconfig ?? "default"}": ${message}`, {
        cause,
      });
    }
    const cluster = config.getCurrentCluster();
    if (!cluster) {
      throw new TerminalError(
        `Cannot use kubeconfig "${kubeconfig ?? "default"}": no current cluster`,
      );
    }
    // To the library a connection without TLS, as of kubectl proxy, is one that skips the verification.
    const isPlain = cluster.server.startsWith("http:");
    if (isPlain) Object.assign(cluster, { skipTLSVerify: true });
    const unable = cluster.skipTLSVerify && !isPlain
      ? "insecure-skip-tls-verify"
      : cluster.tlsServerName
      ? "tls-server-name"
      : undefined;
    if (!unable) return new ApiServer(config, cluster.server);
    throw new TerminalError(
      `Cannot use kubeconfig "${
        kubeconfig ?? "default"
      }": ${unable} is not supported, give its certificate authority`,
    );
  }

  /** Connections that may be dead are used no more; what runs over them ends. */
  renew(): void {
    this.#client?.close();
    this.#client = undefined;
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
    const response = await this.#send(path, request);
    if (response.ok) return response;
    if (response.status === UNAUTHORIZED) this.#credentials = undefined; // the token may be another by now
    throw await toApiError(response, `${request.method ?? "GET"} ${path.split("?")[0]}`);
  }

  /** The same, and the body as JSON. */
  // deno-lint-ignore no-explicit-any -- objects of Kubernetes, read by those who ask for them
  async json(path: string, request: ApiRequest = {}): Promise<any> {
    const response = await this.request(path, request);
    return await response.json();
  }

  async #send(path: string, { method = "GET", body, contentType, signal }: ApiRequest) {
    const { headers, client } = await this.#connection();
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), ANSWER_TIMEOUT);
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
      throw new SilentServerError(`Cannot ask the API server at "${this.url}": ${state}`, {
        cause,
      });
    } finally {
      clearTimeout(timer);
    }
  }

  async #connection() {
    if (!this.#credentials || this.#credentials.until < performance.now()) {
      this.#credentials = await this.#readCredentials();
    }
    const { headers, tls } = this.#credentials;
    const key = JSON.stringify(tls);
    if (key !== this.#tls) this.renew();
    this.#tls = key;
    this.#client ??= Deno.createHttpClient(tls as Deno.CreateHttpClientOptions);
    return { headers, client: this.#client };
  }

  async #readCredentials(): Promise<Credentials> {
    const options: TlsOptions = {};
    try {
      await this.#config.applyToHTTPSOptions(options as never);
    } catch (cause) {
      throw new SluiceError(
        `Cannot log in to the API server at "${this.url}": ${(cause as Error).message}`,
        { cause },
      ); // deno-fmt-ignore
    }
    const { headers = {}, auth, ca, cert, key } = options;
    return {
      until: performance.now() + CREDENTIALS_LIFETIME,
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
