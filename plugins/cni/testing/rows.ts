/** Rows of interfaces and a Pod, for tests of resolvers. @module */
import type { InterfaceRow, Pod, PortView } from "../../../core/api.ts";

export const UID = "6f2f8a1e-6d3c-4d5e-9b0a-0c1d2e3f4a5b";
export const MAC = "02:AA:00:00:00:01";

export const row = (name: string, external_ids: Record<string, string>): InterfaceRow => ({
  name,
  type: "",
  external_ids,
  ofport: 7,
});

export function view(rows: readonly InterfaceRow[]): PortView {
  return {
    named: (name) => rows.find((each) => each.name === name),
    withExternalID: (key, value) => rows.filter(({ external_ids }) => external_ids[key] === value),
  };
}
export const pod = (annotations: Record<string, string> = {}): Pod => ({
  namespace: "prod",
  name: "web",
  uid: UID,
  annotations,
  ips: ["10.9.0.1", "fd09::1"],
});
