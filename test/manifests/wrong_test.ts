/** A folder of wrong manifests: what `validate` says of it, and what the agent does meanwhile. */
import assert from "node:assert/strict";
import { sentence } from "../../core/contracts/condition.ts";
import { join } from "node:path";
import { stringify } from "yaml";
import { withCures } from "../../core/cli/status.ts";
import type { State } from "../../core/report/state.ts";
import { app, internal, podObject, sluice, trafficControl } from "../lab/agent.ts";
import { Lab } from "../lab/lab.ts";
import { eventually } from "../lab/ovs.ts";
import type { TestPod } from "../lab/pod.ts";
import { expectFlow } from "../lab/traffic.ts";
import { BRIDGE, WRONG_OBJECTS, type WrongFile } from "./wrong.ts";
import { RIGHT_FILES, WRONG_FILES } from "./wrong_files.ts";
import { WRONG_PODS } from "./wrong_pods.ts";
import { WRONG_TARGETS } from "./wrong_targets.ts";

const WRONG = [...WRONG_OBJECTS, ...WRONG_PODS, ...WRONG_TARGETS, ...WRONG_FILES];
/** Milliseconds for all of them, with the start of the program. */
const SOON = 5000;

async function put(folder: string, name: string, content: WrongFile["content"]): Promise<void> {
  const path = join(folder, name);
  if (typeof content === "function") await content(path);
  else if (typeof content === "string") await Deno.writeTextFile(path, content);
  else await Deno.writeFile(path, content);
}

Deno.test("the table has each file once, and enough of them", () => {
  const names = [...WRONG.map(({ file }) => file), ...RIGHT_FILES.map(([file]) => file)];
  assert.deepEqual(names.filter((name, index) => names.indexOf(name) !== index), []);
  assert.ok(WRONG.length >= 85);
  assert.ok(WRONG.every(({ problems }) => problems.length > 0));
});

Deno.test("validate says everything that is wrong, at its line, in one run, and nothing else", async () => {
  const dir = await Deno.makeTempDir({ prefix: "sl" });
  for (const { file, content } of WRONG) await put(dir, file, content);
  for (const [file, content] of RIGHT_FILES) await put(dir, file, content);
  const start = performance.now();
  const { code, stdout, stderr } = await sluice(
    undefined,
    ...["validate", "-f", dir, "--bridge", BRIDGE],
  );
  const took = performance.now() - start;
  const expected = WRONG.flatMap(({ file, problems }) =>
    problems.map((problem) => `${dir}/${file}:${problem.replace("DIR", dir)}`)
  );
  const said = stdout.trimEnd().split("\n");
  assert.deepEqual(said.toSorted(), expected.toSorted(), stderr);
  assert.equal(code, 1);
  assert.ok(took < SOON, `${took} ms`);
  await Deno.remove(dir, { recursive: true });
});

const mirror = (name: string, targetPort: object) =>
  trafficControl(name, { appliedTo: app("web"), direction: "Both", action: "Mirror", targetPort });

/** Without the line, as a condition has it. */
const withoutLine = (problem: string) => problem.replace(/^\d+: /, "");

/** What must be shown of the file, and nothing else; in the form in which it is shown. */
function expectedOf({ file, problems, shown, agent }: WrongFile, folder: string): string[] {
  if (shown === "local") return [];
  if (shown === "refused") return problems.map(withoutLine);
  if (shown === "condition") {
    return agent?.slice() ?? problems.map((problem) => `Invalid ${withoutLine(problem)}`);
  }
  const said = agent ?? problems;
  return said.map((problem) => `${folder}/${file}:${problem.replace("DIR", folder)}`);
}

/** What is shown of the file. */
function shownOf(row: WrongFile, { state, folder }: Seen): string[] {
  const { file, content, shown } = row;
  if (shown === "local") return [];
  if (shown === "condition") {
    const name = /\n {2}name: (.*)\n/.exec(content as string)![1];
    const control = state.trafficControls.find((each) => each.name === name);
    return control?.conditions.map((each) => `${each.reason} ${sentence(each)}`) ?? [];
  }
  if (shown === "issue") {
    return state.issues.filter((issue) => issue.startsWith(`${folder}/${file}:`));
  }
  // Its name may be what is wrong with it.
  return expectedOf(row, folder).filter((message) =>
    state.issues.some((issue) => issue.endsWith(message))
  );
}

/** What is to be seen of the file and is not, and what is seen instead. */
function hidden(row: WrongFile, seen: Seen): string[] {
  const [expected, shown] = [expectedOf(row, seen.folder), shownOf(row, seen)].map((lines) =>
    JSON.stringify(lines.toSorted())
  );
  return expected === shown ? [] : [`${row.file}: ${expected} but ${shown}`];
}

interface Seen {
  readonly state: State;
  readonly folder: string;
}

Deno.test("among wrong manifests the agent does everything else, and shows what is wrong until it is mended", async (t) => {
  await using lab = await Lab.start(2);
  const { agent, ovs } = lab;
  const [p1, p2] = lab.pods as [TestPod, TestPod];
  const at2 = lab.at(p2);
  const overwrite = (name: string, content: string | Uint8Array) =>
    put(agent.manifests, name, content); // in place: no rename
  /** Each packet once at the receiver, and once at each of these. */
  const mirrored = async (...devices: string[]) => {
    const taps = devices.map((device) => lab.atDevice(device));
    await expectFlow({ from: p1, to: p2 }, [at2, ...taps].map((place) => [place, 1] as const));
  };
  const good = ["cut", "emptied", "binary", "whole"];
  const taps = good.map((_, index) => `tap${index}`);
  await agent.write("p1.yaml", podObject(p1, { app: "web" }));
  await agent.write("p2.yaml", podObject(p2, {}));
  for (const [index, name] of good.entries()) {
    await agent.write(`good-${name}.yaml`, mirror(name, internal(`tap${index}`)));
  }
  await agent.realized(...good);
  await mirrored(...taps);

  const whole = await Deno.readTextFile(join(agent.manifests, "good-cut.yaml"));
  const seen = (state: State): Seen => ({
    state,
    folder: agent.manifests,
  });
  await t.step("all that is wrong is shown", async () => {
    for (const { file, content } of WRONG) await put(agent.manifests, file, content);
    for (const [file, content] of RIGHT_FILES) await put(agent.manifests, file, content);
    await overwrite("good-cut.yaml", whole.slice(0, whole.length / 2));
    await overwrite("good-emptied.yaml", "");
    await overwrite("good-binary.yaml", new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 0]));
    await overwrite("p1.yaml", stringify(podObject(p1, { app: "no/label" })));
    let state: State | undefined;
    const missing = () => WRONG.flatMap((each) => hidden(each, seen(state!)));
    await agent.settled("everything that is wrong", (now) => {
      state = now;
      return missing().length === 0;
    }).catch((error) => assert.deepEqual(missing(), [], error.message.slice(0, 1000)));
  });
  await t.step("the last good state goes on, and its files are issues", async () => {
    const { trafficControls, issues } = await agent.settled(
      "the conditions",
      ({ trafficControls, issues }) =>
        trafficControls.some(({ name, conditions }) => name === "cut" && conditions.length > 0) &&
        issues.some((issue) => issue.includes("good-emptied")),
    );
    const cut = trafficControls.find(({ name }) => name === "cut")!;
    assert.deepEqual([cut.pods, cut.target], [["default/p1"], "tap0"]);
    assert.ok(cut.conditions.every(({ reason }) => reason === "Invalid"));
    const of = (name: string) =>
      issues.filter((issue) => issue.includes(`/good-${name}.yaml:`)).map((issue) =>
        issue.replace(/^.*\//, "")
      );
    assert.deepEqual(of("emptied"), [
      "good-emptied.yaml:1: is empty: its objects stay as they were until it is deleted",
    ]);
    assert.deepEqual(of("binary"), ["good-binary.yaml:1: is not a text file"]);
    assert.match(
      (await agent.state()).issues.join("\n"),
      /^Pod "default\/p1": .*"no\/label" is no label value/m,
    );
    await mirrored(...taps);
  });
  await t.step("a TrafficControl that comes now is realized within two seconds", async () => {
    await agent.write("later.yaml", mirror("later", internal("tap4")));
    const isRealized = async () =>
      (await agent.state()).trafficControls.some(({ name, realized }) =>
        name === "later" && realized
      );
    await eventually("that it is realized", isRealized, 2000);
    await mirrored(...taps, "tap4");
  });
  await t.step("sluice status shows each of them", async () => {
    const json: State = JSON.parse((await sluice(ovs, "status", "-o", "json")).stdout);
    const state = await agent.state();
    assert.deepEqual(WRONG.flatMap((each) => hidden(each, seen(state))), []);
    const conditionsIn = ({ trafficControls }: State) =>
      trafficControls.map(({ name, conditions }) => [name, conditions]);
    assert.deepEqual(conditionsIn(json), conditionsIn(withCures(state)), "with cures for programs");
    const { stdout } = await sluice(ovs, "status");
    const lines = new Set(stdout.split("\n"));
    const expected = [
      ...state.issues.map((issue) => `  ${issue}`),
      ...state.trafficControls.flatMap(({ name, conditions }) =>
        conditions.map((each) => `  problem: ${name}: ${each.reason}: ${sentence(each)}`)
      ),
    ];
    assert.ok(expected.length > WRONG.length / 2);
    assert.deepEqual(expected.filter((line) => !lines.has(line)), []);
  });
  await t.step(
    "on the Pod's own node, a wrong annotation is a condition of what selects it",
    async () => {
      const annotated = WRONG.filter(({ shown }) => shown === "local");
      assert.ok(annotated.length > 0);
      for (const { file, content } of annotated) {
        await put(agent.manifests, file, (content as string).replace("node9", "node1"));
      }
      const expected = annotated.flatMap(({ file, problems }) =>
        problems.map((problem) =>
          `Invalid: Pod "prod/${file.replace(".yaml", "")}": ${withoutLine(problem)}`
        )
      );
      await agent.settled("the conditions", ({ trafficControls }) => {
        const { conditions } = trafficControls.find(({ name }) => name === "whole")!;
        const said = conditions.map(({ reason, message }) => `${reason}: ${message}`);
        return expected.every((each) => said.includes(each));
      });
      const lines = new Set((await sluice(ovs, "status")).stdout.split("\n"));
      assert.deepEqual(expected.filter((each) => !lines.has(`  warning: whole: ${each}`)), []);
      await mirrored(...taps, "tap4");
      for (const { file, content } of annotated) await put(agent.manifests, file, content);
    },
  );
  await t.step("what is mended is shown no more", async () => {
    for (const [index, name] of good.entries()) {
      await agent.write(`good-${name}.yaml`, mirror(name, internal(`tap${index}`)));
    }
    await agent.write("p1.yaml", podObject(p1, { app: "web" }));
    await agent.write("direction-word.yaml", mirror("direction-word", internal("tap5")));
    await agent.settled(
      "the mended",
      ({ trafficControls, issues }) =>
        !issues.some((issue) => issue.includes("/good-")) &&
        [...good, "direction-word"].every((wanted) =>
          trafficControls.some(({ name, realized, conditions }) =>
            name === wanted && realized && conditions.length === 0
          )
        ),
    );
    await mirrored(...taps, "tap4", "tap5");
    for (const { file } of WRONG) await Deno.remove(join(agent.manifests, file));
    const { issues } = await agent.realized(...good, "later");
    assert.deepEqual(issues, []);
    await mirrored(...taps, "tap4");
  });
  await t.step(
    "an annotation that nobody reads is said, and the rest of the Pod is taken",
    async () => {
      const annotations = { "sluice.dev/port": "p1" };
      await agent.write("p1.yaml", podObject(p1, { app: "web" }, { annotations }));
      const { trafficControls } = await agent.settled(
        "a warning",
        ({ trafficControls }) =>
          trafficControls.every(({ conditions: [first] }) => first?.reason === "Invalid"),
      );
      for (const { realized, conditions } of trafficControls) {
        assert.equal(realized, true);
        assert.equal(conditions.length, 1);
        assert.match(
          conditions[0]!.message,
          /^Pod "default\/p1": .*sluice\.dev~1port: must be one of sluice\.dev\/mac, /,
        );
      }
      await mirrored(...taps, "tap4");
    },
  );
});
