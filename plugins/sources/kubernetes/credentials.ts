/** Reads what a kubeconfig names: certificates, keys and tokens, from its texts, from files, or from a program. @module */
import type { Headers } from "./impersonation.ts";
import type { Kubeconfig } from "./kubeconfig.ts";
import type { Fields } from "./kubeconfig_files.ts";

/** How connections are made. Certificates and keys are PEM texts. */
export type Connecting = Pick<Deno.CreateHttpClientOptions, "caCerts" | "proxy"> & {
  readonly cert?: string;
  readonly key?: string;
};

export interface Credentials {
  readonly headers: Headers;
  readonly tls: Connecting;
}

/** Reads all files anew: they may have changed. */
export async function readCredentials(
  { cluster, user, headers, proxy, exec }: Kubeconfig,
): Promise<Credentials> {
  const given = await exec?.credential() ?? {};
  const ca = await pemOf(cluster, "certificate-authority");
  const cert = given.cert ?? await pemOf(user, "client-certificate");
  const key = given.key ?? await pemOf(user, "client-key");
  const authorization = authorizationOf(user, await tokenOf(user) ?? given.token);
  return {
    headers: [
      ...(authorization ? [["Authorization", authorization] as const] : []),
      ...headers,
    ],
    tls: {
      ...(ca && { caCerts: [ca] }),
      ...(cert && key && { cert, key }),
      ...(proxy && { proxy }),
    },
  };
}

/** The text of a field, which is there as base64 or in a file. */
async function pemOf(fields: Fields, name: string): Promise<string | undefined> {
  const { [`${name}-data`]: data, [name]: file } = fields;
  if (data) return new TextDecoder().decode(Uint8Array.fromBase64(String(data)));
  return file ? await Deno.readTextFile(String(file)) : undefined;
}

/** The token in a file counts more than `token`. */
async function tokenOf({ token, tokenFile }: Fields): Promise<string | undefined> {
  if (tokenFile) return (await Deno.readTextFile(String(tokenFile))).trim();
  return token ? String(token) : undefined;
}

function authorizationOf({ username, password }: Fields, token: string | undefined) {
  if (token !== undefined) return `Bearer ${token}`;
  return username ? `Basic ${btoa(`${username}:${password}`)}` : undefined;
}
