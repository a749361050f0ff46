/**
 * Runs a process as a kubelet runs a Pod's container, without an image. It has the Pod's root file system, volumes,
 * user, capabilities, environment and arguments, but neither seccomp nor cgroups.
 * @module
 */
import { join } from "node:path";
import { ROOT } from "../lab/paths.ts";
import { run } from "../lab/run.ts";

/** What an image of the program from source would hold: read-only, at the paths that they have here. */
const IMAGE = ["/usr", "/bin", "/lib", "/lib64", "/dev", "/proc", "/sys"];
/** Folder with a ServiceAccount's token: Kubernetes documentation, "Managing Service Accounts". */
const CREDENTIALS = "/var/run/secrets/kubernetes.io/serviceaccount";

// deno-lint-ignore no-explicit-any -- objects of Kubernetes
export type Object = any;

/** What the node and the cluster give to the container. */
export interface Surroundings {
  /** An empty folder, in which volumes are made. */
  readonly folder: string;
  /** For each `hostPath`, the folder that is mounted in its place. */
  readonly hostPaths: Readonly<Record<string, string>>;
  readonly configMaps: readonly Object[];
  /** Values of `fieldRef`, by path. */
  readonly fields: Readonly<Record<string, string>>;
  readonly serviceAccount: { readonly token: string; readonly caFile: string };
  /** Port of the API server at 127.0.0.1. */
  readonly port: number;
  /** What the image has beside the programs of this machine. */
  readonly image?: {
    readonly folder: string;
    readonly environment: Readonly<Record<string, string>>;
  };
}

interface Mount {
  readonly from: string;
  readonly to: string;
  readonly readOnly?: boolean;
}

/**
 * A shell script. Its arguments are the folder of the root file system, three words for each mount (from, to, `ro` or
 * `rw`), `--`, and the program.
 */
const ENTER = `
  root=$1; shift
  mount --make-rprivate /
  mkdir -p "$root"
  mount -t tmpfs -o mode=755 container "$root"
  while [ "$1" != -- ]; do
    mkdir -p "$root$2"
    mount --bind "$1" "$root$2"
    [ "$3" = rw ] || mount -o remount,bind,ro "$root$2"
    shift 3
  done
  shift
  [ "$READ_ONLY_ROOT" = false ] || mount -o remount,ro "$root"
  exec chroot "$root" "$@"`;

/**
 * The command line of the container's process. It has to run as root; its mounts end with it.
 *
 * @param spec The `spec` of a Pod with one container.
 * @param program The program and its arguments, in place of an image's entry point.
 */
export async function containerCommand(
  spec: Object,
  program: readonly string[],
  around: Surroundings,
): Promise<string[]> {
  const [container] = spec.containers;
  const { image } = around;
  const programs = [join(program[0]!, ".."), ...(image ? [image.folder] : [])];
  const mounts = [...await imageMounts(programs), ...await volumeMounts(spec, around)];
  const env = {
    ...await imageEnvironment(),
    ...image?.environment,
    ...environment(container, around),
  };
  return [
    "unshare",
    "--mount",
    "env",
    `READ_ONLY_ROOT=${container.securityContext.readOnlyRootFilesystem}`,
    "sh",
    "-ec",
    ENTER,
    "enter",
    join(around.folder, "root"),
    ...mounts.flatMap(({ from, to, readOnly }) => [from, to, readOnly ? "ro" : "rw"]),
    "--",
    ...privileges(container.securityContext),
    "env",
    "--ignore-environment",
    ...Object.entries(env).map(([name, value]) => `${name}=${value}`),
    ...program,
    ...container.args,
  ];
}

async function denoDirectory(): Promise<string> {
  return JSON.parse(await run(Deno.execPath(), ["info", "--json"])).denoDir;
}

async function imageMounts(programs: readonly string[]): Promise<Mount[]> {
  const folders = [...IMAGE, ROOT, ...programs, await denoDirectory()];
  return folders.map((folder) => ({ from: folder, to: folder, readOnly: true }));
}

async function imageEnvironment(): Promise<Readonly<Record<string, string>>> {
  return { PATH: "/usr/bin:/bin", DENO_DIR: await denoDirectory(), DENO_NO_UPDATE_CHECK: "1" };
}

function environment(container: Object, { fields, port }: Surroundings) {
  const env: Record<string, string> = {
    KUBERNETES_SERVICE_HOST: "127.0.0.1",
    KUBERNETES_SERVICE_PORT: `${port}`,
  };
  for (const { name, value, valueFrom } of container.env ?? []) {
    const text: string | undefined = value ?? fields[valueFrom.fieldRef.fieldPath];
    if (text === undefined) throw new Error(`Cannot set "${name}": no such field`);
    env[name] = text.replaceAll(/\$\((\w+)\)/g, (_, other) => env[other]!);
  }
  return env;
}

async function volumeMounts(spec: Object, around: Surroundings): Promise<Mount[]> {
  const [container] = spec.containers;
  const credentials = join(around.folder, "credentials");
  const { token, caFile } = around.serviceAccount;
  await writeFiles(credentials, { token, "ca.crt": await Deno.readTextFile(caFile) });
  const mounts: Mount[] = [{ from: credentials, to: CREDENTIALS, readOnly: true }];
  for (const { name, mountPath, readOnly = false } of container.volumeMounts) {
    const volume = spec.volumes.find((each: Object) => each.name === name);
    const from = await volumeFolder(volume, around);
    mounts.push({ from, to: mountPath, readOnly: readOnly || volume.configMap !== undefined });
  }
  return mounts;
}

async function volumeFolder(volume: Object, around: Surroundings): Promise<string> {
  if (volume.hostPath) {
    const folder = around.hostPaths[volume.hostPath.path];
    if (folder !== undefined) return folder;
    throw new Error(`Cannot mount hostPath "${volume.hostPath.path}": it is not there`);
  }
  const folder = join(around.folder, `volume-${volume.name}`);
  if (volume.emptyDir) await writeFiles(folder, {});
  else await writeFiles(folder, configMapData(volume.configMap, around));
  return folder;
}

function configMapData({ name, optional }: Object, { configMaps }: Surroundings) {
  const found = configMaps.find(({ metadata }) => metadata.name === name);
  if (!found && !optional) throw new Error(`Cannot mount ConfigMap "${name}": it is not there`);
  return found?.data ?? {};
}

async function writeFiles(folder: string, files: Readonly<Record<string, string>>) {
  await Deno.mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(join(folder, name), text);
  }
}

/** The call of setpriv(1). With an empty bounding set, root has no capability after the next exec: capabilities(7). */
function privileges({ runAsUser, allowPrivilegeEscalation, capabilities }: Object): string[] {
  const kept = (capabilities.add ?? []).map((name: string) => `,+${name.toLowerCase()}`).join("");
  const dropped = capabilities.drop.includes("ALL") ? [`--bounding-set=-all${kept}`] : [];
  return [
    "setpriv",
    "--pdeathsig=KILL",
    `--reuid=${runAsUser}`,
    "--regid=0",
    "--clear-groups",
    "--inh-caps=-all",
    ...dropped,
    ...(allowPrivilegeEscalation === false ? ["--no-new-privs"] : []),
  ];
}
