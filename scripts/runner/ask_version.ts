/** Prints the version that a private ovs-vswitchd says it is, as the tests would start it. @module */
import { PrivateOvs } from "../../test/lab/ovs.ts";

await using ovs = await PrivateOvs.start({ datapath: "dummy", bridges: [] });
console.log(await ovs.version());
