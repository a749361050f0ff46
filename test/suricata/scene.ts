/** Pods with a web server, and a private host with systemd on which Suricata is installed, at the same switch. @module */
import assert from "node:assert/strict";
import { join } from "node:path";
import { SystemdHost } from "../binary/systemd.ts";
import { podObject } from "../lab/agent.ts";
import { Lab } from "../lab/lab.ts";
import { eventually } from "../lab/ovs.ts";
import { ROOT } from "../lab/paths.ts";
import type { TestPod } from "../lab/pod.ts";
import { run, spawnIn, tryRun } from "../lab/run.ts";
import { suricataFolder } from "./program.ts";

/** A line of eve.json, as far as tests look at it: "Eve JSON Format" in Suricata's user guide. */
export interface Event {
  readonly event_type: string;
  readonly src_ip: string;
  readonly alert?: { readonly action: string; readonly signature_id: number };
  readonly http?: { readonly url: string };
}

/** What became of a request: its HTTP status, or that no answer came in a second. */
export type Answered = number | "no answer";

/** Exit code of curl(1): the time is over. */
const TIMED_OUT = 28;
/** The status of a page that is there: RFC 9110 section 15.3.1. */
const OK = 200;
export const FAMILIES = [4, 6] as const;

/** Runs the server program in a Pod, until this process ends or the Pod is removed. */
export async function serve(pod: TestPod): Promise<Deno.ChildProcess> {
  const program = join(import.meta.dirname!, "server_program.ts");
  const command = [Deno.execPath(), "run", "-A", "--quiet", "--no-check", program];
  const child = spawnIn(pod.netns, command, { stderr: "null" });
  const listening = async () => /:80 .*:7 |:7 .*:80 /s.test(await pod.exec("ss", "-Hltn"));
  await eventually("a web server", listening);
  return child;
}

/** Asks the web server of a Pod, over a new connection. */
export async function ask(from: TestPod, to: TestPod, page: string): Promise<Answered[]> {
  return await Promise.all(FAMILIES.map(async (version) => {
    const host = version === 4 ? to.ip(4) : `[${to.ip(6)}]`;
    const curl = ["curl", "-q", "--noproxy", "*", "-g", "-s", "-m", "1", "-o", "/dev/null"];
    const url = ["-w", "%{http_code}", `http://${host}${page}`];
    const command = ["netns", "exec", from.netns, ...curl, ...url];
    const { code, stdout } = await tryRun("ip", command);
    if (code !== 0 && code !== TIMED_OUT) {
      throw new Error(`Cannot ask ${host}: curl ends with ${code}`);
    }
    return code === 0 ? Number(stdout) : "no answer";
  }));
}

/**
 * Asks a Pod for a page again and again until a mirror's sensor has told what `told` returns: for a moment after it has
 * opened its socket, Suricata discards packets, until all its threads have one (AFPSynchronizeStart in its sources).
 */
export async function askUntil<T>(
  asks: () => Promise<Answered[]>,
  told: () => T | false | Promise<T | false>,
): Promise<T> {
  return await eventually("what a sensor tells", async () => {
    assert.deepEqual(await asks(), FAMILIES.map(() => OK), "a mirror changes nothing");
    return await told();
  });
}

/** Waits until a packet socket is at a device. */
export async function listens(netns: string, device: string): Promise<void> {
  const sockets = () => run("ip", ["netns", "exec", netns, "ss", "-0", "-n"]);
  await eventually(`Suricata at ${device}`, async () => (await sockets()).includes(`:${device} `));
}

export class SuricataScene implements AsyncDisposable {
  private constructor(
    readonly lab: Lab,
    readonly host: SystemdHost,
    readonly servers: readonly Deno.ChildProcess[],
  ) {}

  static async start(): Promise<SuricataScene> {
    const folder = suricataFolder();
    const lab = await Lab.start(3);
    try {
      const [db, shop] = lab.pods as [TestPod, TestPod];
      await lab.agent.write(
        "pods.yaml",
        podObject(db, { app: "db" }),
        podObject(shop, {}, { namespace: "prod" }),
      );
      const servers = await Promise.all([serve(db), serve(shop)]);
      await run("cp", ["-a", folder, join(lab.ovs.dir, "packages")]);
      const host = await SystemdHost.boot(lab.ovs);
      const scene = new SuricataScene(lab, host, servers);
      await scene.run(INSTALL);
      return scene;
    } catch (error) {
      await lab[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** The Pod with the label `app: db`, the one in the Namespace `prod`, and one that nothing selects. */
  get pods(): { readonly db: TestPod; readonly shop: TestPod; readonly client: TestPod } {
    const [db, shop, client] = this.lab.pods as [TestPod, TestPod, TestPod];
    return { db, shop, client };
  }

  /** Runs a command on the host, in the folder of the project. @returns What it has written to stdout. */
  async run(command: string): Promise<string> {
    return await this.host.run("sh", "-ec", `cd '${ROOT}'; ${command}`);
  }

  /** What Suricata has told of an event so far. @param service The name of its service. */
  async events(service: "ids" | "ips", type: string): Promise<Event[]> {
    const { stdout } = await this.host.try("cat", `/var/log/suricata/${service}/eve.json`);
    const events: Event[] = stdout.split("\n").slice(0, -1).map((line) => JSON.parse(line));
    return events.filter(({ event_type }) => event_type === type);
  }

  /** Ends the process of a service without a chance for it to clean up. */
  async kill(service: string): Promise<void> {
    await this.run(`kill -KILL $(systemctl show --property=MainPID --value ${service})`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.host[Symbol.asyncDispose]();
    for (const server of this.servers) {
      server.kill("SIGKILL");
      await server.status;
    }
    await this.lab[Symbol.asyncDispose]();
  }
}

/** What `apt-get install suricata` does, without a service; and the folder that the agent reads. */
const INSTALL = `
  for folder in /run/openvswitch/packages/*; do cp -a "$folder/." "/\${folder##*/}/"; done
  mkdir -p /etc/sluice /var/log/suricata
  ln -s /run/openvswitch/manifests /etc/sluice/manifests`;
