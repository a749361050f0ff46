/** IP addresses in one spelling, so that they can be compared. Pure. @module */
import { isIPv6 } from "node:net";
import { formatCidr, parseCidr } from "../base/cidr.ts";

const whole = (ip: string) => parseCidr(`${ip}/${isIPv6(ip) ? 128 : 32}`);

/** The address as RFC 5952 writes it; nothing if the text is no address. */
export function normalIP(text: string): string | undefined {
  const block = whole(text);
  return block && formatCidr(block).split("/")[0];
}

/** The address as a number. */
export const addressValue = (ip: string): bigint => whole(ip)!.value;

export const sameFamily = (one: string, other: string) => isIPv6(one) === isIPv6(other);
