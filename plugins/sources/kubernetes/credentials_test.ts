import assert from "node:assert/strict";
import { join } from "node:path";
import { type Credentials, readCredentials } from "./credentials.ts";
import { type Kubeconfig, readKubeconfig } from "./kubeconfig.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Reads a kubeconfig with these fields, in a folder that the test may use. */
async function withConfig(
  { cluster = {}, user = {} }: { readonly cluster?: Fields; readonly user?: Fields },
  test: (read: () => Promise<Kubeconfig>, folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const file = join(folder, "config");
  await Deno.writeTextFile(
    file,
    JSON.stringify({
      "current-context": "here",
      "clusters": [{ name: "c", cluster: { server: "https://192.0.2.1", ...cluster } }],
      "users": [{ name: "u", user }],
      "contexts": [{ name: "here", context: { cluster: "c", user: "u" } }],
    }),
  );
  try {
    await test(() => readKubeconfig(file), folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const authorization = ({ headers }: Credentials) => headers.map(([, value]) => value).join();

const PEM = "-----BEGIN CERTIFICATE-----\n";

Deno.test("certificates and keys are read from texts and from files, each time", () =>
  withConfig({
    cluster: { "certificate-authority-data": btoa(PEM) },
    user: { "client-certificate": "cert", "client-key-data": btoa("key") },
  }, async (read, folder) => {
    const config = await read();
    for (const cert of ["first", "second"]) {
      await Deno.writeTextFile(join(folder, "cert"), cert);
      const { tls } = await readCredentials(config);
      assert.deepEqual(tls, { caCerts: [PEM], cert, key: "key" });
    }
  }));

const LOGINS: readonly (readonly [user: Fields, authorization: string])[] = [
  [{}, ""],
  [{ token: "t" }, "Bearer t"],
  [{ username: "jane", password: "p:w" }, `Basic ${btoa("jane:p:w")}`],
  [{ username: "jane", password: "p", token: "t" }, "Bearer t"],
];

for (const [user, expected] of LOGINS) {
  Deno.test(`a user with ${Object.keys(user).join(" and ") || "nothing"} sends "${expected}"`, () =>
    withConfig({ user }, async (read) => {
      assert.equal(authorization(await readCredentials(await read())), expected);
    }));
}

const REFUSED: readonly (readonly [field: string, config: Parameters<typeof withConfig>[0]])[] = [
  ["insecure-skip-tls-verify", { cluster: { "insecure-skip-tls-verify": true } }],
  ["tls-server-name", { cluster: { "tls-server-name": "other" } }],
  ["auth-provider", { user: { "auth-provider": { name: "oidc" } } }],
];

for (const [field, config] of REFUSED) {
  Deno.test(`a kubeconfig with ${field} is refused`, () =>
    withConfig(config, async (read) => {
      await assert.rejects(
        read(),
        new RegExp(`^TerminalError: .*: ${field} is not supported, give`),
      );
    }));
}

/** An exec plugin. `$CALLS` has a line for each call. */
const exec = (script: string, fields: Fields = {}) => ({
  user: {
    exec: {
      apiVersion: "client.authentication.k8s.io/v1",
      command: "sh",
      args: ["-c", script],
      env: [{ name: "TOKEN", value: "from the environment" }],
      ...fields,
    },
  },
});
const give = (status: string) =>
  `echo '{"kind":"ExecCredential","status":'"${status.replaceAll('"', '\\"')}"'}'`;

Deno.test("an exec plugin gets its variables, and gives a token, a certificate and a key", () =>
  withConfig(
    exec(give('{"token":"$TOKEN","clientCertificateData":"cert","clientKeyData":"key"}')),
    async (read) => {
      const found = await readCredentials(await read());
      assert.equal(authorization(found), "Bearer from the environment");
      assert.deepEqual(found.tls, { cert: "cert", key: "key" });
    },
  ));

Deno.test("an exec plugin hears which version of its protocol is spoken, and that nobody types", () =>
  withConfig(
    exec(`echo "$KUBERNETES_EXEC_INFO" >&2; exit 1`),
    async (read) => {
      const info = '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential",' +
        '"spec":{"interactive":false}}';
      await assert.rejects(readCredentials(await read()), {
        message: `Cannot run exec plugin "sh": ${info}`,
      });
    },
  ));

const EXPIRIES: readonly (readonly [expires: string | undefined, calls: number])[] = [
  [undefined, 1],
  ["2999-01-01T00:00:00Z", 1],
  ["2001-01-01T00:00:00Z", 2],
];

for (const [expires, calls] of EXPIRIES) {
  Deno.test(`two logins with a token that expires ${expires ?? "never"}: ${calls} runs`, () =>
    withConfig(
      exec('echo >>"$0.calls"; cat "$0"'),
      async (read, folder) => {
        const file = join(folder, "answer");
        const status = { token: "t", expirationTimestamp: expires };
        await Deno.writeTextFile(file, JSON.stringify({ status }));
        const config = await read();
        (config.user.exec as { args: string[] }).args.push(file);
        for (let login = 0; login < 2; login++) await readCredentials(config);
        assert.equal((await Deno.readTextFile(`${file}.calls`)).length, calls);
      },
    ));
}

const FAILURES: readonly (readonly [what: string, fields: Fields, error: RegExp])[] = [
  ["fails", { args: ["-c", "echo no luck >&2; exit 3"] }, /"sh": no luck$/],
  [
    "complains at length",
    { args: ["-c", "printf 'a\\033%01000d' 0 >&2; exit 3"] },
    new RegExp(
      String.raw`"sh": a\\u001b0{498}\.\.\. \(1002 characters\)$`,
    ),
  ],
  ["fails silently", { args: ["-c", "exit 3"] }, /"sh": it fails without a word$/],
  ["is missing", { command: "no-such-program" }, /no-such-program/],
  ["has no name", { command: undefined }, /has no command/],
  ["writes without end", { command: "yes", args: [] }, /"yes": it writes over 1048576 bytes$/],
  ["complains without end", { args: ["-c", "yes >&2"] }, /"sh": it writes over 1048576 bytes$/],
  ["gives nothing", { args: ["-c", "true"] }, /gives no ExecCredential with a status$/],
  ["gives something else", { args: ["-c", "echo 1"] }, /gives no ExecCredential with a status$/],
];

for (const [what, fields, error] of FAILURES) {
  Deno.test(`an exec plugin that ${what} is an error`, () =>
    withConfig(exec("", fields), async (read) => {
      await assert.rejects(readCredentials(await read()), error);
    }));
}
