/** The checksum of IP, UDP and ICMP: RFC 1071. @module */

/** The sum of the 16-bit words of bytes; a last odd byte counts as the upper half of a word. */
function sum(bytes: Uint8Array): number {
  let total = 0;
  for (let i = 0; i < bytes.length; i += 2) total += bytes[i]! << 8 | (bytes[i + 1] ?? 0);
  return total;
}

/**
 * The sum of the addresses, the protocol and the length, which the checksum of UDP covers beside the datagram: RFC 768.
 */
export function pseudoHeader(
  from: Uint8Array,
  to: Uint8Array,
  [protocol, length]: readonly [protocol: number, length: number],
): number {
  return sum(from) + sum(to) + protocol + length;
}

/** The checksum of bytes whose own checksum is still 0. @param before A sum that is added. */
export function checksum(bytes: Uint8Array, before = 0): number {
  let total = before + sum(bytes);
  while (total > 0xffff) total = (total & 0xffff) + (total >>> 16);
  return ~total & 0xffff;
}
