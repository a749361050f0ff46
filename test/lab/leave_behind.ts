/** A process with a switch and a Pod, which prints the switch's name. `harness_test.ts` starts and kills it. @module */
import { PrivateOvs } from "./ovs.ts";
import { TestPod } from "./pod.ts";

const ovs = await PrivateOvs.start();
await TestPod.attach(ovs, "p1", { ips: ["10.9.0.1/24"] });
console.log(ovs.netns);
await new Promise((resolve) => setTimeout(resolve, 60_000));
