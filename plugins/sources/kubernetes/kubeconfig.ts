/** Which API server, and as whom: a kubeconfig, or the cluster that we run in. @module */
import type { KubeConfig } from "@kubernetes/client-node";
import { TerminalError } from "../../../core/api.ts";

/** What the library makes up where it finds nothing. */
const MADE_UP = "loaded-context";

/**
 * Reads it anew, with nothing of what was read before.
 *
 * @param file Without one `$KUBECONFIG`, `~/.kube/config` or the cluster that we run in.
 * @throws {TerminalError} If there is none, or it asks for what we cannot do.
 */
export async function readKubeconfig(file: string | undefined): Promise<KubeConfig> {
  // Large, and of use to this source only.
  const { KubeConfig } = await import("@kubernetes/client-node");
  const config = new KubeConfig();
  const refuse = (state: string, cause?: unknown) =>
    new TerminalError(`Cannot use kubeconfig "${file ?? "default"}": ${state}`, { cause });
  try {
    if (file === undefined) config.loadFromDefault();
    else config.loadFromFile(file);
  } catch (cause) {
    throw refuse((cause as Error).message, cause);
  }
  if (file === undefined && config.getCurrentContext() === MADE_UP) {
    throw refuse("there is none, nor the token of a ServiceAccount as in a cluster's Pods");
  }
  const cluster = config.getCurrentCluster();
  if (!cluster) throw refuse("no current cluster");
  // To the library a connection without TLS, as of kubectl proxy, is one that skips the verification.
  const isPlain = cluster.server.startsWith("http:");
  if (isPlain) Object.assign(cluster, { skipTLSVerify: true });
  const unable = cluster.skipTLSVerify && !isPlain
    ? "insecure-skip-tls-verify"
    : cluster.tlsServerName
    ? "tls-server-name"
    : undefined;
  if (!unable) return config;
  throw refuse(`${unable} is not supported, give its certificate authority`);
}
