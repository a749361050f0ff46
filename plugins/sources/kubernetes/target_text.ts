/** The ports of a TrafficControl in a word each, for `kubectl get`. Pure. @module */
import { harmless, LIMITS } from "../../../core/api.ts";

/** What the columns TARGET and RETURN of `kubectl get tc` show. */
export interface PortTexts {
  readonly target?: string;
  readonly return?: string;
}

/**
 * A port as `kind:text`, where the text is the first one in it, e.g. `vxlan:10.0.10.2`. Another client may have written
 * any form, and plugins have kinds of their own.
 */
function portText(port: unknown): string | undefined {
  const [found] = Object.entries(Object(port));
  if (!found || typeof port !== "object") return undefined;
  const [kind, fields] = found;
  const text = Object.values(Object(fields)).find((value) => typeof value === "string");
  return harmless(text === undefined ? kind : `${kind}:${text}`, LIMITS.statusReason);
}

/** @param spec The `spec` as it came from the API server. Further entries are counted, as in `device:eth1,+1`. */
export function portTexts(spec: unknown): PortTexts {
  const { targetPort, returnPort, additionalPorts } = Object(spec);
  const others = Array.isArray(additionalPorts) ? additionalPorts.length : 0;
  const named = (port: unknown) => {
    const text = portText(port);
    return text !== undefined && others > 0 ? `${text},+${others}` : text;
  };
  const [target, back] = [named(targetPort), named(returnPort)];
  return {
    ...(target !== undefined && { target }),
    ...(back !== undefined && { return: back }),
  };
}
