/** Reads which API server to use, and with which credentials: from a kubeconfig, or in the cluster itself. @module */
import type { KubeConfig } from "@kubernetes/client-node";
import { resolve } from "node:path";
import { TerminalError } from "../../../core/api.ts";
import { type Headers, impersonationOf } from "./impersonation.ts";
import { fieldsOf, kubeconfigFiles, type RawKubeconfig, readFiles } from "./kubeconfig_files.ts";

/** Name of the context that the library invents if it finds no kubeconfig. */
const MADE_UP = "loaded-context";
/** The forms of `proxy-url` that kubectl takes. */
const PROXY = /^(?:https?|socks5h?):\/\//;

/** What a kubeconfig says, with those parts that the library does not read. */
export interface Kubeconfig {
  readonly config: KubeConfig;
  /** Say as whom requests are sent. */
  readonly headers: Headers;
  /** Path of a file with a token that may change. */
  readonly tokenFile?: string;
  readonly proxy?: Deno.Proxy;
}

/**
 * Reads the kubeconfig, each time from the beginning.
 *
 * @param file Without it `$KUBECONFIG`, `~/.kube/config` or the cluster in which Sluice runs.
 * @throws {TerminalError} If there is no kubeconfig, or it needs a feature that Sluice does not have.
 */
export async function readKubeconfig(file: string | undefined): Promise<Kubeconfig> {
  const refuse = (state: string, cause?: unknown) =>
    new TerminalError(`Cannot use kubeconfig "${file ?? "default"}": ${state}`, { cause });
  const files = file === undefined ? await kubeconfigFiles() : [resolve(file)];
  try {
    if (files.length === 0) return { config: await inCluster(refuse), headers: [] };
    return await fromFiles(files, refuse);
  } catch (cause) {
    if (cause instanceof TerminalError) throw cause;
    throw refuse((cause as Error).message, cause);
  }
}

/** The library is large, and only this source uses it. */
async function newConfig(): Promise<KubeConfig> {
  return new (await import("@kubernetes/client-node")).KubeConfig();
}

/** The error that the kubeconfig cannot be used. */
type Refuse = (state: string) => TerminalError;

async function inCluster(refuse: Refuse): Promise<KubeConfig> {
  const config = await newConfig();
  config.loadFromDefault();
  if (config.getCurrentContext() !== MADE_UP) return config;
  throw refuse("there is none, nor the token of a ServiceAccount as in a cluster's Pods");
}

async function fromFiles(files: readonly string[], refuse: Refuse): Promise<Kubeconfig> {
  const raw = withUser(await readFiles(files));
  const config = await newConfig();
  config.loadFromString(JSON.stringify(raw));
  const cluster = config.getCurrentCluster();
  if (!cluster) throw refuse("no current cluster");
  // The library allows a server without TLS, such as `kubectl proxy`, only together with skipTLSVerify
  const isPlain = cluster.server.startsWith("http:");
  if (isPlain) Object.assign(cluster, { skipTLSVerify: true });
  const unable = cluster.skipTLSVerify && !isPlain
    ? "insecure-skip-tls-verify"
    : cluster.tlsServerName
    ? "tls-server-name"
    : undefined;
  if (unable) throw refuse(`${unable} is not supported, give its certificate authority`);
  const user = fieldsOf(raw.users.find(({ name }) => name === config.getCurrentUser()?.name)?.user);
  const { proxyUrl } = cluster;
  // The library would make a connector of its own for the proxy, which Sluice does not use.
  Object.assign(cluster, { proxyUrl: undefined });
  return {
    config,
    headers: impersonationOf(user),
    ...(user.tokenFile ? { tokenFile: String(user.tokenFile) } : {}),
    ...(proxyUrl && { proxy: proxyOf(proxyUrl, refuse) }),
  };
}

/** A context may name no user: then requests have no credentials. The library leaves out the CA in that case. */
function withUser(raw: RawKubeconfig): RawKubeconfig {
  const nobody = "nobody, whom no file can name: \0";
  const contexts = raw.contexts.map((each) => {
    const context = fieldsOf(each.context);
    return { ...each, context: { ...context, user: context.user || nobody } };
  });
  return { ...raw, contexts, users: [...raw.users, { name: nobody, user: {} }] };
}

/** @throws {TerminalError} If the URL has another form. */
function proxyOf(text: string, refuse: Refuse): Deno.Proxy {
  if (!PROXY.test(text) || !URL.canParse(text)) {
    throw refuse("proxy-url must begin with http://, https:// or socks5://");
  }
  // As for kubectl, the proxy resolves the server's name: that is what the `h` says.
  const url = new URL(text.replace(/^socks5:/, "socks5h:"));
  const { username, password } = url;
  const basicAuth = username && {
    basicAuth: {
      username: decodeURIComponent(username),
      password: decodeURIComponent(password),
    },
  };
  [url.username, url.password] = ["", ""];
  const transport = url.protocol.replace("socks5h", "socks5").replace(":", "");
  return { transport, url: url.href, ...basicAuth } as Deno.Proxy;
}
