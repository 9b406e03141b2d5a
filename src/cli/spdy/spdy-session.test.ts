import { expect, it } from "vitest";
import { HeaderCodec } from "./header-codec.ts";
import { SpdySession, type SpdyStream } from "./spdy-session.ts";

/** A client's SYN_STREAM: version and type, flags and length, then stream, associated stream, priority and headers. */
async function open(codec: HeaderCodec, id: number, headers: Record<string, string>): Promise<Buffer> {
  const block = await codec.write(headers);
  const frame = Buffer.alloc(18);
  frame.writeUInt16BE(0x8003, 0);
  frame.writeUInt16BE(1, 2);
  frame.writeUIntBE(10 + block.length, 5, 3);
  frame.writeUInt32BE(id, 8);
  return Buffer.concat([frame, block]);
}

function data(id: number, text: string, flags = 0): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(id, 0);
  head[4] = flags;
  head.writeUIntBE(text.length, 5, 3);
  return Buffer.concat([head, Buffer.from(text)]);
}

it("opens streams with headers of one compression, carries data both ways and closes halves", async () => {
  const sent: Buffer[] = [];
  const streams: SpdyStream[] = [];
  const texts = new Map<number, string>();
  const session = new SpdySession((bytes) => void sent.push(bytes), {
    onStream(stream) {
      streams.push(stream);
      stream.on("data", (bytes: Buffer) => texts.set(stream.id, (texts.get(stream.id) ?? "") + bytes.toString()));
      stream.on("end", () => stream.end("bye"));
    },
    onEnd: () => void texts.set(0, "end"),
  });
  const codec = new HeaderCodec();
  const first = await open(codec, 1, { streamtype: "error", port: "80" });
  const second = await open(codec, 3, { streamType: "data", port: "80" });
  // Bytes come as they like.
  for (const byte of Buffer.concat([first, second, data(3, "hel"), data(3, "lo", 1)])) session.receive(Buffer.of(byte));
  await expect.poll(() => texts.get(3)).toBe("hello");
  expect(streams.map(({ id, headers }) => [id, headers.get("streamtype"), headers.get("port")])).toEqual([
    [1, "error", "80"],
    [3, "data", "80"],
  ]);
  await expect.poll(() => Buffer.concat(sent).includes("bye")).toBe(true);
  const replies = sent.filter((frame) => frame[0] === 0x80);
  expect(replies.map((frame) => [frame.readUInt16BE(2), frame.readUInt32BE(8)])).toEqual([
    [2, 1],
    [2, 3],
  ]);
  const ping = Buffer.from([0x80, 3, 0, 6, 0, 0, 0, 4, 0, 0, 0, 9]);
  session.receive(ping);
  await expect.poll(() => sent.at(-1)?.equals(ping)).toBe(true);
  session.receive(Buffer.from([0x80, 3, 0, 7, 0, 0, 0, 8, 0, 0, 0, 3, 0, 0, 0, 0]));
  await expect.poll(() => texts.get(0)).toBe("end");
});
