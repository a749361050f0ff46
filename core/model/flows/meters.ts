/**
 * Meters, which cap the copies of a TrafficControl: both directions share one. A bundle cannot have them, and the switch
 * refuses a flow whose meter is missing: so they are added before the flows, and deleted after them.
 * @module
 */
import { hash } from "node:crypto";
import { canonical } from "../../base/canonical.ts";
import { isOurMeter, METER_MARK, METER_MASK } from "../../base/marks.ts";
import type { Copy } from "../../contracts/mod.ts";
import type { Meter, MeterCommand, MeterLimit } from "../../openflow/mod.ts";
import type { NamedLeg } from "./legs.ts";
import type { SharedPart } from "./shared_parts.ts";

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
  return { id: METER_MARK + number % (0x1_0000_0000 - METER_MASK), limit };
}

const same = (a: Meter, b: Meter) => canonical(a) === canonical(b);

export class Meters {
  readonly #legs: () => Iterable<NamedLeg>;
  #known = new Map<number, Meter>();

  /** @param shared The parts of flows in use. */
  constructor(shared: { values(): Iterable<{ readonly value: SharedPart }> }) {
    this.#legs = function* () {
      for (const { value: { leg } } of shared.values()) if (leg) yield leg;
    };
  }

  /** Takes all meters that the switch has. */
  observe(meters: readonly Meter[]): void {
    this.#known = new Map(meters.filter(isOurMeter).map((meter) => [meter.id, meter]));
  }

  /** Whether the switch has the meters that it should have, and no other ones of Sluice. */
  get settled(): boolean {
    return this.missing().length === 0 && this.leftovers().length === 0;
  }

  /** The changes to make before flows are written. */
  missing(): MeterChange[] {
    return [...this.#wanted().values()].flatMap((meter): MeterChange[] => {
      const known = this.#known.get(meter.id);
      if (known && same(known, meter)) return [];
      return [[known ? "modify" : "add", meter]];
    });
  }

  /** The changes to make after flows are written. */
  leftovers(): MeterChange[] {
    const wanted = this.#wanted();
    return [...this.#known.values()].filter(({ id }) => !wanted.has(id))
      .map(({ id }) => ["delete", { id }]);
  }

  /** Notes that the switch has made the change. */
  applied([command, meter]: MeterChange): void {
    if (command === "delete") this.#known.delete(meter.id);
    else this.#known.set(meter.id, meter);
  }

  #wanted(): Map<number, Cap> {
    const caps = [...this.#legs()].map(capOf).filter((cap) => cap !== undefined);
    return new Map(caps.map((cap) => [cap.id, cap]));
  }
}
