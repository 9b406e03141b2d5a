/** A client's connection to Redis: asks, and hears whole replies. */
import type { Call } from "../../base/syscalls.ts";
import { read, write } from "../../base/syscalls.ts";
import { encode, RespReader } from "./resp.ts";
import type { Reply } from "./resp.ts";

export class RedisLine {
  private reader = new RespReader();
  fd: number;

  constructor(fd: number) {
    this.fd = fd;
  }

  /** Another server from now on. */
  turnTo(fd: number): void {
    this.fd = fd;
    this.reader = new RespReader();
  }

  /** undefined: the server has hung up. */
  *ask(words: readonly string[]): Call<Reply | undefined> {
    yield* write(this.fd, encode(words));
    return yield* this.hear();
  }

  *hear(): Call<Reply | undefined> {
    for (;;) {
      const reply = this.reader.next();
      if (reply !== undefined) return reply;
      const piece = yield* read(this.fd);
      if (piece === null) return undefined;
      this.reader.feed(piece);
    }
  }
}
