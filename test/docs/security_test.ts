/** What docs/security.md says is shown by tests that exist, and `deploy/` gives the agent what the page says. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { parse, parseAllDocuments } from "yaml";
import { ROOT } from "../lab/paths.ts";

/** For each number of the page: the tests that show the sentence, as file and title (or the beginning of it). */
const SHOWN_BY: Readonly<Record<number, readonly (readonly [file: string, title: string])[]>> = {
  1: [
    ["test/hostile/annotations_test.ts", "no annotation takes any Pod out of a redirect or a drop"],
    [
      "test/hostile/network_status_test.ts",
      "what a tenant makes of the network status takes no Pod",
    ],
    [
      "test/hostile/machines_test.ts",
      "the name of a machine in an annotation gives nobody its port",
    ],
    ["test/kubernetes/tenants_test.ts", "a Pod that the API server accepts is selected"],
    ["core/objects/kept_metadata_test.ts", "all labels are kept"],
  ],
  2: [
    ["test/hostile/annotations_test.ts", "or gets its packets"],
    [
      "test/hostile/machines_test.ts",
      "the UUID of a machine in an annotation gives nobody its port",
    ],
  ],
  3: [
    ["test/hostile/annotations_test.ts", '["--resolver", "antrea"]'],
    ["test/hostile/claims_test.ts", "with --resolver annotation"],
    ["core/model/pods/local_pods_test.ts", "the CNI's word comes before an annotation"],
  ],
  4: [
    ["test/hostile/annotations_test.ts", "what does not count is said"],
    ["core/model/pods/local_pods_test.ts", "a wrong annotation takes nothing away"],
  ],
  5: [
    ["test/kubernetes/tenants_test.ts", "annotations of Pods of the API server say nothing"],
    ["core/model/pods/local_pods_test.ts", "a tenant can claim no port"],
    ["test/kubernetes/both_sources_test.ts", "does not take the place of one in a trusted folder"],
  ],
  6: [
    ["test/kubernetes/tenants_test.ts", "with --trust-annotations kubernetes"],
    [
      "core/model/pods/local_pods_test.ts",
      "a bridge, a port of Sluice and a tunnel cannot be claimed",
    ],
    ["core/model/pods/local_pods_test.ts", "of two Pods that claim one port, the older has it"],
  ],
  7: [
    ["test/hostile/network_status_test.ts", "the agent starts again after such an edit"],
    ["test/hostile/machines_test.ts", "the launcher names another's MAC"],
    ["core/model/pods/local_pods_test.ts", "a restart forgets neither the MAC"],
  ],
  8: [["test/hostile/network_status_test.ts", "a Pod that begins with the MAC of another"]],
  9: [
    ["core/model/pods/local_pods_test.ts", "a Pod whose place becomes unknown stays where it was"],
    ["test/hostile/claims_test.ts", "a resolver that begins to throw"],
  ],
  10: [["test/hostile/sources_test.ts", "spoofed sources: a redirected Pod does not get round"]],
  11: [["test/kubernetes/selectors_test.ts", "host-network Pods and those of other nodes"]],
  12: [
    ["test/hostile/frames_test.ts", "what a sensor sends of its own"],
    ["test/ownership/guard_test.ts", "the owner's spoof guard works behind a redirect"],
  ],
  13: [
    ["test/recovery_test.ts", "whatever is taken away by others is back within a second"],
    ["test/ownership/random_test.ts", "what is removed is exactly what Sluice has made"],
  ],
  14: [
    ["test/kubernetes/etcd_test.ts", "Deno.test("],
    ["test/ownership/odd_server_test.ts", "an API server cannot make an agent write outside"],
  ],
  15: [
    ["test/metrics_test.ts", "/metrics says what the agent does"],
    ["test/settings_test.ts", "a local API that the network can reach is warned of"],
  ],
  16: [["test/binary/install_test.ts", "install starts a hardened agent"]],
  17: [["test/memory/state_folder_test.ts", "a state folder that cannot be written"]],
  18: [["test/kubernetes/rights_test.ts", "without"]],
  19: [["test/kubernetes/deploy_test.ts", "the objects fit together"]],
  20: [["test/kubernetes/tenants_test.ts", "annotations of Pods of the API server say nothing"]],
};

const read = (file: string) => Deno.readTextFile(join(ROOT, file));

Deno.test("each numbered sentence of docs/security.md has tests, and they exist", async () => {
  const numbers = [...(await read("docs/security.md")).matchAll(/^- \[(\d+)\] /gm)]
    .map(([, number]) => Number(number));
  assert.deepEqual(numbers, Object.keys(SHOWN_BY).map(Number));
  for (const [file, title] of Object.values(SHOWN_BY).flat()) {
    assert.ok((await read(file)).includes(title), `${file}: ${title}`);
  }
});

async function daemonSet() {
  const { spec } = parse(await read("deploy/base/daemonset.yaml")).spec.template;
  return { spec, container: spec.containers[0] };
}

Deno.test("16, 17: the DaemonSet gives the agent no capability, and two folders to write to", async () => {
  const { spec, container } = await daemonSet();
  assert.deepEqual(container.securityContext, {
    runAsUser: 0,
    readOnlyRootFilesystem: true,
    allowPrivilegeEscalation: false,
    capabilities: { drop: ["ALL"] },
  });
  assert.deepEqual(spec.securityContext, { seccompProfile: { type: "RuntimeDefault" } });
  const writable = container.volumeMounts.filter((mount: { readOnly?: true }) => !mount.readOnly);
  assert.deepEqual(
    writable.map(({ mountPath }: { mountPath: string }) => mountPath),
    ["/var/cache/sluice", "/var/lib/sluice"],
  );
  assert.deepEqual([spec.hostPID, spec.hostIPC], [undefined, undefined]);
});

Deno.test("16, 17: the unit of systemd gives no capability, and two folders to write to", async () => {
  const unit = await read("deploy/systemd/sluice.service");
  const settings = [
    "CapabilityBoundingSet=",
    "AmbientCapabilities=",
    "NoNewPrivileges=yes",
    "ProtectSystem=strict",
    "CacheDirectory=sluice",
    "StateDirectory=sluice",
    "StateDirectoryMode=0700",
    "SystemCallFilter=@system-service",
  ];
  const lines = unit.split("\n");
  for (const setting of settings) assert.ok(lines.includes(setting), setting);
  assert.ok(!lines.some((line) => line.startsWith("ReadWritePaths=")));
});

Deno.test("18: the roles of the cluster grant what the page says", async () => {
  const roles = parseAllDocuments(await read("deploy/base/rbac.yaml")).map((each) => each.toJS())
    .filter(({ rules }) => rules);
  const rights = roles.flatMap(({ rules, metadata: { namespace = "*" } }) =>
    rules.flatMap(({ resources, verbs }: { resources: string[]; verbs: string[] }) =>
      resources.map((resource) => `${namespace} ${resource} ${[...verbs].sort().join(",")}`)
    )
  );
  assert.deepEqual(rights.sort(), [
    "* namespaces list,watch",
    "* nodes get",
    "* pods list,watch",
    "* trafficcontrolnodestatuses create,list,patch,watch",
    "* trafficcontrols list,watch",
    "* trafficcontrols/status patch",
    "default events create,patch",
    "sluice-system leases create",
    "sluice-system leases get,update",
  ]);
});

Deno.test("19, 20: the API is on the loopback address, and nothing is trusted or allowed beyond the defaults", async () => {
  const { container } = await daemonSet();
  assert.ok(container.args.includes("--listen=127.0.0.1:10360"));
  const files = [
    "deploy/base/daemonset.yaml",
    "deploy/base/config.yaml",
    "deploy/overlays/ovs-cni/config.yaml",
    "deploy/systemd/sluice.yaml",
    "deploy/systemd/sluice.service",
    "deploy/helm/sluice/values.yaml",
    "deploy/helm/sluice/templates/config.yaml",
    "deploy/helm/sluice/templates/daemonset.yaml",
  ];
  for (const file of files) {
    assert.doesNotMatch(
      await read(file),
      /trust-?annotations|allow-?protocol-?change|SLUICE_TRUST|SLUICE_ALLOW/i,
      file,
    );
  }
  const { listen, capabilities, podMonitor } = parse(await read("deploy/helm/sluice/values.yaml"));
  assert.deepEqual([listen.host, capabilities, podMonitor.enabled], ["127.0.0.1", [], false]);
});
