/** Requests from within a network namespace. @module */
import { tryRun } from "./run.ts";

export interface Answer {
  /** 0 if there is no answer. */
  readonly status: number;
  readonly text: string;
}

/** GET by curl(1), which neither reads ~/.curlrc nor asks a proxy. */
export async function get(netns: string, url: string): Promise<Answer> {
  const curl = ["curl", "-q", "--noproxy", "*", "-s", "-m", "5", "-w", "\n%{http_code}", url];
  const { stdout } = await tryRun("ip", ["netns", "exec", netns, ...curl]);
  const lines = stdout.split("\n");
  return { status: Number(lines.pop()), text: lines.join("\n") };
}
