/**
 * Runs the program of a kubeconfig that gives credentials: Kubernetes documentation, "Authenticating", client-go credential
 * plugins. @module
 */
import {
  foreign,
  harmless,
  LIMITS,
  readText,
  SluiceError,
  TooLargeError,
} from "../../../core/api.ts";
import { fieldsOf } from "./kubeconfig_files.ts";

/** What a kubeconfig's user has in the field `exec`. */
type Exec = Readonly<Record<string, unknown>>;

/** What the program has given. Certificate and key are PEM texts. */
export interface ExecCredential {
  readonly token?: string;
  readonly cert?: string;
  readonly key?: string;
}

interface Given {
  readonly credential: ExecCredential;
  /** When it expires: milliseconds since 1970. */
  readonly until: number;
}

const listOf = (value: unknown): readonly unknown[] => Array.isArray(value) ? value : [];

export class ExecPlugin {
  readonly #exec: Exec;
  #given: Given | undefined;

  constructor(exec: Exec) {
    this.#exec = exec;
  }

  /** Runs the program, unless what it has given is still valid. @throws {SluiceError} If it fails. */
  async credential(): Promise<ExecCredential> {
    if (!this.#given || this.#given.until <= Date.now()) this.#given = await this.#run();
    return this.#given.credential;
  }

  async #run(): Promise<Given> {
    const { command, args, env, apiVersion } = this.#exec;
    const refuse = (state: string) =>
      new SluiceError(`Cannot run exec plugin ${foreign(`${command ?? ""}`)}: ${state}`);
    if (typeof command !== "string") throw refuse("it has no command");
    const info = { apiVersion, kind: "ExecCredential", spec: { interactive: false } };
    const variables = listOf(env).map(fieldsOf).map(({ name, value }) => [`${name}`, `${value}`]);
    const { success, stdout, stderr } = await outputOf(
      new Deno.Command(command, {
        args: listOf(args).map(String),
        env: { KUBERNETES_EXEC_INFO: JSON.stringify(info), ...Object.fromEntries(variables) },
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
      }),
    ).catch((error) => {
      throw error instanceof TooLargeError
        ? refuse(`it writes over ${LIMITS.execOutput} bytes`)
        : error;
    });
    if (!success) {
      throw refuse(harmless(stderr.trim(), LIMITS.serverText) || "it fails without a word");
    }
    const status = statusIn(stdout);
    if (!status) throw refuse("it gives no ExecCredential with a status");
    return givenBy(fieldsOf(status));
  }
}

interface Output {
  readonly success: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the program to its end. @throws {TooLargeError} If it writes too much; then it is ended. */
async function outputOf(command: Deno.Command): Promise<Output> {
  await using child = command.spawn();
  const never = new AbortController().signal;
  const read = (stream: ReadableStream<Uint8Array<ArrayBuffer>>) =>
    readText(new Response(stream), LIMITS.execOutput, never);
  const [stdout, stderr, { success }] = await Promise.all([
    read(child.stdout),
    read(child.stderr),
    child.status,
  ]);
  return { success, stdout, stderr };
}

function statusIn(answer: string): unknown {
  try {
    return fieldsOf(JSON.parse(answer)).status;
  } catch {
    return undefined;
  }
}

function givenBy(status: Readonly<Record<string, unknown>>): Given {
  const { token, clientCertificateData: cert, clientKeyData: key, expirationTimestamp } = status;
  const until = Date.parse(`${expirationTimestamp}`);
  return {
    credential: {
      ...(token ? { token: String(token) } : {}),
      ...(cert ? { cert: String(cert) } : {}),
      ...(key ? { key: String(key) } : {}),
    },
    until: Number.isNaN(until) ? Infinity : until,
  };
}
