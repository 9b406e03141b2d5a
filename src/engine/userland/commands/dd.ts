import { SystemError } from "../../base/program.ts";
import { readAll, sleep, write } from "../../base/syscalls.ts";
import { defineCommand } from "../command.ts";
import { parseSize } from "../sizes.ts";

const OPERANDS = new Set(["if", "of", "bs", "count", "conv", "status"]);
/** Bytes a millisecond that go to the disk. */
const SPEED = 1_000_000;

/** How much was copied, how fast. */
function summary(bytes: number, flavour: "debian" | "busybox"): string {
  const seconds = Math.max(1, Math.ceil(bytes / SPEED)) / 1000;
  const [decimal, binary] = [bytes / 1e6, bytes / 1024 ** 2];
  if (flavour === "busybox") {
    return `${bytes} bytes (${binary.toFixed(1)}MB) copied, ${seconds.toFixed(6)} seconds, ${(binary / seconds).toFixed(1)}MB/s`;
  }
  return `${bytes} bytes (${Math.round(decimal)} MB, ${Math.round(binary)} MiB) copied, ${seconds} s, ${Math.round(decimal / seconds)} MB/s`;
}

/**
 * Simplified: `if`, `of`, `bs`, `count` (the rest is accepted where it changes nothing that shows: conv, status=none);
 * from /dev/zero and its like, of= gets the room and not the bytes.
 */
export const dd = defineCommand({
  name: "dd",
  usage: "Usage: dd [if=FILE] [of=FILE] [bs=N] [count=N]\nCopy a file.",
  options: { none: true },
  *run(io) {
    const options = new Map(io.operands.map((word) => word.split("=", 2) as [string, string]));
    const wrong = [...options.keys()].find((key) => !OPERANDS.has(key));
    if (wrong !== undefined) return yield* io.misuse(`unrecognized operand '${wrong}'`);
    const size = parseSize(options.get("bs") ?? "512") ?? 512;
    const blocks = parseSize(options.get("count") ?? "");
    const source = options.get("if");
    const target = options.get("of");
    const isDevice = source !== undefined && /^\/dev\/(zero|u?random)$/.test(source);
    if (isDevice && (blocks === undefined || target === undefined)) {
      yield* io.complain("a device without count= and of= is not simulated");
      return 1;
    }
    try {
      const bytes = isDevice ? size * (blocks ?? 0) : 0;
      /** Bytes that there was room for. */
      let fits = bytes;
      let text = "";
      if (!isDevice) {
        text = source === undefined ? yield* readAll(0) : io.ctx.fs.readFile(io.path(source));
        if (blocks !== undefined) text = text.slice(0, size * blocks);
      }
      if (target === undefined) yield* io.out(text);
      else {
        const path = io.path(target);
        io.ctx.fs.writeFile(path, text);
        if (isDevice) {
          const { capacity, used } = io.ctx.fs.space?.(path) ?? { capacity: Infinity, used: 0 };
          fits = Math.min(bytes, capacity - used);
          io.ctx.fs.allocate?.(path, fits);
        }
      }
      const total = isDevice ? fits : text.length;
      yield* sleep(Math.ceil(total / SPEED));
      const isFull = fits < bytes;
      if (isFull) yield* io.failed(`error writing '${target}'`, new SystemError("ENOSPC"));
      if (options.get("status") === "none") return isFull ? 1 : 0;
      const whole = Math.floor(total / size);
      const out = `${whole}+${total % size === 0 ? 0 : 1}`;
      const records = isFull ? `${whole + 1}+0` : out;
      yield* write(2, `${records} records in\n${out} records out\n${summary(total, io.flavour)}\n`);
      return isFull ? 1 : 0;
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      yield* io.failed(`failed to open '${target ?? source}'`, error);
      return 1;
    }
  },
});
