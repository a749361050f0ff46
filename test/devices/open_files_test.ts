/** An agent that cannot open a file, as it has as many open as it may, takes no device for missing. */
import assert from "node:assert/strict";
import { flowAges } from "../lab/lab.ts";
import { eventually } from "../lab/ovs.ts";
import { run } from "../lab/run.ts";
import { DeviceBench } from "./bench.ts";

/** The files that every process has open. */
const STANDARD_FILES = 3;

Deno.test("a device that cannot be read, as the process has no free file, is not missing: its port and its flows stay", async () => {
  await using bench = await DeviceBench.start();
  await bench.works();
  const { agent, ovs } = bench.lab;
  const before = await flowAges(ovs);
  const allowFiles = (count: number) =>
    run("prlimit", [`--pid=${agent.pid}`, `--nofile=${count}:1024`]);
  await allowFiles(STANDARD_FILES);
  await ovs.vsctl("set", "interface", "mir", "external_ids:seen=1"); // so that the port is judged
  const failed = /Round failed .*Cannot read device \\"\w+\\".*Too many open files/;
  await eventually("a line of the log", () => agent.log.find((line) => failed.test(line)));
  await allowFiles(1024);
  await bench.works();
  assert.deepEqual(agent.log.filter((line) => /Port removed|DeviceMissing/.test(line)), []);
  const after = await flowAges(ovs);
  for (const [flow, { duration }] of before) {
    if (flow.includes("cookie=0x51ce0001")) continue; // learned
    assert.ok((after.get(flow)?.duration ?? -1) >= duration, `written again: ${flow}`);
  }
});
