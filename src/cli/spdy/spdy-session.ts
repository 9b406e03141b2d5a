/**
 * The server's side of a SPDY/3.1 connection, as far as Kubernetes' clients use it: streams that the client opens, data
 * both ways, half-closing, resets and pings. Upstream: github.com/moby/spdystream (which passes over windows, too).
 */
import { Duplex } from "node:stream";
import { HeaderCodec } from "./header-codec.ts";

const VERSION = 0x8003;
const SYN_STREAM = 1;
const SYN_REPLY = 2;
const RST_STREAM = 3;
const PING = 6;
const GOAWAY = 7;
const FIN = 1;
const CANCEL = 5;
const HEAD_LENGTH = 8;
/** Stream, associated stream, priority and slot stand before a SYN_STREAM's headers. */
const SYN_STREAM_FIELDS = 10;
const MAX_DATA = 16_384;

export interface SpdyHandler {
  /** The client opened a stream; it is answered already. */
  onStream(stream: SpdyStream): void;
  /** The client is gone, or said that it goes. */
  onEnd(): void;
}

export class SpdySession {
  private readonly send: (bytes: Buffer) => void;
  private readonly handler: SpdyHandler;
  private readonly codec = new HeaderCodec();
  private readonly streams = new Map<number, SpdyStream>();
  private unread: Buffer = Buffer.alloc(0);
  /** Frames are taken one after the other: headers share one compression. */
  private work: Promise<void> = Promise.resolve();

  constructor(send: (bytes: Buffer) => void, handler: SpdyHandler) {
    this.send = send;
    this.handler = handler;
  }

  receive(bytes: Buffer): void {
    this.unread = this.unread.length === 0 ? bytes : Buffer.concat([this.unread, bytes]);
    while (this.unread.length >= HEAD_LENGTH) {
      const length = HEAD_LENGTH + this.unread.readUIntBE(5, 3);
      if (this.unread.length < length) return;
      const frame = this.unread.subarray(0, length);
      this.unread = this.unread.subarray(length);
      this.work = this.work.then(() => this.take(frame)).catch(() => this.end());
    }
  }

  /** Closes every stream; the connection is the caller's to close. */
  end(): void {
    for (const stream of this.streams.values()) stream.destroy();
    this.streams.clear();
    this.handler.onEnd();
  }

  private async take(frame: Buffer): Promise<void> {
    const first = frame.readUInt32BE(0);
    const flags = frame[4] as number;
    const payload = frame.subarray(HEAD_LENGTH);
    if (first < 0x8000_0000) {
      const stream = this.streams.get(first);
      if (payload.length > 0) stream?.push(payload);
      if ((flags & FIN) !== 0) stream?.push(null);
      return;
    }
    switch (frame.readUInt16BE(2)) {
      case SYN_STREAM:
        return this.open(payload, flags);
      case RST_STREAM:
        this.streams.get(payload.readUInt32BE(0))?.destroy();
        return;
      case PING:
        this.send(frame);
        return;
      case GOAWAY:
        this.end();
        return;
      default:
      // Settings and windows ask for nothing that is kept here.
    }
  }

  private async open(payload: Buffer, flags: number): Promise<void> {
    const id = payload.readUInt32BE(0);
    const headers = await this.codec.read(payload.subarray(SYN_STREAM_FIELDS));
    const stream = new SpdyStream(id, headers, {
      data: (bytes, last) => this.send(dataFrame(id, bytes, last)),
      reset: () => this.send(controlFrame(RST_STREAM, Buffer.concat([uint32(id), uint32(CANCEL)]))),
      forget: () => void this.streams.delete(id),
    });
    this.streams.set(id, stream);
    this.send(controlFrame(SYN_REPLY, Buffer.concat([uint32(id), await this.codec.write({})])));
    if ((flags & FIN) !== 0) stream.push(null);
    this.handler.onStream(stream);
  }
}

interface StreamEnd {
  data(bytes: Buffer, last: boolean): void;
  reset(): void;
  forget(): void;
}

export class SpdyStream extends Duplex {
  readonly id: number;
  readonly headers: ReadonlyMap<string, string>;
  private readonly far: StreamEnd;
  private finished = false;

  constructor(id: number, headers: ReadonlyMap<string, string>, far: StreamEnd) {
    super({ allowHalfOpen: true });
    this.id = id;
    this.headers = headers;
    this.far = far;
  }

  override _read(): void {
    // What comes is pushed at once.
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    for (let at = 0; at < chunk.length; at += MAX_DATA) this.far.data(chunk.subarray(at, at + MAX_DATA), false);
    done();
  }

  override _final(done: () => void): void {
    this.finished = true;
    this.far.data(Buffer.alloc(0), true);
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    if (!this.finished) this.far.reset();
    this.far.forget();
    done(error);
  }
}

function dataFrame(id: number, bytes: Buffer, last: boolean): Buffer {
  const head = Buffer.alloc(HEAD_LENGTH);
  head.writeUInt32BE(id, 0);
  head[4] = last ? FIN : 0;
  head.writeUIntBE(bytes.length, 5, 3);
  return Buffer.concat([head, bytes]);
}

function controlFrame(type: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(HEAD_LENGTH);
  head.writeUInt16BE(VERSION, 0);
  head.writeUInt16BE(type, 2);
  head.writeUIntBE(payload.length, 5, 3);
  return Buffer.concat([head, payload]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
