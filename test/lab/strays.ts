/**
 * Packets that Pods send beside those of a test. The switch counts them, too, so what it counted is compared with both.
 * @module
 */
import assert from "node:assert/strict";
import type { Lab } from "./lab.ts";
import type { TestPod } from "./pod.ts";
import type { Counter } from "./traffic.ts";

/** Sees what enters the switch from the Pods that a lab has now. */
export class Entrances {
  readonly #counters: readonly Counter[];

  constructor(lab: Lab) {
    this.#counters = lab.pods.map(({ name }) => lab.atDevice(name));
  }

  /** Asserts that the switch counted all packets that the test sent, and at most all others besides. */
  expectCounted(counted: number, sent: number): void {
    for (const counter of this.#counters) counter.look();
    const strays = this.#counters.reduce((sum, { strays }) => sum + strays.length, 0);
    const text = `${counted} counted, ${sent} sent by the test, ${strays} by the kernels of Pods`;
    assert.ok(counted >= sent && counted <= sent + strays, text);
  }
}

/** The Pod's kernel sends a packet that is not numbered, and does not wait long for the answer. */
export async function speak(from: TestPod, to: TestPod): Promise<void> {
  await from.exec("sh", "-c", `ping -n -q -c 1 -W 0.1 ${to.ip()} || true`);
}
