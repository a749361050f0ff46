/** What the API server and its etcd are started with: ports, arguments, keys; and what a client is given. @module */
import { join } from "node:path";
import { freePorts } from "../lab/ports.ts";

export interface Ports {
  readonly etcd: number;
  readonly peers: number;
  readonly server: number;
}

export function choosePorts(): Ports {
  const [etcd, peers, server] = freePorts(3) as [number, number, number];
  return { etcd, peers, server };
}

export function etcdArguments(dir: string, { etcd, peers }: Ports): string[] {
  const clients = `http://127.0.0.1:${etcd}`;
  const others = `http://127.0.0.1:${peers}`;
  return [
    `--data-dir=${join(dir, "etcd")}`,
    `--listen-client-urls=${clients}`,
    `--advertise-client-urls=${clients}`,
    `--listen-peer-urls=${others}`,
    `--initial-advertise-peer-urls=${others}`,
    `--initial-cluster=default=${others}`,
    "--unsafe-no-fsync",
  ];
}

export function serverArguments(dir: string, { etcd, server }: Ports): string[] {
  return [
    `--etcd-servers=http://127.0.0.1:${etcd}`,
    "--bind-address=127.0.0.1",
    // Without a default route the server finds no address by itself.
    "--advertise-address=127.0.0.1",
    `--secure-port=${server}`,
    `--cert-dir=${join(dir, "certs")}`,
    `--token-auth-file=${join(dir, "tokens.csv")}`,
    "--authorization-mode=RBAC",
    "--service-account-issuer=https://kubernetes.default.svc",
    `--service-account-key-file=${join(dir, "sa.pub")}`,
    `--service-account-signing-key-file=${join(dir, "sa.key")}`,
    "--service-cluster-ip-range=10.96.0.0/24",
    "--allow-privileged=true",
    // No controller makes the ServiceAccount "default", without which this plugin refuses Pods.
    "--disable-admission-plugins=ServiceAccount",
  ];
}

/** The keys with which the server signs and checks tokens of ServiceAccounts, as PEM. */
export async function keyPair(): Promise<{ "sa.key": string; "sa.pub": string }> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  const pair = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const secret = await crypto.subtle.exportKey("pkcs8", pair.privateKey);
  const known = await crypto.subtle.exportKey("spki", pair.publicKey);
  return { "sa.key": pem("PRIVATE KEY", secret), "sa.pub": pem("PUBLIC KEY", known) };
}

function pem(label: string, bytes: ArrayBuffer): string {
  const text = new Uint8Array(bytes).toBase64();
  return `-----BEGIN ${label}-----\n${text}\n-----END ${label}-----\n`;
}

/** What a client has to know of a server. */
interface Reached {
  /** What signed its certificate. */
  readonly caFile: string;
  readonly token: string;
  readonly url: string;
}

/**
 * The content of a kubeconfig file.
 *
 * @param url Address of a proxy in front of the server; if absent, the server's own.
 * @param user The `user` of the file, for example one with `exec`; if absent, the administrator.
 */
export function kubeconfig(
  { caFile, token, url: own }: Reached,
  { url = own, user = { token } }: { readonly url?: string; readonly user?: object } = {},
): object {
  const name = "test";
  const ca = url.startsWith("https:") && { "certificate-authority": caFile };
  return {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name, cluster: { server: url, ...ca } }],
    users: [{ name, user }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    "current-context": name,
  };
}
