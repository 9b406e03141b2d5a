/** Headers as SPDY/3 sends them: one compressed stream for all headers of a direction. */
import { constants, createDeflate, createInflate } from "node:zlib";
import type { Deflate, Inflate } from "node:zlib";
import { HEADER_DICTIONARY } from "./header-dictionary.ts";

export class HeaderCodec {
  private readonly inflate = createInflate({ dictionary: HEADER_DICTIONARY });
  private readonly deflate = createDeflate({ dictionary: HEADER_DICTIONARY });

  async read(block: Buffer): Promise<ReadonlyMap<string, string>> {
    return parse(await through(this.inflate, block));
  }

  write(headers: Readonly<Record<string, string>>): Promise<Buffer> {
    const entries = Object.entries(headers);
    const parts = entries.flatMap(([name, value]) => [text(name.toLowerCase()), text(value)]);
    return through(this.deflate, Buffer.concat([number(entries.length), ...parts]));
  }
}

function through(stream: Inflate | Deflate, input: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    const gather = (piece: Buffer): void => void pieces.push(piece);
    stream.on("data", gather);
    stream.once("error", reject);
    stream.write(input);
    stream.flush(constants.Z_SYNC_FLUSH, () => {
      stream.off("data", gather);
      stream.off("error", reject);
      resolve(Buffer.concat(pieces));
    });
  });
}

function parse(block: Buffer): Map<string, string> {
  const headers = new Map<string, string>();
  let at = 4;
  const next = (): string => {
    const length = block.readUInt32BE(at);
    const value = block.toString("utf8", at + 4, at + 4 + length);
    at += 4 + length;
    return value;
  };
  for (let left = block.readUInt32BE(0); left > 0; left--) {
    const name = next();
    headers.set(name, next());
  }
  return headers;
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value, "utf8");
  return Buffer.concat([number(bytes.length), bytes]);
}
