/** `sluice status --watch` where no terminal is: what has changed is written again, and Ctrl-C ends it. */
import assert from "node:assert/strict";
import { app, internal, podObject, PROGRAM, sluice, trafficControl } from "../lab/agent.ts";
import { Lab } from "../lab/lab.ts";
import { eventually } from "../lab/ovs.ts";
import type { TestPod } from "../lab/pod.ts";
import { parseAllDocuments } from "yaml";
import type { State } from "../../core/report/state.ts";

const mirror = (name: string) =>
  trafficControl(name, {
    appliedTo: app("web"),
    direction: "Both",
    action: "Mirror",
    targetPort: internal(`tap-${name}`),
  });

class Watching implements AsyncDisposable {
  text = "";
  readonly #child: Deno.ChildProcess;
  readonly #reading: Promise<void>;

  constructor({ ovs }: Lab, ...args: readonly string[]) {
    const command = [...PROGRAM, "status", "--watch", ...args];
    this.#child = new Deno.Command("ip", {
      args: ["netns", "exec", ovs.netns, "setpriv", "--pdeathsig", "KILL", ...command],
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    this.#reading = this.#read();
  }
  async #read(): Promise<void> {
    for await (const part of this.#child.stdout.pipeThrough(new TextDecoderStream())) {
      this.text += part;
    }
  }
  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGTERM");
    assert.equal((await this.#child.status).code, 0);
    await this.#reading;
  }
}

const namesIn = ({ trafficControls }: State) => trafficControls.map(({ name }) => name).join();

Deno.test("a change is written again: a line of JSON, a document of YAML, a text without escape sequences", async () => {
  await using lab = await Lab.start(2);
  const { agent, ovs } = lab;
  const [web, peer] = lab.pods as [TestPod, TestPod];
  await agent.write("pods.yaml", podObject(web, { app: "web" }), podObject(peer, {}));
  await agent.write("tc.yaml", mirror("a"));
  await agent.realized("a");
  const json = new Watching(lab, "-o", "json");
  const yaml = new Watching(lab, "-o", "yaml");
  const text = new Watching(lab);
  {
    await using _json = json;
    await using _yaml = yaml;
    await using _text = text;
    const all = [json, yaml, text];
    await eventually("the first state", () => all.every((each) => each.text !== ""), 30_000);
    await agent.write("tc.yaml", mirror("a"), mirror("b"));
    await agent.realized("a", "b");
    const isThere = () => all.every((each) => each.text.includes("tap-b"));
    await eventually("the change", isThere, 30_000);
  }
  const lines = json.text.trim().split("\n").map((line): State => JSON.parse(line));
  assert.deepEqual([lines[0], lines.at(-1)].map((each) => namesIn(each!)), ["a", "a,b"]);
  const documents = parseAllDocuments(yaml.text) as { toJS(): State }[];
  assert.equal(namesIn(documents.at(-1)!.toJS()), "a,b");
  assert.match(text.text, /^b +Mirror /m);
  assert.ok(!text.text.includes("\x1b"));
  const { stdout } = await sluice(ovs, "status", "-o", "json");
  assert.ok(stdout.includes("\n  "), "without --watch it is indented");
});
