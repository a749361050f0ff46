/** Reads which API server to use, and with which credentials: from a kubeconfig, or in the cluster itself. @module */
import { resolve } from "node:path";
import { foreign, TerminalError } from "../../../core/api.ts";
import { ExecPlugin } from "./exec_plugin.ts";
import { type Headers, impersonationOf } from "./impersonation.ts";
import { exists, type Fields, fieldsOf, kubeconfigFiles, readFiles } from "./kubeconfig_files.ts";

/** What a Pod has of its ServiceAccount: Kubernetes documentation, "Accessing the Kubernetes API from a Pod". */
const ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";
/** The forms of `proxy-url` that kubectl takes. */
const PROXY = /^(?:https?|socks5h?):\/\//;

/** What a kubeconfig says of one of its contexts. */
export interface Kubeconfig {
  /** URL of the API server. */
  readonly server: string;
  /** The fields of the server and of the user. Paths in them are absolute; these files may change at any time. */
  readonly cluster: Fields;
  readonly user: Fields;
  /** Say as whom requests are sent. */
  readonly headers: Headers;
  readonly exec?: ExecPlugin;
  readonly proxy?: Deno.Proxy;
}

/**
 * Reads the kubeconfig, each time from the beginning.
 *
 * @param context Name of the context; without it, the file's current one.
 * @param file Without it `$KUBECONFIG`, `~/.kube/config` or the cluster in which Sluice runs.
 * @param context Its name; without it the current one.
 * @throws {TerminalError} If there is no kubeconfig, or it needs a feature that Sluice does not have.
 */
export async function readKubeconfig(
  file: string | undefined,
  context?: string,
): Promise<Kubeconfig> {
  const refuse = (state: string, cause?: unknown) =>
    new TerminalError(`Cannot use kubeconfig "${file ?? "default"}": ${state}`, { cause });
  const files = file === undefined ? await kubeconfigFiles() : [resolve(file)];
  try {
    if (files.length > 0) return await fromFiles(files, context, refuse);
    if (context !== undefined) {
      throw refuse(`there is none, so none with context ${foreign(context)}`);
    }
    return await inCluster(refuse);
  } catch (cause) {
    if (cause instanceof TerminalError) throw cause;
    throw refuse((cause as Error).message, cause);
  }
}

/** The error that the kubeconfig cannot be used. */
type Refuse = (state: string) => TerminalError;

/** The way of the agent in a Pod: it needs no more than the files of the ServiceAccount. */
async function inCluster(refuse: Refuse): Promise<Kubeconfig> {
  const tokenFile = `${ACCOUNT}/token`;
  const [host, port] = ["HOST", "PORT"].map((what) => Deno.env.get(`KUBERNETES_SERVICE_${what}`));
  if (!host || !port || !await exists(tokenFile)) {
    throw refuse("there is none, nor the token of a ServiceAccount as in a cluster's Pods");
  }
  return {
    server: `https://${host.includes(":") ? `[${host}]` : host}:${port}`,
    cluster: { "certificate-authority": `${ACCOUNT}/ca.crt` },
    user: { tokenFile },
    headers: [],
  };
}

async function fromFiles(
  files: readonly string[],
  chosen: string | undefined,
  refuse: Refuse,
): Promise<Kubeconfig> {
  const { clusters, users, contexts, "current-context": current } = await readFiles(files);
  const named = contexts.find(({ name }) => name === (chosen ?? current));
  if (chosen !== undefined && !named) throw refuse(`it has no context ${foreign(chosen)}`);
  const context = fieldsOf(named?.context);
  const cluster = fieldsOf(clusters.find(({ name }) => name === context.cluster)?.cluster);
  // A context may name no user: then requests have no credentials.
  const user = fieldsOf(users.find(({ name }) => name === context.user)?.user);
  const { server, "proxy-url": proxyUrl } = cluster;
  if (typeof server !== "string" || server === "") throw refuse("no current cluster");
  const unable = unsupported(cluster, user);
  if (unable) throw refuse(unable);
  return {
    server,
    cluster,
    user,
    headers: impersonationOf(user),
    ...(user.exec ? { exec: new ExecPlugin(fieldsOf(user.exec)) } : {}),
    ...(proxyUrl ? { proxy: proxyOf(String(proxyUrl), refuse) } : {}),
  };
}

/** What Sluice does not do, of what the fields ask for. */
function unsupported(cluster: Fields, user: Fields): string | undefined {
  // Without TLS, as from `kubectl proxy`, there is no certificate to be checked.
  const isPlain = String(cluster.server).startsWith("http:");
  const isInsecure = cluster["insecure-skip-tls-verify"] === true && !isPlain;
  if (isInsecure || cluster["tls-server-name"]) {
    const field = isInsecure ? "insecure-skip-tls-verify" : "tls-server-name";
    return `${field} is not supported, give its certificate authority`;
  }
  return user["auth-provider"] ? "auth-provider is not supported, give an exec plugin" : undefined;
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
