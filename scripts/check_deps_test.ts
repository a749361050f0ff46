import assert from "node:assert/strict";
import { violations } from "./check_deps.ts";

Deno.test.each([
  ["targets/vxlan.ts", "core/api.ts", true],
  ["targets/vxlan.ts", "core/openflow/mod.ts", false],
  ["targets/vxlan.ts", "plugins/mod.ts", false],
  ["plugins/cni/antrea.ts", "plugins/sources/files.ts", false],
  ["core/openflow/client/client.ts", "core/base/stream.ts", true],
  ["core/openflow/client/client.ts", "core/model/model.ts", false],
  ["core/model/model.ts", "targets/mod.ts", false],
  ["core/model/model_test.ts", "targets/mod.ts", true],
  ["main.ts", "core/cli/program.ts", true],
  ["deploy/x.ts", "core/api.ts", false],
])("an import of %s from %s is allowed: %s", (from, to, allowed) => {
  assert.equal(violations([{ from, to }]).length === 0, allowed);
});
