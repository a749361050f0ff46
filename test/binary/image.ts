/** Builds the image of deploy/Containerfile, and runs it in namespaces, without a container engine. @module */
import assert from "node:assert/strict";
import { join } from "node:path";
import { DEPLOY, ROOT } from "../lab/paths.ts";
import { type Ran, run, spawnIn, tryRun } from "../lab/run.ts";

const CONTAINERFILE = join(DEPLOY, "Containerfile");

/** How the Containerfile wants the image to be run. */
export interface ImageConfig {
  readonly env: Readonly<Record<string, string>>;
  readonly user: string;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
}

/** The only capability that is left, because chroot(8) needs it: in the syntax of setpriv(1). */
const CAPABILITIES = "-all,+sys_chroot";

/**
 * A shell script that does what a container engine does with `--read-only --cap-drop ALL --network host`. Only the
 * folders of the switch and of the state can be written.
 */
const RUN = `set -e
mount --make-rprivate /
mount --bind "$IMAGE" "$IMAGE"
cd "$IMAGE"
mount -t proc proc proc
mount -t sysfs -o ro sysfs sys
mount -t tmpfs tmpfs dev
for device in null zero urandom; do touch "dev/$device"; mount --bind "/dev/$device" "dev/$device"; done
[ -z "$OVS_RUNDIR" ] || mount --bind "$OVS_RUNDIR" run/openvswitch
[ -z "$CONFIGURATION" ] || mount --bind -o ro "$CONFIGURATION" etc/sluice
[ -z "$STATE" ] || mount --bind "$STATE" var/lib/sluice
mount -o remount,ro,bind "$IMAGE"
exec env -i $ENVIRONMENT /usr/bin/setpriv --pdeathsig KILL --reuid "\${RUN_AS%:*}" --regid "\${RUN_AS#*:}" --clear-groups --no-new-privs \\
  --inh-caps ${CAPABILITIES} --ambient-caps ${CAPABILITIES} --bounding-set ${CAPABILITIES} /usr/sbin/chroot . "$@"
`;

export interface ContainerOptions {
  /** User and group, `UID:GID`; if absent, those of the image. */
  readonly user?: string;
  /** Name of the network namespace. */
  readonly netns?: string;
  /** Folder that is mounted at /run/openvswitch. */
  readonly ovsRunDir?: string;
  /** Folder that is mounted at /etc/sluice, read-only. */
  readonly configuration?: string;
  /** Folder that is mounted at /var/lib/sluice. */
  readonly state?: string;
}

/** The unpacked image in a folder. */
export class Image implements AsyncDisposable {
  private constructor(readonly root: string, readonly config: ImageConfig) {}

  /** Builds the image. @throws {AssertionError} If the Containerfile has an instruction that is not known here. */
  static async build(): Promise<Image> {
    const root = await Deno.makeTempDir({ dir: "/var/tmp", prefix: "slimage" });
    await Deno.chmod(root, 0o755);
    const instructions = parse(await Deno.readTextFile(CONTAINERFILE));
    const config = {
      env: {} as Record<string, string>,
      user: "0:0",
      entrypoint: [""],
      command: [""],
    };
    for (const { name, argument } of instructions) {
      if (name === "RUN") {
        await run("sh", ["-ec", RUNS[argument] ?? assert.fail(argument), "sh", ROOT, root]);
      } else if (name === "ENV") {
        const [key, value] = argument.split("=") as [string, string];
        config.env[key] = value;
      } else if (name === "USER") config.user = argument;
      else if (name === "ENTRYPOINT") config.entrypoint = JSON.parse(argument);
      else if (name === "CMD") config.command = JSON.parse(argument);
      else assert.ok(KNOWN.includes(`${name} ${argument}`), `${name} ${argument}`);
    }
    return new Image(root, config);
  }

  /** Runs a container to its end. */
  run(args: readonly string[], options: ContainerOptions = {}): Promise<Ran> {
    const { netns } = options;
    const inside = netns === undefined ? [] : ["ip", "netns", "exec", netns];
    const [program, ...more] = [...inside, ...this.#command(args, options)];
    return tryRun(program!, more);
  }

  /** Runs another program of the image than the entry point, as `kubectl exec` does: a container engine gives it a PATH. */
  exec(program: string, args: readonly string[], options: ContainerOptions = {}): Promise<Ran> {
    const image = new Image(this.root, { ...this.config, entrypoint: [program] });
    return image.run(args, options);
  }

  /** Starts a container that keeps running. */
  start(args: readonly string[], options: ContainerOptions & { readonly netns: string }) {
    return spawnIn(options.netns, this.#command(args, options), { stderr: "null" });
  }

  #command(args: readonly string[], options: ContainerOptions): string[] {
    const { user = this.config.user, ovsRunDir = "", configuration = "", state = "" } = options;
    const environment = Object.entries(this.config.env).map(([key, value]) => `${key}=${value}`);
    const variables = {
      IMAGE: this.root,
      RUN_AS: user,
      OVS_RUNDIR: ovsRunDir,
      CONFIGURATION: configuration,
      STATE: state,
      ENVIRONMENT: environment.join(" "),
    };
    return [
      "env",
      ...Object.entries(variables).map(([key, value]) => `${key}=${value}`),
      ...["unshare", "--mount", "--pid", "--ipc", "--fork", "--kill-child"],
      ...["sh", "-c", RUN, "sh", ...this.config.entrypoint],
      ...(args.length === 0 ? this.config.command : args),
    ]; // deno-fmt-ignore
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.root, { recursive: true });
  }
}

/** How the commands of RUN are run here: `$1` is the folder of the sources, `$2` that of the image. */
const RUNS: Readonly<Record<string, string>> = {
  '/source/scripts/_base "$BASE" "$RELEASE"':
    '"$1/scripts/_base" docker.io/library/debian:12-slim false',
  "/source/scripts/rootfs /image": '"$1/scripts/rootfs" "$2"',
};

/** Instructions that need no work here: scripts/rootfs does what they say. */
const KNOWN = [
  "ARG BASE=docker.io/library/debian:12-slim",
  "FROM ${BASE} AS build",
  "ARG BASE",
  "ARG RELEASE=false",
  "COPY . /source",
  "FROM scratch",
  "COPY --from=build /image /",
];

function parse(text: string): { name: string; argument: string }[] {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return lines.map((line) => {
    const [, name, argument] = /^([A-Z]+) (.*)$/.exec(line)!;
    return { name: name!, argument: argument! };
  });
}
