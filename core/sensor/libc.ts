/** The functions of libc by which `sluice sensor` works: packet(7), poll(2). Deno has no packet sockets of its own. @module */

/** For numbers in memory: machines on which Deno runs write the lowest byte first. */
export const LITTLE = true;

const NUMBER = "i32";
const BYTES = "buffer";

/** Needs Deno's permission `ffi`, so it is called by the command alone, and not when a module is loaded. */
export function openLibc() {
  return Deno.dlopen("libc.so.6", {
    if_nametoindex: { parameters: [BYTES], result: "u32" },
    socket: { parameters: [NUMBER, NUMBER, NUMBER], result: NUMBER },
    close: { parameters: [NUMBER], result: NUMBER },
    bind: { parameters: [NUMBER, BYTES, "u32"], result: NUMBER },
    setsockopt: { parameters: [NUMBER, NUMBER, NUMBER, BYTES, "u32"], result: NUMBER },
    getsockopt: { parameters: [NUMBER, NUMBER, NUMBER, BYTES, BYTES], result: NUMBER },
    send: { parameters: [NUMBER, BYTES, "usize", NUMBER], result: "isize" },
    recvmsg: { parameters: [NUMBER, BYTES, NUMBER], result: "isize" },
    // It waits in a thread of its own, so that signals and timers are served meanwhile.
    poll: { parameters: [BYTES, "u64", NUMBER], result: NUMBER, nonblocking: true },
  });
}

export type Libc = ReturnType<typeof openLibc>["symbols"];

/** A text as functions of C take it. */
export const cText = (text: string) => new TextEncoder().encode(`${text}\0`);

/** A number as functions of C take it. */
export const cNumber = (value: number) => new Uint8Array(new Int32Array([value]).buffer);

/** Where bytes are in memory. They stay there as long as somebody holds them. */
export const addressOf = (bytes: Uint8Array<ArrayBuffer>) =>
  BigInt(Deno.UnsafePointer.value(Deno.UnsafePointer.of(bytes)));
