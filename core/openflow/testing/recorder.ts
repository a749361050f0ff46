/** A server that records what ovs-ofctl sends, so that tests can compare Sluice's bytes with it. @module */
import "../../../test/lab/environment.ts";
import { encodeMessage, type Frame, FrameReader, MESSAGE } from "../messages/header.ts";
import { writeHello } from "../messages/hello.ts";

const VERSION = 0x06;
const ANSWERS: Readonly<Record<number, number>> = {
  [MESSAGE.barrier_request]: MESSAGE.barrier_reply,
  [MESSAGE.echo_request]: MESSAGE.echo_reply,
};
const HELLO = encodeMessage(
  { type: MESSAGE.hello, xid: 1 },
  (writer) => writeHello(writer, VERSION),
);

async function record(conn: Deno.Conn): Promise<Frame[]> {
  const frames = new FrameReader();
  const recorded: Frame[] = [];
  const buffer = new Uint8Array(65536);
  await conn.write(HELLO);
  for (let length; (length = await conn.read(buffer)) !== null;) {
    frames.push(buffer.subarray(0, length));
    for (let frame; (frame = frames.next());) {
      recorded.push({ ...frame, body: frame.body.slice() });
      const answer = ANSWERS[frame.type];
      if (answer !== undefined) await conn.write(encodeMessage({ type: answer, xid: frame.xid }));
    }
  }
  return recorded;
}

/** Runs `ovs-ofctl -O OpenFlow15 COMMAND ADDRESS ARGUMENTS`. @returns What it sends. */
export async function recordOfctl(command: string, ...args: readonly string[]): Promise<Frame[]> {
  const folder = Deno.makeTempDirSync({ prefix: "of" });
  const path = `${folder}/s`;
  using listener = Deno.listen({ transport: "unix", path });
  try {
    const accepted = listener.accept();
    const ofctl = new Deno.Command("ovs-ofctl", {
      args: ["--timeout=10", "--no-names", "-O", "OpenFlow15", command, `unix:${path}`, ...args],
      stdout: "null",
      stderr: "piped",
    }).output();
    using conn = await accepted;
    const frames = await record(conn);
    const { success, stderr } = await ofctl;
    if (!success) throw new Error(`Cannot run ovs-ofctl: ${new TextDecoder().decode(stderr)}`);
    return frames;
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}
