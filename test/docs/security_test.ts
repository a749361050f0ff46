/** What docs/security.md says is shown by tests that exist, and `deploy/` gives the agent what the page says. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { parse, parseAllDocuments } from "yaml";
import { ROOT } from "../lab/paths.ts";
import { problemsOf, type TestName } from "./titles.ts";

const ANNOTATIONS = "test/hostile/annotations_test.ts";
const CLAIMS = "test/hostile/claims_test.ts";
const EQUAL_CLAIMS = "core/model/pods/equal_claims_test.ts";
const NEIGHBOURS = "test/hostile/neighbours_mac_test.ts";
const LOCAL_PODS = "core/model/pods/local_pods_test.ts";
const MACHINES = "test/hostile/machines_test.ts";
const NETWORK_STATUS = "test/hostile/network_status_test.ts";
const PROBER = "test/health/prober_test.ts";
const TENANTS = "test/kubernetes/tenants_test.ts";
const NO_ANNOTATION =
  "with ${settings}, no annotation takes any Pod out of a redirect or a drop, or gets its packets";
const NOTHING_ABOUT_PORTS =
  "annotations of Pods of the API server say nothing about ports: a mirror gets nobody else's packets";

/** For each number of the page: the tests that show the sentence. */
const SHOWN_BY: Readonly<Record<number, readonly TestName[]>> = {
  1: [
    [ANNOTATIONS, NO_ANNOTATION],
    [
      NETWORK_STATUS,
      "what a tenant makes of the network status takes no Pod out of its redirect, nor gets its packets",
    ],
    [
      MACHINES,
      "Kube-OVN, ${settings}: the name of a machine in an annotation gives nobody its port, and takes nobody's",
    ],
    [TENANTS, "a Pod that the API server accepts is selected, however odd its annotations are"],
    [
      "core/objects/kept_metadata_test.ts",
      "all labels are kept: a Pod must not push out the one that selects it",
    ],
  ],
  2: [
    [ANNOTATIONS, NO_ANNOTATION],
    [
      MACHINES,
      "libvirt: the UUID of a machine in an annotation gives nobody its port, and takes nobody's",
    ],
  ],
  3: [
    [ANNOTATIONS, NO_ANNOTATION], // one of its settings is --resolver
    [
      CLAIMS,
      "with --resolver annotation, a port that a CNI has marked cannot be claimed all the same",
    ],
    [
      LOCAL_PODS,
      "the CNI's word comes before an annotation, in whatever order resolvers are asked",
    ],
    [
      "test/kubernetes/static_pods_test.ts",
      "a tenant can create a Pod that looks like a mirror Pod, but gets no port of a static Pod by it",
    ],
  ],
  4: [
    [ANNOTATIONS, "what does not count is said, and the TrafficControl is realized all the same"],
    [LOCAL_PODS, "a wrong annotation takes nothing away of what the CNI knows"],
  ],
  5: [
    [TENANTS, NOTHING_ABOUT_PORTS],
    [LOCAL_PODS, "a tenant can claim no port"],
    [
      "test/kubernetes/both_sources_test.ts",
      "a Pod of the API server does not take the place of one in a trusted folder, which is named last",
    ],
  ],
  6: [
    [
      TENANTS,
      "with --trust-annotations kubernetes a port without a mark can be claimed, by the oldest Pod",
    ],
    [LOCAL_PODS, "a bridge, a port of Sluice and a tunnel cannot be claimed"],
    [LOCAL_PODS, "of two Pods that claim one port, the older has it"],
    [
      TENANTS,
      "with --trust-annotations kubernetes an older Pod that claims the MAC of another later takes it out of no redirect",
    ],
    [
      EQUAL_CLAIMS,
      "an older Pod that claims the MAC or the port of a younger one later does not get it, nor by a restart",
    ],
    [
      EQUAL_CLAIMS,
      "of two Pods that begin with one MAC, the older has it, whichever is seen first",
    ],
  ],
  7: [
    [NETWORK_STATUS, "the agent starts again after such an edit"],
    [MACHINES, "the launcher names another's MAC"],
    [
      LOCAL_PODS,
      "a restart forgets neither the MAC that a tenant said first nor the place of a Pod, but Pods that are gone",
    ],
  ],
  8: [
    [
      NETWORK_STATUS,
      "a Pod that begins with the MAC of another gets none of its packets, and until it says its own it is cut off",
    ],
    [
      NEIGHBOURS,
      "a router whose MAC a tenant's new Pod says still reaches a redirected Pod, by the sensor",
    ],
    [
      NEIGHBOURS,
      "the node reaches its Pods although a tenant's new Pod says the node's MAC, which is refused",
    ],
  ],
  9: [
    [
      LOCAL_PODS,
      "a Pod whose place becomes unknown stays where it was, as long as that port is the same",
    ],
    [CLAIMS, "a resolver that begins to throw for one Pod takes nobody out of a redirect"],
    [
      EQUAL_CLAIMS,
      "a claim ends when its Pod names another port or is gone, but not when its annotation is removed",
    ],
  ],
  10: [[
    "test/hostile/sources_test.ts",
    "spoofed sources: a redirected Pod does not get round, a mirrored one stays mirrored, a pair launders none",
  ]],
  11: [[
    "test/kubernetes/selectors_test.ts",
    "labels of Pods and of Namespaces change; host-network Pods and those of other nodes are left alone",
  ]],
  12: [
    [
      "test/hostile/frames_test.ts",
      "what a sensor sends of its own: into the target port nowhere, non-IP out of the return port nowhere",
    ],
    [
      "test/ownership/guard_test.ts",
      "the owner's spoof guard works behind a redirect: 0 of 20 spoofed frames arrive",
    ],
    [PROBER, "forged probes and old ones do not bring a dead sensor back"],
    [PROBER, "a flooded sensor that passes one packet of twenty is overloaded, and not down"],
  ],
  13: [
    ["test/recovery_test.ts", "whatever is taken away by others is back within a second"],
    [
      "test/ownership/random_test.ts",
      "what is removed is exactly what Sluice has made, byte for byte",
    ],
  ],
  14: [
    [
      "test/kubernetes/faults_test.ts",
      "an agent that starts while the API server is away changes nothing, and works within 5 s of its return",
    ],
    [
      "test/kubernetes/faults_test.ts",
      "the API server away for 20 s, restarted without its history: the datapath as it was, then what was missed",
    ],
    [
      "test/ownership/odd_server_test.ts",
      "an API server cannot make an agent write outside of Sluice's own",
    ],
  ],
  15: [
    [
      "test/metrics_test.ts",
      "/metrics says what the agent does, and what became of its connections",
    ],
    ["test/settings_test.ts", "a local API that the network can reach is warned of, and works"],
  ],
  16: [[
    "test/binary/install_test.ts",
    "on a host with systemd, install starts a hardened agent, and uninstall leaves nothing",
  ]],
  17: [[
    "test/memory/state_folder_test.ts",
    "a state folder that cannot be written is an issue, warned of once; the agent works",
  ]],
  18: [[
    "test/kubernetes/rights_test.ts",
    "each of the shipped rights is needed: without it something does not work",
  ]],
  19: [[
    "test/kubernetes/deploy_test.ts",
    "the objects fit together, and the agent takes what they give it",
  ]],
  20: [[TENANTS, NOTHING_ABOUT_PORTS]],
  21: [
    ["core/report/http_test.ts", "no page of a browser gets packets: %s"],
    [
      "core/report/http_test.ts",
      "nobody gets packets if --listen is open to the network, and --metrics-listen never has them",
    ],
    [
      "test/capture/ends_test.ts",
      "a client that is killed leaves nothing in the switch, and its file has whole packets",
    ],
    [
      "test/capture/ends_test.ts",
      "a program of another user than root and the agent's gets no packets",
    ],
  ],
};

const read = (file: string) => Deno.readTextFile(join(ROOT, file));

Deno.test("each numbered sentence of docs/security.md has tests, which exist and are run", async () => {
  const numbers = [...(await read("docs/security.md")).matchAll(/^- \[(\d+)\] /gm)]
    .map(([, number]) => Number(number));
  assert.deepEqual(numbers, Object.keys(SHOWN_BY).map(Number));
  assert.deepEqual(await problemsOf(Object.values(SHOWN_BY).flat()), []);
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
