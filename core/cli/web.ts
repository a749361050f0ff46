/** `sluice web`: shows a cluster in a browser, on the user's machine and with the user's rights. It writes nothing. @module */
import { Command, Option } from "@commander-js/extra-typings";
import { SluiceError, TerminalError } from "../base/errors.ts";
import type { ClusterWatch, ClusterWatchOptions } from "../contracts/mod.ts";
import type { Plugins } from "../contracts/registry.ts";
import { EVENT_ROUTES, PAGE_ROUTES, serve } from "../report/http.ts";
import { LiveState } from "../report/live_state.ts";
import { isLoopbackListen } from "./local_servers.ts";
import { printLine } from "./print.ts";
import { onSignals } from "./signals.ts";

const DEFAULT_LISTEN = "127.0.0.1:10370";
const AFTER_HELP = `
It prints the address to open in a browser, with a token: other users of this machine do not have it.
It reads TrafficControls and TrafficControlNodeStatuses (get, list, watch), and writes nothing.
Ctrl-C ends it.`;

export function webCommand(plugins: Plugins) {
  return new Command("web")
    .description(
      "Show all TrafficControls of a cluster in a browser, from the reports of all nodes.",
    )
    .addOption(
      new Option("--kubeconfig <file>", "how to reach the cluster; as kubectl does if not given"),
    )
    .addOption(
      new Option("--context <name>", "context of the kubeconfig; its current one if not given"),
    )
    .option("--listen <host:port>", "a loopback address; port 0 takes a free one", DEFAULT_LISTEN)
    .addHelpText("after", AFTER_HELP)
    .action(async ({ listen, ...options }) => {
      if (!isLoopbackListen(listen)) {
        throw new TerminalError(`Cannot listen on "${listen}": only on a loopback address`);
      }
      await show(readerOf(plugins, options), listen);
    });
}

/** @throws {SluiceError} If no source knows clusters. */
function readerOf({ sources }: Plugins, options: ClusterWatchOptions): ClusterWatch {
  const source = [...sources.values()].find(({ watchCluster }) => watchCluster !== undefined);
  if (!source) throw new SluiceError("Cannot show a cluster: no source reads one");
  return source.watchCluster!(options);
}

/** Serves the page until a signal stops it. */
async function show(reader: ClusterWatch, listen: string): Promise<void> {
  const stop = new AbortController();
  const end = () => stop.abort();
  using _signals = onSignals({ SIGTERM: end, SIGINT: end });
  const live = new LiveState({
    mode: "cluster",
    read: () => Promise.resolve(reader.state()),
    changed: (signal) => reader.changed(signal),
  });
  const token = crypto.getRandomValues(new Uint8Array(TOKEN_BYTES)).toHex();
  const routes = { ...EVENT_ROUTES, ...PAGE_ROUTES };
  const server = serve({ listen, routes, access: { token }, names: [] }, { live });
  const { hostname, port } = server.address;
  const host = hostname.includes(":") ? `[${hostname}]` : hostname;
  printLine(`http://${host}:${port}/#token=${token}`);
  try {
    await reader.run(stop.signal);
  } finally {
    await server.shutdown();
  }
}

const TOKEN_BYTES = 16;
