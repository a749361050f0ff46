/** Checks the parts of a Pod that Sluice reads. Sluice ignores the rest of a Pod. @module */
import { isIP } from "node:net";
import type { Problem } from "../contracts/mod.ts";
import { OWN_ANNOTATIONS } from "./names.ts";
import {
  describe,
  escapePointer,
  type Fields,
  fieldsOf,
  oneOf,
  schemaProblems,
} from "./validate.ts";
import Type from "typebox";

const POD = Type.Object({
  spec: Type.Optional(Type.Object({
    nodeName: Type.Optional(Type.String()),
    hostNetwork: Type.Optional(Type.Boolean()),
  })),
  status: Type.Optional(Type.Object({
    phase: Type.Optional(Type.String()),
    podIP: Type.Optional(Type.String()),
    podIPs: Type.Optional(Type.Array(Type.Object({ ip: Type.Optional(Type.String()) }))),
  })),
});

/** What is wrong with `spec` and `status`. @returns Problems with JSON pointers from the object's root. */
export function checkPod(object: Fields): Problem[] {
  const { spec, status } = object;
  const shape = schemaProblems(POD, {
    ...(spec !== undefined && { spec }),
    ...(status !== undefined && { status }),
  });
  const wrong = new Set(shape.map(({ path }) => path));
  const addresses = podIPs(fieldsOf(status)).filter(({ path, ip }) =>
    !wrong.has(path) && !isAddress(ip)
  );
  return [
    ...shape,
    ...addresses.map(({ path, ip }) => ({
      path,
      message: `must be an IP address: is ${describe(ip)}`,
    })),
  ];
}

function isAddress(ip: string): boolean {
  return isIP(ip) !== 0 && !ip.includes("%");
}

/** The Pod's addresses, with the JSON pointers to them: `podIPs`, or in objects of old clusters `podIP`. */
export function podIPs(status: Fields): readonly { readonly path: string; readonly ip: string }[] {
  const listed = Array.isArray(status.podIPs)
    ? status.podIPs.map((each, index) => [`/status/podIPs/${index}/ip`, fieldsOf(each).ip] as const)
    : [["/status/podIP", status.podIP] as const];
  // The schema reports what is no text.
  return listed.flatMap(([path, ip]) => typeof ip === "string" && ip !== "" ? [{ path, ip }] : []);
}

/** The annotation with the name of a Pod's port. */
export const PORT_ANNOTATION = `${OWN_ANNOTATIONS}ovs-port`;
const MAC = /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i;
/** Group addresses have the lowest bit of the first byte set: IEEE 802, "I/G address bit". */
const GROUP = /^.[13579bdf]/i;

const ANNOTATIONS: Readonly<Record<string, (path: string, value: string) => Problem[]>> = {
  "sluice.dev/mac": (path, value) =>
    value.split(",").map((each) => each.trim()).every((mac) => MAC.test(mac) && !GROUP.test(mac))
      ? []
      : [{ path, message: `must be a unicast MAC: is ${describe(value)}` }],
  "sluice.dev/match": (path, value) => oneOf(path, value, ["mac", "ip"]),
  // A name with a comma is possible, and most likely a list: a Pod with several ports is several Pods
  [PORT_ANNOTATION]: (path, value) =>
    value === "" || value.includes(",")
      ? [{ path, message: `must be the name of one port: is ${describe(value)}` }]
      : [],
  "sluice.dev/vm-id": () => [],
};

/** The annotations of Pods. An option must not have one of them as its annotation. */
export const POD_ANNOTATIONS: readonly string[] = Object.keys(ANNOTATIONS);

/**
 * What is wrong with the annotations whose keys begin with `sluice.dev/`. Other annotations are not looked at.
 *
 * @param annotations `metadata.annotations`, of any type.
 * @returns Problems with JSON pointers from the object's root.
 */
export function checkAnnotations(annotations: unknown): Problem[] {
  return Object.entries(fieldsOf(annotations)).filter(([key]) => key.startsWith(OWN_ANNOTATIONS))
    .flatMap(([key, value]) => {
      const path = `/metadata/annotations/${escapePointer(key)}`;
      if (!Object.hasOwn(ANNOTATIONS, key)) return oneOf(path, key, Object.keys(ANNOTATIONS));
      return typeof value === "string" ? ANNOTATIONS[key]!(path, value) : [];
    });
}
