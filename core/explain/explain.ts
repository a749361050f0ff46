/** Why Pods are mirrored or redirected, or why not. Pure; it is computed only when somebody asks. @module */
import { nearest } from "../base/near_miss.ts";
import { controlNames } from "../report/node_control.ts";
import { explainControl } from "./control.ts";
import type { Question } from "../report/http.ts";
import type { Explanation, Unknown } from "./explanation.ts";
import { anyModel, type ExplainInputs } from "./inputs.ts";
import { explainPod } from "./pod.ts";

export function explain(question: Question, inputs: ExplainInputs): Explanation {
  if ("control" in question) {
    const { control } = question;
    const names = controlNames(inputs);
    return names.includes(control)
      ? explainControl(control, inputs)
      : unknownControl(control, names, inputs);
  }
  const pod = anyModel(inputs).pods.get(question.pod);
  return pod ? explainPod(pod, inputs) : unknownPod(question.pod, inputs);
}

function unknownControl(
  name: string,
  names: readonly string[],
  { sources, node }: ExplainInputs,
): Unknown {
  const similar = nearest(name, names);
  const where = node === undefined ? "" : ` of node "${node}"`;
  return {
    unknown: "TrafficControl",
    name,
    message: `The agent${where} knows no TrafficControl "${name}"`,
    cure: sources.length > 0
      ? "wait until its sources have given all objects: sluice status says which have not"
      : 'run "kubectl get tc", or look into the folder of manifests',
    similar: similar === undefined ? [] : [similar],
  };
}

const LOOK =
  'is it on this node? run "kubectl get pod --all-namespaces -o wide", or look into the folder of manifests';

function unknownPod(key: string, inputs: ExplainInputs): Unknown {
  const keys = [...anyModel(inputs).pods.keys()];
  const name = key.split("/")[1];
  const elsewhere = keys.filter((each) => each.endsWith(`/${name}`)).sort();
  const similar = nearest(key, keys);
  const all = [...elsewhere, ...similar === undefined ? [] : [similar]];
  return { unknown: "Pod", name: key, ...whyUnknown(key, inputs), similar: [...new Set(all)] };
}

/** Why the Pod has no port to look for. */
function whyUnknown(key: string, inputs: ExplainInputs): Pick<Unknown, "message" | "cure"> {
  const { node, sources, listing, issues } = inputs;
  const refused = issues.find((line) => line.startsWith(`Pod "${key}": `));
  if (refused !== undefined) return { message: refused, cure: "correct it" };
  const [source] = listing("Pod", key);
  const where = node === undefined ? "on this node" : `on node "${node}"`;
  if (source !== undefined) {
    return {
      message: `Source ${source} lists Pod "${key}", which has no port of its own ${where}`,
      cure: "it is on another node, or uses the network of its host, or has ended: " +
        "look at its spec.nodeName, spec.hostNetwork and status.phase",
    };
  }
  return {
    message: `The agent knows no Pod "${key}" ${where}`,
    cure: sources.length > 0
      ? "wait until its sources have given all objects: sluice status says which have not"
      : LOOK,
  };
}
