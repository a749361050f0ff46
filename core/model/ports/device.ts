/**
 * Network devices of the node, and whether Open vSwitch has opened the one that the node has now. Open vSwitch opens a
 * device once, when its port is added. If the device is deleted and one of the same name is made, or if it moves to
 * another network namespace and back, the port stays as it is, and no packet comes in through it any more. Pure.
 * @module
 */
import { type Condition, condition } from "../../contracts/condition.ts";
import { DEVICE_INDEX } from "../../base/marks.ts";
import { type BridgePort, PLANNED } from "./bridge_ports.ts";

/** What the node knows of a network device. */
export interface Device {
  /** The number that the kernel gave it (ifindex). No later device gets the same one by itself. */
  readonly index: number;
  /** The node's IP addresses on the device, without link-local ones. */
  readonly addresses: readonly string[];
  /** It is hardware, or what a virtual machine takes for that. */
  readonly isPhysical?: true;
  /** It is of a kind of which Open vSwitch makes no internal port. */
  readonly isNotInternal?: true;
}

/** The part of a port's surroundings that shows which device Open vSwitch has opened. */
export interface OpenedDevices {
  /** Whether some program of the node receives from the device. Nothing if it is unknown. @param index Its ifindex. */
  isReceivedFrom(index: number): boolean | undefined;
}

/** Whether Sluice has noted which device the port was made for. */
export function isNoted(port: BridgePort): boolean {
  return DEVICE_INDEX in port.external_ids;
}

/** Whether a port of Sluice's was made for another device of that name. */
export function isReplaced(port: BridgePort, device: Device, around: OpenedDevices): boolean {
  return (isNoted(port) && port.external_ids[DEVICE_INDEX] !== `${device.index}`) ||
    isUnopened(port, device, around);
}

/** Whether Open vSwitch has not opened the device. Also known of ports that Sluice has not made, and has no note of. */
export function isUnopened(
  { ofport, interfaceUUID }: BridgePort,
  { index }: Device,
  around: OpenedDevices,
): boolean {
  const isMade = ofport !== undefined && interfaceUUID !== PLANNED;
  return isMade && around.isReceivedFrom(index) === false;
}

export function replacedDevice(name: string, cure?: string): Condition {
  const message =
    `Device "${name}" was deleted and made again, and Open vSwitch does not receive from the new one`;
  return condition("DeviceReplaced", message, cure);
}
