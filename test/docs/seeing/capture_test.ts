/** The commands of docs/seeing.md about captures do what the page shows. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { app, internal, podObject, PROGRAM, trafficControl } from "../../lab/agent.ts";
import { Lab } from "../../lab/lab.ts";
import { ROOT } from "../../lab/paths.ts";
import type { TestPod } from "../../lab/pod.ts";
import { readPcapng } from "../../lab/pcapng.ts";
import { tryRun } from "../../lab/run.ts";
import { send } from "../../lab/traffic.ts";
import { commandsOf } from "../pages.ts";

const PAGE = "docs/seeing.md";
const SECTION = "Packets on your own screen: sluice capture";
/** A test has neither a screen nor a cluster: the same program reads the pipe, and the command runs on the node. */
const HERE = [["wireshark -k -i -", "tshark -l -r -"], [/^kubectl exec .* -- /, ""]] as const;

async function shown(): Promise<string> {
  const page = await Deno.readTextFile(join(ROOT, PAGE));
  const text = page.split(/^## /m).find((part) => part.startsWith(`${SECTION}\n`))!;
  const blocks = [...text.matchAll(/^```(\w*)\n([^]*?)^```/gm)];
  return blocks.find(([, language]) => language === "")![2]!;
}

Deno.test("the commands of docs/seeing.md capture packets, as the page shows them", async () => {
  await using lab = await Lab.start(2);
  const { agent, ovs } = lab;
  const [web, peer] = lab.pods as [TestPod, TestPod];
  await agent.write("pods.yaml", podObject(web, { app: "web" }), podObject(peer, {}));
  const mirror = { direction: "Both", action: "Mirror", targetPort: internal("tap0") };
  await agent.write(
    "tc.yaml",
    trafficControl("mirror-web-app", { appliedTo: app("web"), ...mirror }),
  );
  await agent.realized("mirror-web-app");
  const stop = new AbortController();
  using _stop = { [Symbol.dispose]: () => stop.abort() };
  const traffic = send({ from: web, to: peer, count: 1e6, rate: 100, signal: stop.signal });
  const said: string[] = [];
  for (const written of await commandsOf(PAGE, SECTION)) {
    const command = HERE.reduce((text, [from, to]) => text.replace(from, to), written);
    const script = `cd ${ovs.dir}; sluice() { ${PROGRAM.join(" ")} "$@"; }; ${command}`;
    const { code, stdout, stderr } = await tryRun("ip", [
      "netns",
      "exec",
      ovs.netns,
      "sh",
      "-c",
      script,
    ]); // deno-fmt-ignore
    assert.equal(code, 0, `${command}: ${stderr}`);
    said.push(stdout || stderr);
  }
  stop.abort();
  await traffic;
  const [captured, fields, wireshark, copied] = said;
  assert.equal(captured! + fields!, await shown());
  assert.match(wireshark!, /10\.9\.0\.1 .* 10\.9\.0\.2 /);
  assert.match(copied!, /^Kept \d+ packets, left out 0: its time is over\n$/);
  const there = readPcapng(await Deno.readFile(`${ovs.dir}/there.pcapng`));
  assert.ok(there.packets.length > 0);
});
