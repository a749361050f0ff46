/** What the tests of the page look at: a node with mirrors, a redirect whose sensor is dead, and what is wrong. @module */
import { app, internal, podObject, trafficControl } from "../lab/agent.ts";
import { type Browser, Tab } from "../lab/browser.ts";
import { Lab } from "../lab/lab.ts";
import type { TestPod } from "../lab/pod.ts";
import { send } from "../lab/traffic.ts";

export const ORIGIN = "http://127.0.0.1:10360";

export const mirror = (name: string, label: string, targetPort: object) =>
  trafficControl(name, {
    appliedTo: app(label),
    direction: "Both",
    action: "Mirror",
    targetPort,
  }); // deno-fmt-ignore

const LABELS = ["web", "database", "web", "batch"] as const;
/** Frames that one Pod sends to another, and how many of them in a second. */
const [FRAMES, RATE] = [300, 150];

export class Scene implements AsyncDisposable {
  private constructor(readonly lab: Lab) {}

  static async start(): Promise<Scene> {
    const lab = await Lab.start(LABELS.length);
    const { agent, pods } = lab;
    for (const [index, pod] of pods.entries()) {
      await agent.write(`${pod.name}.yaml`, podObject(pod, { app: LABELS[index]! }));
    }
    await agent.write("web.yaml", mirror("mirror-web", "web", internal("tap0")));
    await agent.write(
      "missing.yaml",
      mirror("mirror-batch", "batch", { device: { name: "ids0" } }),
    );
    const redirect = trafficControl("inspect-database", {
      appliedTo: app("database"),
      direction: "Both",
      action: "Redirect",
      targetPort: internal("ips0"),
      returnPort: internal("ips1"),
      failureMode: "Open",
    });
    await agent.write("database.yaml", redirect);
    await agent.settled("the scene", ({ trafficControls }) => {
      const reasons = trafficControls.flatMap(({ conditions }) =>
        conditions.map(({ reason }) => reason)
      );
      return trafficControls.length === 3 && reasons.includes("DeviceMissing") &&
        reasons.includes("SensorDown");
    }).catch((error) => {
      // Without the missing device the agent is not ready: what was waited for is there all the same
      if (!/DeviceMissing/.test(String(error)) || !/SensorDown/.test(String(error))) throw error;
    });
    return new Scene(lab);
  }

  /** Frames between the Pods that are mirrored and redirected. */
  async traffic(): Promise<void> {
    const [p1, p2] = this.lab.pods as [TestPod, TestPod];
    await send({ from: p1, to: p2, count: FRAMES, rate: RATE });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.lab[Symbol.asyncDispose]();
  }
}

/** Opens the page of the agent, and waits until it shows a table. */
export async function openPage(browser: Browser, width?: number): Promise<Tab> {
  const tab = await browser.open(width);
  await tab.page.goto(`${ORIGIN}/`);
  await tab.until("document.querySelector('[role=grid]') !== null");
  return tab;
}
