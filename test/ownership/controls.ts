/** TrafficControls for the Pods with label `app: web`. @module */
import { app, internal, trafficControl } from "../lab/agent.ts";

export type Spec = Readonly<Record<string, unknown>>;
export const control = (name: string, spec: Spec) =>
  trafficControl(name, { appliedTo: app("web"), direction: "Both", ...spec });
export const redirect = control("r", {
  action: "Redirect",
  targetPort: internal("tap0"),
  returnPort: internal("tap1"),
});
export const mirror = (targetPort: Spec) => control("m", { action: "Mirror", targetPort });
