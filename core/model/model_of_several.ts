/** The desired state of one of several bridges that an agent works on. Pure. @module */
import type { Control } from "../objects/types.ts";
import { Model } from "./model.ts";
import type { ModelOptions } from "./model_options.ts";
import { SelectionThere } from "./pods/selection_there.ts";
import { withOwnTunnels } from "./tunnels_apart.ts";

/** One of the bridges that an agent works on. */
export interface OneOfSeveral {
  readonly bridge: string;
  /** The names of all of them, this one's too. */
  readonly bridges: readonly string[];
}

/** A bridge has only those Pods to care for that have a port on it, and tunnels that no other bridge has. */
class ModelOfSeveral extends Model {
  readonly #bridge: string;
  readonly #isFirst: boolean;

  constructor(options: ModelOptions, { bridge, bridges }: OneOfSeveral) {
    super({
      ...options,
      where: `any of the bridges ${bridges.join(", ")}`,
      selection: new SelectionThere((pod) => this.pods.hasPort(pod)),
      onMoved: (pods) => this.selectAgain(pods),
    });
    this.#bridge = bridge;
    this.#isFirst = bridge === bridges[0];
  }

  /** On the first bridge it is as on a single one, so that nothing there changes if a further bridge comes. */
  override setControl(control: Control): void {
    super.setControl(this.#isFirst ? control : withOwnTunnels(control, this.#bridge));
  }
}

/** The model of a bridge, whether it is the only one or not. */
export function modelOf(options: ModelOptions, place: OneOfSeveral): Model {
  return place.bridges.length > 1 ? new ModelOfSeveral(options, place) : new Model(options);
}
