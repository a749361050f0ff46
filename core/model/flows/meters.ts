/**
 * Meters, which cap the copies of a TrafficControl: both directions share one. A bundle cannot have them, and the switch
 * refuses a flow whose meter is missing: so they are added before the flows, and deleted after them.
 * @module
 */
import { hash } from "node:crypto";
import { canonical } from "../../base/canonical.ts";
import { CAPTURE, isOurMeter, METER_MARK, METER_MASK } from "../../base/marks.ts";
import type { Copy } from "../../contracts/mod.ts";
import type { Meter, MeterCommand, MeterLimit } from "../../openflow/mod.ts";
import type { NamedLeg } from "./legs.ts";

/** A meter that Sluice wants. */
export type Cap = Required<Meter>;

export type MeterChange = readonly [command: MeterCommand, meter: Meter];

/** The meter of a leg; nothing if its copies are not capped. Its id follows from all that it is: a change makes a new one. */
export function capOf(
  { control, copy }: { readonly control: string; readonly copy: Pick<Copy<string>, "scope"> },
): Cap | undefined {
  const limit = copy.scope?.rateLimit as MeterLimit | undefined;
  if (!limit) return undefined;
  const number = hash("sha256", `meter ${control} ${canonical(limit)}`, "buffer").readUInt32BE(0);
  const found = number % METER_NUMBERS;
  const last = CAPTURE.meter - METER_MARK;
  return { id: METER_MARK + (found < last ? found : found - last), limit };
}

/** How many meters can have Sluice's mark. The last of them are those of captures. */
const METER_NUMBERS = 0x1_0000_0000 - METER_MASK;

const same = (a: Meter, b: Meter) => canonical(a) === canonical(b);

export class Meters {
  /** The meter that each leg wants, and the legs that want each meter. */
  readonly #ofLeg = new Map<string, Cap>();
  readonly #legsOf = new Map<number, Set<string>>();
  #known = new Map<number, Meter>();
  /** Numbers of meters of which it is to be found out whether the switch has what it should have. */
  #touched = new Set<number>();

  /** Takes a leg of flows. @param part Its key. @param leg Nothing if it is not in use. */
  setLeg(part: string, leg: NamedLeg | undefined): void {
    this.set(part, leg && capOf(leg));
  }

  /** Takes what a part wants. @param part Its key. @param after Nothing if it wants no meter. */
  set(part: string, after: Cap | undefined): void {
    const before = this.#ofLeg.get(part);
    if (before) {
      const legs = this.#legsOf.get(before.id)!;
      legs.delete(part);
      if (legs.size === 0) this.#legsOf.delete(before.id);
      this.#ofLeg.delete(part);
      this.#touched.add(before.id);
    }
    if (!after) return;
    this.#legsOf.getOrInsertComputed(after.id, () => new Set()).add(part);
    this.#ofLeg.set(part, after);
    this.#touched.add(after.id);
  }

  /** Takes all meters that the switch has. */
  observe(meters: readonly Meter[]): void {
    this.#known = new Map(meters.filter(isOurMeter).map((meter) => [meter.id, meter]));
    this.#touched = new Set([...this.#known.keys(), ...this.#legsOf.keys()]);
  }

  /** Whether the switch has the meters that it should have, and no other ones of Sluice. */
  get settled(): boolean {
    return this.missing().length === 0 && this.leftovers().length === 0;
  }

  /** The changes to make before flows are written. */
  missing(): MeterChange[] {
    return [...this.#touched].flatMap((id): MeterChange[] => {
      const [wanted, known] = [this.#wanted(id), this.#known.get(id)];
      if (!wanted || known && same(known, wanted)) return [];
      return [[known ? "modify" : "add", wanted]];
    });
  }

  /** The changes to make after flows are written. */
  leftovers(): MeterChange[] {
    return [...this.#touched].filter((id) => this.#known.has(id) && !this.#wanted(id))
      .map((id) => ["delete", this.#known.get(id)!]);
  }

  /** Notes that the switch has made the change. */
  applied([command, meter]: MeterChange): void {
    if (command === "delete") this.#known.delete(meter.id);
    else this.#known.set(meter.id, meter);
    this.#touched.delete(meter.id);
  }

  #wanted(id: number): Cap | undefined {
    const [part] = this.#legsOf.get(id) ?? [];
    return part === undefined ? undefined : this.#ofLeg.get(part);
  }
}
