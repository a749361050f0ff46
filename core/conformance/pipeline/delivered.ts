/** What is different for packets of a bridge on which the pipeline stands in the place of the owner's deliveries. @module */
import type { Row } from "../../contracts/mod.ts";
import { Owner, ownersRows } from "./owner.ts";
import { type Output, type Seen, TestSwitch } from "./test_switch.ts";
import { type HostName, portsOf, type World } from "./world.ts";

type Ways = Pick<Seen, "outputs" | "handedBack">;

/** What an owner delivers to a Pod counts as handed back: the pipeline has let it have the packet. */
export function delivered<Way extends Ways>(
  { numbers, deliveryOf: isDelivered }: World,
  to: HostName,
  way: Way,
): Way {
  if (!isDelivered) return way;
  const port = portsOf(numbers)[to].ofport;
  const [arrived, outputs] = [true, false].map((is) =>
    way.outputs.filter((output) => (output.port === port) === is)
  ) as [Output[], Output[]];
  return { ...way, outputs, handedBack: [...way.handedBack, ...arrived.map((o) => o.packet)] };
}

/** The test switch with the rows of the pipeline, and with those of the owner. */
export function switchWith(
  rows: readonly Row[],
  { numbers, deliveryOf: isDelivered }: World,
): TestSwitch {
  return isDelivered
    ? new TestSwitch([...rows, ...ownersRows(numbers)], new Owner(numbers))
    : new TestSwitch(rows);
}

/** The ways of a packet without anything else. */
export const waysOf = ({ outputs, handedBack }: Ways): Ways => ({
  outputs,
  handedBack,
});
