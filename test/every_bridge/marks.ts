/** Ports with marks in `external_ids`, on switches of one CNI. @module */
import { type OvsOptions, PrivateOvs } from "../lab/ovs.ts";

/** Arguments of `ovs-vsctl set` that write `external_ids`. */
export function columns(ids: Readonly<Record<string, string>>): string[] {
  return Object.entries(ids).map(([key, value]) => `external_ids:${key}="${value}"`);
}

/** Starts a switch, and ends it if `make` fails. */
export async function started<T>(
  options: OvsOptions,
  make: (ovs: PrivateOvs) => Promise<T>,
): Promise<T> {
  const ovs = await PrivateOvs.start(options);
  try {
    return await make(ovs);
  } catch (error) {
    await ovs.stop();
    throw error;
  }
}
