/**
 * A private host for tests: systemd runs as the first process in its own namespaces, on a copy of this system. The copy
 * is thrown away at the end.
 * @module
 */
import { join } from "node:path";
import { eventually, type PrivateOvs } from "../lab/ovs.ts";
import { ROOT } from "../lab/paths.ts";
import { type Ran, run, type RunOptions, spawnIn, tryRun } from "../lab/run.ts";

/** In place of the distribution's, so that nothing of the host's own is started. */
const UNIT_PATH = "/etc/systemd/system:/run/systemd/system:/usr/local/lib/systemd/system";
/** Folders that are empty on the private host: they may have enabled units, or binaries that were unpacked. */
const EMPTY = ["etc/systemd/system", "root", "var/cache"];
const TARGETS = ["sysinit.target", "basic.target", "multi-user.target", "shutdown.target"];
/** Milliseconds. */
const BOOT_TIMEOUT = 30_000;

/**
 * A shell script that makes the private host. All changes of its files go to a file system in memory, which it sees at
 * /run/changes. If Sluice is installed on the machine, neither it nor the state of its agents is on this host.
 */
const BOOT = `set -e
mount --make-rprivate /
mount -t tmpfs none "$HOST"
mkdir "$HOST/changes" "$HOST/work" "$HOST/root"
mount -t overlay -o "lowerdir=/,upperdir=$HOST/changes,workdir=$HOST/work" overlay "$HOST/root"
cd "$HOST/root"
"$PROJECT/scripts/uninstall" --root "$HOST/root" || true
rm -rf var/lib/sluice etc/sluice usr/local/lib/systemd
mount -t proc proc proc
mount -t sysfs sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount --rbind /dev dev
mount -t tmpfs none run
for folder in $EMPTY; do mount -t tmpfs none "$folder"; done
mkdir -p run/changes run/openvswitch run/systemd/system
mount --bind "$HOST/changes" run/changes
mount --bind "$OVS_RUNDIR" run/openvswitch
mount --rbind "$PROJECT" "$HOST/root$PROJECT"
for target in $TARGETS; do printf '[Unit]\\nDefaultDependencies=no\\n' >"run/systemd/system/$target"; done
mkdir -p run/old
pivot_root . run/old
umount -l run/old
exec env -i PATH="$PATH" SYSTEMD_UNIT_PATH="$SYSTEMD_UNIT_PATH" container=other \\
  /lib/systemd/systemd --system --unit=multi-user.target
`;

/** A shell script that makes a control group. The private host sees it as the root of all control groups. */
const GROUP = `set -e
mount --make-rprivate /
mkdir "$HOST"
mount -t cgroup2 cgroup2 "$HOST"
mkdir -p "$HOST/$GROUP"
echo $$ >"$HOST/$GROUP/cgroup.procs"
umount "$HOST"
exec unshare --mount --cgroup --pid --ipc --uts --fork --kill-child sh -c "$BOOT"
`;

const REMOVE_GROUP = `mount -t cgroup2 cgroup2 "$HOST"
find "$HOST/$GROUP" -depth -type d -exec rmdir {} +`;

/** A running private host. */
export class SystemdHost implements AsyncDisposable {
  private constructor(
    readonly ovs: PrivateOvs,
    readonly child: Deno.ChildProcess,
    readonly pid: string,
  ) {}

  /** Boots a host in the switch's network namespace, with the switch's folder at /run/openvswitch. */
  static async boot(ovs: PrivateOvs): Promise<SystemdHost> {
    const child = spawnIn(ovs.netns, ["unshare", "--mount", "sh", "-c", GROUP], {
      env: {
        ...environment(ovs),
        PROJECT: ROOT,
        TARGETS: TARGETS.join(" "),
        EMPTY: EMPTY.join(" "),
        SYSTEMD_UNIT_PATH: UNIT_PATH,
        BOOT,
      },
      stderr: "null",
    });
    try {
      const pid = await eventually("systemd", () => firstChild(child.pid), BOOT_TIMEOUT);
      const host = new SystemdHost(ovs, child, pid);
      await eventually(
        "a host that has booted",
        async () => (await host.try("systemctl", "is-active", "multi-user.target")).code === 0,
        BOOT_TIMEOUT,
      );
      return host;
    } catch (error) {
      child.kill("SIGKILL");
      await child.status;
      throw error;
    }
  }

  /** Runs a command on this host, and returns whatever its exit code is. */
  try(command: string, ...args: string[]): Promise<Ran> {
    return tryRun("nsenter", this.#inside([command, ...args]), OPTIONS);
  }
  /** Runs a command on this host. @returns What it has written to stdout. @throws {Error} If it fails. */
  run(command: string, ...args: string[]): Promise<string> {
    return run("nsenter", this.#inside([command, ...args]), OPTIONS);
  }
  /** Replaces a file on this host. */
  async write(path: string, text: string): Promise<void> {
    const command = ["sh", "-c", 'cat >"$0.new" && mv "$0.new" "$0"', path];
    await run("nsenter", this.#inside(command), { ...OPTIONS, stdin: text });
  }

  #inside(command: readonly string[]): string[] {
    const namespaces = ["--mount", "--net", "--pid", "--cgroup", "--ipc", "--uts"];
    return ["--target", this.pid, ...namespaces, "--", ...command];
  }

  /** Paths of all changed files, and of all folders that this machine does not have. */
  async changes(): Promise<string[]> {
    const roots = ["/run/changes", ...EMPTY.map((path) => `/${path}`)];
    const listed = await this.run("find", ...roots, "-mindepth", "1", "-printf", "%y %p\n");
    const found = listed.trim().split("\n").map((line) => line.replace("/run/changes", ""));
    const folders = await Promise.all(found.map(async (line) => {
      const [type, path] = [line.slice(0, 1), line.slice(2)];
      return type === "d" && await Deno.stat(path).then(() => true, () => false);
    }));
    return found.filter((_, index) => !folders[index]).sort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill("SIGKILL");
    await this.child.status;
    await eventually("its end", () =>
      run("unshare", ["--mount", "sh", "-c", REMOVE_GROUP], {
        env: environment(this.ovs),
      }).then(() => true, () => false));
  }
}

const OPTIONS: RunOptions = { env: { SYSTEMD_UNIT_PATH: UNIT_PATH, SYSTEMD_PAGER: "" } };

const environment = ({ dir, netns }: PrivateOvs) => ({
  OVS_RUNDIR: dir,
  HOST: join(dir, "host"),
  GROUP: netns,
});

/** The process id of systemd, once it is the first child of this process: proc(5), `task/TID/children`. */
async function firstChild(pid: number): Promise<string | undefined> {
  const path = `/proc/${pid}/task/${pid}/children`;
  const children = (await Deno.readTextFile(path).catch(() => "")).trim().split(" ");
  const [child] = children.filter((each) => each !== "");
  const name = child && await Deno.readTextFile(`/proc/${child}/comm`).catch(() => "");
  return name?.trim() === "systemd" ? child : undefined;
}
