/** Reads frames with tshark, whose decoder is independent of Sluice's code. @module */
import { join } from "node:path";
import { run } from "./run.ts";

const PCAP_MAGIC = 0xa1b2c3d4;
const LINKTYPE_ETHERNET = 1;
const SNAPLEN = 262144;

function pcap(frames: readonly Uint8Array[]): Uint8Array {
  const total = 24 + frames.reduce((sum, { length }) => sum + 16 + length, 0);
  const bytes = new Uint8Array(total);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, PCAP_MAGIC);
  view.setUint16(4, 2);
  view.setUint16(6, 4);
  view.setUint32(16, SNAPLEN);
  view.setUint32(20, LINKTYPE_ETHERNET);
  let at = 24;
  for (const frame of frames) {
    view.setUint32(at + 8, frame.length);
    view.setUint32(at + 12, frame.length);
    bytes.set(frame, at + 16);
    at += 16 + frame.length;
  }
  return bytes;
}

/**
 * The values of fields of each frame.
 *
 * @param fields Field names of tshark, for example `vxlan.vni`.
 * @param options `decode` has values of tshark's option `-d`, for example `udp.port==8472,vxlan`; `prefer` has values of
 * its option `-o`, for example `ip.check_checksum:TRUE`.
 * @returns One row for each frame. If a frame has several layers of one kind, the value is of the outermost layer.
 */
export async function tshark(
  frames: readonly Uint8Array[],
  fields: readonly string[],
  options: { readonly decode?: readonly string[]; readonly prefer?: readonly string[] } = {},
): Promise<string[][]> {
  const dir = await Deno.makeTempDir({ prefix: "sl" });
  try {
    const file = join(dir, "frames.pcap");
    await Deno.writeFile(file, pcap(frames));
    const decode = [
      ...(options.decode ?? []).flatMap((rule) => ["-d", rule]),
      ...(options.prefer ?? []).flatMap((preference) => ["-o", preference]),
    ];
    const text = await run("tshark", [
      "-r",
      file,
      "-T",
      "fields",
      "-E",
      "separator=|",
      "-E",
      "occurrence=f",
      ...decode,
      ...fields.flatMap((field) => ["-e", field]),
    ], { env: { WIRESHARK_CONFIG_DIR: dir } }); // deno-fmt-ignore
    return text.trimEnd().split("\n").map((line) => line.split("|"));
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}
