import type { Compression } from "../session/link.ts";
import { TooLarge } from "../session/link.ts";

async function collect(stream: ReadableStream<Uint8Array>, limit: number): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  const reader = stream.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    size += next.value.length;
    if (size > limit) {
      await reader.cancel();
      throw new TooLarge(`more than ${limit} bytes`);
    }
    pieces.push(next.value);
  }
  const all = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

function through(data: Uint8Array, transform: CompressionStream | DecompressionStream): ReadableStream<Uint8Array> {
  const source = new Blob([data as Uint8Array<ArrayBuffer>]).stream();
  return source.pipeThrough(transform as ReadableWritablePair<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>);
}

/** Raw deflate by the platform's own streams (browsers, Node 18 and later). */
export const platformCompression: Compression = {
  deflate: (text) =>
    collect(through(new TextEncoder().encode(text), new CompressionStream("deflate-raw")), Number.MAX_SAFE_INTEGER),
  async inflate(data, limit) {
    const bytes = await collect(through(data, new DecompressionStream("deflate-raw")), limit);
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  },
};
