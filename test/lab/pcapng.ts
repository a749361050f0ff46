/**
 * Reads pcapng (draft-ietf-opsawg-pcapng), as far as Sluice writes it. It is written from the draft, and shares nothing
 * with what writes it. @module
 */
import assert from "node:assert/strict";

interface Statistics {
  readonly received: bigint | undefined;
  readonly dropped: bigint | undefined;
  readonly begin: bigint;
  readonly end: bigint;
  readonly comment: string;
}

interface Interface {
  readonly name: string;
  readonly comment: string;
  /** The exponent of ten of a second: 6 for microseconds. */
  readonly resolution: number;
  readonly snapLength: number;
  statistics?: Statistics;
}

interface Packet {
  readonly on: Interface;
  readonly time: bigint;
  readonly data: Uint8Array;
  readonly length: number;
  /** 1 is inbound, 2 outbound. */
  readonly flags: number;
}

export interface Capture {
  readonly application: string;
  readonly interfaces: readonly Interface[];
  readonly packets: readonly Packet[];
}

type Options = ReadonlyMap<number, DataView>;

const text = (view: DataView | undefined) => new TextDecoder().decode(view);
/** Times have their upper half first. */
const time = (view: DataView, at = 0) =>
  BigInt(view.getUint32(at, true)) << 32n | BigInt(view.getUint32(at + 4, true));

function optionsFrom(body: DataView, start: number): Options {
  const found = new Map<number, DataView>();
  for (let at = start; at < body.byteLength;) {
    const [code, length] = [body.getUint16(at, true), body.getUint16(at + 2, true)];
    at += 4;
    if (code === 0) {
      assert.equal(at, body.byteLength, "the end of options is the end of the block");
      return found;
    }
    found.set(code, new DataView(body.buffer, body.byteOffset + at, length));
    at += length + (4 - length % 4) % 4;
  }
  assert.equal(found.size, 0, "options have an end");
  return found;
}

function statistics(body: DataView): Statistics {
  const options = optionsFrom(body, 12);
  return {
    begin: time(options.get(2)!),
    end: time(options.get(3)!),
    received: options.get(4)?.getBigUint64(0, true),
    dropped: options.get(5)?.getBigUint64(0, true),
    comment: text(options.get(1)),
  };
}

function description(body: DataView): Interface {
  const options = optionsFrom(body, 8);
  assert.equal(body.getUint16(0, true), 1, "Ethernet");
  return {
    name: text(options.get(2)),
    comment: text(options.get(1)),
    resolution: options.get(9)!.getUint8(0),
    snapLength: body.getUint32(4, true),
  };
}

function packet(body: DataView, interfaces: readonly Interface[]): Packet {
  const kept = body.getUint32(12, true);
  const options = optionsFrom(body, 20 + kept + (4 - kept % 4) % 4);
  return {
    on: interfaces[body.getUint32(0, true)]!,
    time: time(body, 4),
    data: new Uint8Array(body.buffer, body.byteOffset + 20, kept).slice(),
    length: body.getUint32(16, true),
    flags: options.get(2)!.getUint32(0, true),
  };
}

/** The bodies of blocks, each with its type. */
function* blocksIn(bytes: Uint8Array): Generator<readonly [number, DataView]> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at < bytes.length;) {
    const length = view.getUint32(at + 4, true);
    assert.equal(length % 4, 0, "blocks have whole words");
    assert.equal(view.getUint32(at + length - 4, true), length, "both lengths are equal");
    yield [
      view.getUint32(at, true),
      new DataView(bytes.buffer, bytes.byteOffset + at + 8, length - 12),
    ];
    at += length;
  }
}

/** @throws {AssertionError} If it is not well formed. */
export function readPcapng(bytes: Uint8Array): Capture {
  const interfaces: Interface[] = [];
  const packets: Packet[] = [];
  let application: string | undefined;
  for (const [type, body] of blocksIn(bytes)) {
    if (type === 0x0a0d0d0a) {
      assert.equal(body.getUint32(0, true), 0x1a2b3c4d);
      application = text(optionsFrom(body, 16).get(4));
    } else if (type === 1) interfaces.push(description(body));
    else if (type === 6) packets.push(packet(body, interfaces));
    else if (type === 5) interfaces[body.getUint32(0, true)]!.statistics = statistics(body);
    else assert.fail(`a block of type ${type}`);
  }
  assert.ok(application !== undefined, "there is a section");
  return { application, interfaces, packets };
}
