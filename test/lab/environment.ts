/**
 * The environment of a test, the same on every machine. A process that imports this module has it, and so has each process
 * that it starts: what the user of the machine has set is gone.
 * @module
 */
import { join } from "node:path";

/** Where programs are, and what was downloaded and built before. Not TMPDIR: a socket's path has 107 bytes at most. */
const PLACES = [
  "PATH",
  "HOME",
  "XDG_CACHE_HOME",
  "DENO_DIR",
  "DENORT_BIN",
  "SLUICE_CACHE",
  "KUBEBUILDER_ASSETS",
];
/** What the tests themselves are told: docs/contributing.md. */
const OPTIONS = [
  "CI",
  "DENO_COVERAGE_DIR",
  "OVS_SCHEMA",
  "SLUICE_BINARY",
  "SLUICE_GOLDEN",
  "SLUICE_OVN",
  "SLUICE_OVS_BIN",
  "SLUICE_TEST_LOG",
  "SLUICE_TEST_SEED",
];
/** How package registries are reached, which scripts/build asks for what it does not have. */
const NETWORK =
  /^(\w+_proxy|npm_config_\w+|SSL_CERT_\w+|CURL_CA_BUNDLE|NODE_EXTRA_CA_CERTS|DENO_CERT|DENO_TLS_CA_STORE)$/i;

/** Tests connect to the machine itself only: no proxy is asked for that. */
const LOOPBACK = "127.0.0.1,::1,localhost";

/** Language, time zone and terminal of every program, the settings of git, and what Sluice does without a flag. */
const FIXED: Readonly<Record<string, string>> = {
  LC_ALL: "C.UTF-8",
  TZ: "UTC",
  TERM: "dumb",
  NO_PROXY: LOOPBACK,
  no_proxy: LOOPBACK,
  DENO_NO_UPDATE_CHECK: "1",
  // It trusts the checkout, whichever user owns it.
  GIT_CONFIG_GLOBAL: join(import.meta.dirname!, "gitconfig"),
  GIT_CONFIG_NOSYSTEM: "1",
  // An agent that a test starts without --state-dir neither reads nor writes /var/lib/sluice.
  SLUICE_STATE_DIR: "none",
};

type Variables = Readonly<Record<string, string>>;

/** @param machine What a user of a machine has set. @returns What a test sees of it. */
export function environmentOf(machine: Variables): Variables {
  const isKept = (name: string) =>
    PLACES.includes(name) || OPTIONS.includes(name) || NETWORK.test(name);
  const kept = Object.entries(machine).filter(([name]) => isKept(name));
  return { ...Object.fromEntries(kept), ...FIXED };
}

/** Some tests run a program as another user, which reads files that the test has made. */
const UMASK = 0o022;

function apply(): void {
  const [now, wanted] = [Deno.env.toObject(), environmentOf(Deno.env.toObject())];
  for (const name of Object.keys(now)) if (!(name in wanted)) Deno.env.delete(name);
  for (const [name, value] of Object.entries(wanted)) {
    if (now[name] !== value) Deno.env.set(name, value);
  }
  Deno.umask(UMASK);
}

apply();
