/** What every run has: Pods, whose addresses follow from the number in their names, devices and a collector. @module */

const numberOf = (name: string) => Number(name.slice(1));

export const podAddress = (name: string) => `10.9.0.${numberOf(name)}`;
export const podMac = (name: string) => `02:aa:00:00:00:0${numberOf(name)}`;
/** With the prefix lengths. */
export const podAddresses = (name: string) => [
  `${podAddress(name)}/24`,
  `fd09::${numberOf(name)}/64`,
];

/** The remote end of tunnels. */
export const COLLECTOR = "10.88.0.2";
/** Devices for sensors, which operations delete and make again. */
export const DEVICES = ["dev0", "dev1", "dev2"];
