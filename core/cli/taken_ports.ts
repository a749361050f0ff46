/** Finds TrafficControls in manifests that name a port of a Pod, or the bridge itself, as their own port. Pure. @module */
import { selectable } from "../model/pods/local_pods.ts";
import { additionalPortsPath } from "../objects/additional_ports.ts";
import type { ManifestProblem, Validated } from "../objects/manifest.ts";
import { PORT_ANNOTATION } from "../objects/pod.ts";
import { PORT_FIELDS } from "../objects/port_fields.ts";
import { podKey } from "../objects/types.ts";

type Objects = Validated["objects"];
type TrafficControl = Extract<Objects[number], { readonly kind: "TrafficControl" }>;

/** The agent finds more such ports, on the bridge, and reports `DeviceInUse`. */
export function takenPorts(objects: Objects, bridges: readonly string[]): ManifestProblem[] {
  const own = bridges.map((bridge) => [bridge, "the name is the bridge's own"] as const);
  const taken = new Map<string, string>([...podPorts(objects), ...own]);
  return objects.filter((object) => object.kind === "TrafficControl").flatMap((control) =>
    namedPorts(control).filter(({ name }) => taken.has(name)).map(({ name, path }) => ({
      file: control.file,
      line: control.lineOf(path),
      path,
      message: `cannot be "${name}": ${taken.get(name)}`,
    }))
  );
}

/** The ports that Pods of any node have by annotation. */
function podPorts(objects: Objects): (readonly [port: string, whose: string])[] {
  return objects.flatMap((each) => {
    if (each.kind !== "Pod" || !selectable(each.object, undefined)) return [];
    const port = each.object.annotations[PORT_ANNOTATION];
    return port ? [[port, `it is the port of Pod "${podKey(each.object)}"`] as const] : [];
  });
}

/** The fields in which the TrafficControl names its ports. The name of a tunnel's port is not written in any field. */
function namedPorts(
  { object, control, raw }: TrafficControl,
): { readonly name: string; readonly path: string }[] {
  const names = new Set(control.ports.map(({ spec }) => spec.name));
  const at = additionalPortsPath(raw);
  const entries = [
    { ...object, path: "/spec" },
    ...(object.additionalPorts ?? []).map((entry, index) => ({ ...entry, path: `${at}/${index}` })),
  ];
  return entries.flatMap((entry) =>
    PORT_FIELDS.flatMap((field) => {
      const { kind, spec } = entry[field] ?? {};
      return Object.entries(spec ?? {}).flatMap(([key, value]) =>
        typeof value === "string" && names.has(value)
          ? [{ name: value, path: `${entry.path}/${field}/${kind}/${key}` }]
          : []
      );
    })
  );
}
