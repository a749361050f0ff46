/** What plugins of files return, and what resolvers make of Pods and ports. @module */
import assert from "node:assert/strict";
import { isIP } from "node:net";
import { attachmentProblems } from "../../../core/conformance/resolvers.ts";
import { PluginError } from "../../../core/base/errors.ts";
import type {
  Action,
  InterfaceRow,
  Option,
  Resolver,
  Target as PortTarget,
} from "../../../core/contracts/mod.ts";
import { guard } from "../../../core/plugin_files/guard.ts";
import { resolvers } from "../../../plugins/mod.ts";
import mirror from "../../../plugins/actions/mirror.ts";
import priority from "../../../plugins/options/priority.ts";
import vxlan from "../../../targets/vxlan.ts";
import { defineTarget, only, type Target } from "../target.ts";
import { type Json, putSomewhere } from "../values.ts";

/** Values that JSON does not have, by a word that stands for them in an input. */
const HOSTILE: Readonly<Record<string, () => unknown>> = {
  "@undefined": () => undefined,
  "@function": () => () => 1,
  "@symbol": () => Symbol("x"),
  "@bigint": () => 10n ** 400n,
  "@nan": () => NaN,
  "@infinity": () => Infinity,
  "@date": () => new Date(NaN),
  "@map": () => new Map([[{}, []]]),
  "@set": () => new Set([1]),
  "@bytes": () => new Uint8Array(3),
  "@promise": () => Promise.resolve(1),
  "@thenable": () => ({ then: () => {} }),
  "@itself": () => {
    const value: Record<string, unknown> = {};
    value.self = value;
    return value;
  },
  "@getter": () => ({
    get name() {
      throw new Error("no");
    },
  }),
  "@proxy": () =>
    new Proxy({}, {
      get() {
        throw null;
      },
      ownKeys() {
        throw "no";
      },
    }),
  "@revoked": () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  },
  "@null prototype": () => Object.create(null),
  "@unreadable": () => ({
    toString() {
      throw new Error("no");
    },
  }),
  "@large": () => new Array(5000).fill("x"),
};

function hostile(json: Json): unknown {
  if (typeof json === "string" && Object.hasOwn(HOSTILE, json)) return HOSTILE[json]!();
  if (Array.isArray(json)) return json.map(hostile);
  if (typeof json !== "object" || json === null) return json;
  return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, hostile(value)]));
}

const words = Object.keys(HOSTILE);
const FILE = "plugin.ts";
/** A guarded method, called with an input as its result. */
const returned = {
  port: (result: unknown) =>
    (guard(
      { type: "target", plugin: { ...vxlan, port: () => result as never } as PortTarget },
      FILE,
    )
      .plugin as PortTarget).port({} as never),
  treat: (result: unknown) =>
    (guard({ type: "action", plugin: { ...mirror, treat: () => result as never } as Action }, FILE)
      .plugin as Action).treat({ target: "tap0" } as never),
  effect: (result: unknown) =>
    (guard(
      { type: "option", plugin: { ...priority, effect: () => result as never } as Option },
      FILE,
    )
      .plugin as Option).effect(1 as never),
  check: (result: unknown) =>
    (guard(
      { type: "target", plugin: { ...vxlan, check: () => result as never } as PortTarget },
      FILE,
    )
      .plugin as PortTarget).check!({} as never),
  resolve: (result: unknown) =>
    (guard({
      type: "resolver",
      plugin: { name: "x", docs: "x", resolve: () => result as never } as Resolver,
    }, FILE).plugin as Resolver).resolve({} as never, {} as never),
};

const RIGHT: Readonly<Record<keyof typeof returned, readonly Json[]>> = {
  port: [{ name: "vxlan-1", type: "vxlan", options: { remote_ip: "10.0.0.1" }, identity: "x" }],
  treat: [{ copies: [{ to: ["tap0"] }] }, { hops: [{ target: "tap0", return: "tap1" }] }, {
    drop: true,
  }],
  effect: [{ priority: 5 }, {}],
  check: [[], [{ path: "/vni", message: "x" }]],
  resolve: [[], [{ port: "veth0", macs: ["02:00:00:00:00:01"], ips: ["10.0.0.1"], match: "mac" }]],
};

/** Annotations and keys that a CNI writes, where the run changes what is in them. */
const PODS: readonly Json[] = [
  {
    annotations: {
      "sluice.dev/ovs-port": "veth0",
      "sluice.dev/mac": "02:00:00:00:00:01",
      "sluice.dev/match": "ip",
      "k8s.v1.cni.cncf.io/network-status":
        '[{"interface":"net1","mac":"02:00:00:00:00:01","ips":["10.0.0.1"]}]',
      "kubevirt.io/domain": "vm",
    },
    external_ids: {
      "contPodUid": "uid",
      "contIface": "net1",
      "owner": "ovs-cni.network.kubevirt.io",
      "attached-mac": "02:00:00:00:00:01",
      "ip-address": "10.0.0.1, fd00::1/64",
      "pod-name": "web",
      "pod-namespace": "default",
      "iface-id": "default_web",
      "pod_name": "web",
      "pod_namespace": "default",
      "ip_addresses": "10.0.0.1/24",
      "vm-id": "x",
      "antrea-type": "container",
      "container-id": "x",
    },
    ips: ["10.0.0.1"],
  },
];

const isTexts = (value: unknown): value is Record<string, string> =>
  typeof value === "object" && value !== null &&
  Object.values(value).every((each) => typeof each === "string");

/** What a resolver says has the form of its contract, whatever is written into annotations and rows. */
function resolveAll(input: Json): void {
  const { annotations, external_ids, ips } = Object(input);
  const areRight = isTexts(annotations) && isTexts(external_ids) && Array.isArray(ips) &&
    ips.every((ip) => typeof ip === "string" && isIP(ip) !== 0);
  if (!areRight) return;
  const row: InterfaceRow = { name: "veth0", type: "", external_ids, ofport: 1 };
  const ports = {
    named: (name: string) => name === row.name ? row : undefined,
    withExternalID: (key: string, value: string) => external_ids[key] === value ? [row] : [],
  };
  const pod = { namespace: "default", name: "web", uid: "uid", annotations, ips };
  for (const resolver of resolvers) {
    try {
      assert.deepEqual(attachmentProblems(resolver.resolve(pod, ports)), [], resolver.name);
    } catch (error) {
      if (!only(TypeError)(error)) throw error;
    }
  }
}

export const GUARDS: readonly Target[] = [
  ...Object.entries(returned).map(([method, call]) =>
    defineTarget<Json>({
      name: `result of a plugin's ${method}`,
      samples: RIGHT[method as keyof typeof returned],
      make: (random) =>
        putSomewhere(
          random,
          random.pick(RIGHT[method as keyof typeof returned]),
          random.pick(words),
        ),
      check: (result) => call(hostile(result)),
      allows: only(PluginError),
    })
  ),
  defineTarget<Json>({
    name: "resolvers",
    samples: PODS,
    check: resolveAll,
    allows: () => false,
  }),
];
