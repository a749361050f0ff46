/** Explains a TrafficControl: which Pods it selects and which not, its ports and its flows. Pure. @module */
import { hasSelector, requirementTexts } from "../model/pods/mismatches.ts";
import type { Model } from "../model/model.ts";
import { pairsOf } from "../model/pods/treatments.ts";
import type { Control, PodKey } from "../objects/types.ts";
import { type BridgeInputs, nodeControl } from "../report/node_control.ts";
import type {
  ControlExplanation,
  ExplainedFlow,
  OtherPod,
  PortOfControl,
  PortUser,
  SelectedPod,
} from "./explanation.ts";
import { flowsOfControl } from "./flows.ts";
import { anyModel, bySimilarity, differencesOf, type ExplainInputs, withCure } from "./inputs.ts";
import { outcomeOf, podOn } from "./outcome.ts";

/** @param name Of a TrafficControl that the models know, or that is refused. */
export function explainControl(name: string, inputs: ExplainInputs): ControlExplanation {
  const { node, sources } = inputs;
  const control = anyModel(inputs).controls.get(name);
  const { action, direction, realized, conditions } = nodeControl(name, inputs);
  const known = control ? { ...podsOf(control, inputs), ...flowsOf(control, inputs) } : NOTHING;
  return {
    control: name,
    ...(node !== undefined && { node }),
    action,
    direction,
    realized,
    requires: control ? requirementTexts(control.object.appliedTo) : [],
    conditions: [...sources, ...conditions].map(withCure),
    ports: control ? inputs.bridges.flatMap((each) => portsOn(each, name)) : [],
    ...known,
  };
}

const NOTHING = { selected: [], notSelected: [], flows: [], podFlows: 0 };

function podsOf(control: Control, inputs: ExplainInputs) {
  const selected: SelectedPod[] = [];
  const notSelected: OtherPod[] = [];
  const { pods } = anyModel(inputs);
  const isAble = hasSelector(control.object.appliedTo);
  for (const key of [...pods.keys()].sort()) {
    const pod = pods.get(key)!;
    const differs = differencesOf(control, pod, inputs);
    if (isAble && differs.length === 0) selected.push(selectedPod(control, key, inputs));
    else notSelected.push({ pod: key, differs });
  }
  return { selected, notSelected: notSelected.sort(bySimilarity(({ pod }) => pod)) };
}

function selectedPod({ name }: Control, pod: PodKey, { bridges }: ExplainInputs): SelectedPod {
  const places = podOn(bridges, pod);
  const attachments = places.flatMap(({ model }) => model.pods.locationOf(pod).attachments);
  return { pod, outcome: outcomeOf(name, places), ports: attachments.map(({ port }) => port) };
}

function portsOn({ bridge, model }: BridgeInputs, name: string): PortOfControl[] {
  const control = model.controls.get(name);
  if (!control) return [];
  const returns = new Set<string>(pairsOf(control.treatment).map((pair) => pair.return));
  return control.ports.map(({ spec }) => {
    const ofport = model.ofport(spec.name);
    return {
      bridge,
      name: spec.name,
      role: returns.has(spec.name) ? "return" : "target",
      type: spec.type,
      ...(ofport !== undefined && { ofport }),
      isReady: model.wanted.isReady(spec.name),
      others: usersOf(spec.name, model).filter((each) => each.name !== name),
    };
  });
}

/** All TrafficControls that name a port, sorted by name. */
function usersOf(port: string, model: Model): PortUser[] {
  return [...model.controls.values()]
    .filter(({ ports }) => ports.some(({ spec }) => spec.name === port))
    .map(({ name }) => ({ name, isRefused: model.admission.refusal(name) !== undefined }))
    .sort((one, other) => one.name < other.name ? -1 : 1);
}

function flowsOf({ name }: Control, { bridges }: ExplainInputs) {
  const flows: (ExplainedFlow & { readonly bridge: string })[] = [];
  let podFlows = 0;
  for (const { bridge, model } of bridges) {
    const control = model.controls.get(name);
    if (!control) continue;
    const { own, ofPods } = flowsOfControl(model, control);
    flows.push(...own.map((each) => ({ bridge, ...each })));
    podFlows += ofPods;
  }
  return { flows, podFlows };
}
