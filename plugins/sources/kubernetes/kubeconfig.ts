/** Reads which API server to use, and with which credentials: from a kubeconfig, or in the cluster itself. @module */
import type { KubeConfig } from "@kubernetes/client-node";
import { TerminalError } from "../../../core/api.ts";

/** Name of the context that the library invents if it finds no kubeconfig. */
const MADE_UP = "loaded-context";

/**
 * Reads the kubeconfig, each time from the beginning.
 *
 * @param file Without it `$KUBECONFIG`, `~/.kube/config` or the cluster in which Sluice runs.
 * @throws {TerminalError} If there is no kubeconfig, or it needs a feature that Sluice does not have.
 */
export async function readKubeconfig(file: string | undefined): Promise<KubeConfig> {
  // The library is large, and only this source uses it
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
  // The library allows a server without TLS, such as `kubectl proxy`, only together with skipTLSVerify
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
