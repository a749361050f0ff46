/** Run by `harness_test.ts`, which kills it: a switch with a Pod, whose name it prints. @module */
import { PrivateOvs } from "./ovs.ts";
import { TestPod } from "./pod.ts";

const ovs = await PrivateOvs.start();
await TestPod.attach(ovs, "p1", { ips: ["10.9.0.1/24"] });
console.log(ovs.netns);
await new Promise((resolve) => setTimeout(resolve, 60_000));
