/** The objects that the odd files are made of. All are right for kubectl and the API server, too. @module */

/** One file of the corpus. */
export interface OddFile {
  /** The file's name, without its end. */
  readonly file: string;
  readonly content: string | Uint8Array;
}

/** A mirror. Fields of its `spec` may be added at its end. */
export const MIRROR = `apiVersion: crd.antrea.io/v1alpha2
kind: TrafficControl
metadata:
  name: NAME
spec:
  appliedTo:
    podSelector:
      matchLabels: {app: web}
  direction: Both
  action: Mirror
  targetPort:
    vxlan:
      remoteIP: 192.0.2.1
      vni: 7
`;
export const POD = `apiVersion: v1
kind: Pod
metadata:
  name: NAME
  labels: {app: web}
  annotations:
    sluice.dev/ovs-port: port1
spec:
  containers: [{name: c, image: i}]
`;
export const NAMESPACE = `apiVersion: v1
kind: Namespace
metadata:
  name: NAME
  labels: {team: a}
`;

/** @throws {TypeError} If there is nothing to change: the file would not be odd. */
export function change(text: string, from: string | RegExp, to: string): string {
  const changed = text.replace(from, () => to);
  if (changed === text) throw new TypeError(`Cannot change "${from}": it is not there`);
  return changed;
}

/** The same object with a name. */
export const named = (text: string, name: string): string => text.replaceAll("NAME", name);

const JSON_MIRROR = {
  apiVersion: "crd.antrea.io/v1alpha2",
  kind: "TrafficControl",
  metadata: { name: "NAME" },
  spec: {
    appliedTo: { podSelector: { matchLabels: { app: "web" } } },
    direction: "Both",
    action: "Mirror",
    targetPort: { vxlan: { remoteIP: "192.0.2.1", vni: 7 } },
  },
};
const JSON_NAMESPACE = {
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name: "NAME", labels: { team: "a" } },
};
/** The mirror and the Namespace as JSON, in one line. */
export const jsonMirror = (name: string): string => named(JSON.stringify(JSON_MIRROR), name);
export const jsonNamespace = (name: string): string => named(JSON.stringify(JSON_NAMESPACE), name);
